"""Petitions and public opinion (信访舆情): what was asked for, what was done about it, and what the asker was told."""
