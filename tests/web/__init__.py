"""The chat page in a real browser, and the demo's world."""
