"""The file of a household (一户一档) as far as the registry knows it: one list by time."""
