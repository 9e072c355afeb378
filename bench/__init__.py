"""How fast the bot is, beside the shortest bot that does the same calls (`make bench`)."""
