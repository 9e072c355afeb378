"""What the bot asks of a CRM, and the CRMs that it can ask."""
