"""Client registrations, tokens and the keys that sign them."""
