"""The bot: decisions, delivery and the shell around them."""
