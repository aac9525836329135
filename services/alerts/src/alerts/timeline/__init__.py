"""The file of a household (一户一档) as far as alerts knows it: its clues, policy gaps and duties by time."""
