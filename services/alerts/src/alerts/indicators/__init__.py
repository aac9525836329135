"""Indicators (指标) of what alerts owns: one SQL file each; `servicekit.indicators` does the rest."""
