"""The chat page: be any person of the demo in a browser."""
