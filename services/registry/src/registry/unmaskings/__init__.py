"""Unmasking in bulk: one person asks, another confirms, the first one reads."""
