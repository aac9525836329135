"""Collective income of villages (村集体经济收益), what of it was distributed, and the duty to do so each year."""
