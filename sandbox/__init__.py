"""The stand-in world of the demo and the tests."""
