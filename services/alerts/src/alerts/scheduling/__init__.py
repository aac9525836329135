"""Scheduling (调度): what a month's meeting and a quarter's inspection decided, and whose it is to carry out."""
