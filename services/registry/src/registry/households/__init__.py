"""Households and persons: encrypted identities, masking, search, change history and snapshots."""
