"""Photos and scans of a household, known by their hash: evidence of what was seen there."""
