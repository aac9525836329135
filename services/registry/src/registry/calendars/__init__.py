"""Years whose holidays somebody must still record."""
