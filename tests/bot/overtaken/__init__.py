"""What was read at one moment and has been overtaken by the next: nothing stays wrong for good."""
