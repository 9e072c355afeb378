"""Where cases, their history and what must still be delivered are kept."""
