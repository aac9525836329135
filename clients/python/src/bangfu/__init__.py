"""Bangfu (帮扶) for Python: the SDK, the `bangfu` command, and the whole system on one machine."""
