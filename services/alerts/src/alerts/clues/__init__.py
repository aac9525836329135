"""Clues: findings, applications and visits folded into one open clue per household and risk type."""
