"""Who calls, as everything that the caller does is bounded."""
