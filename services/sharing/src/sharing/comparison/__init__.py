"""Comparison runs: match, compute facts, evaluate all rules in one pass, write findings."""
