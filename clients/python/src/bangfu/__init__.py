"""Bangfu (帮扶) for Python: the SDK and the `bangfu` command."""
