"""Pairings (结对帮扶): who helps which household, rotation that leaves none without a helper."""
