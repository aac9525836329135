"""Facts of the comparison that still share one place."""
