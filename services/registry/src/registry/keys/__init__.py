"""Bringing what is stored of identities to the configured keys, while the registry serves."""
