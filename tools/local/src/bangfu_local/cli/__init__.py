"""Commands that this package adds to `bangfu`."""
