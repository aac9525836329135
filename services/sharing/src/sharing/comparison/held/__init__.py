"""Runs whose findings jump: held back, then released or withdrawn."""
