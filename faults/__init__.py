"""What the product promises, attacked: real processes, a seeded schedule (`make faults`)."""
