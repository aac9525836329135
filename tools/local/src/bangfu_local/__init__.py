"""Bangfu on one machine: the embedded system, and the demonstration of a county's month on it."""
