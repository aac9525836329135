"""What became of areas: merged, split, renumbered; what an agreement for one covers today."""
