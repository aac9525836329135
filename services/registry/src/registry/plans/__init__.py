"""Assistance plans (一户一策) and measures (帮扶措施)."""
