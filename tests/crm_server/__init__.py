"""The small CRM: its API with all the traps, its pages, its seed."""
