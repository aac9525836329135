"""Findings, how they are explained, and what became of them."""
