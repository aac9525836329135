"""Counter-checks of villages and townships: cases that gather, and figures that look capped."""
