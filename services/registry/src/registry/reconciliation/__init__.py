"""Reconciliation with the national system: where the register and an export of it differ, field by field."""
