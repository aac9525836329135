"""Indicators (指标) of what sharing owns: one SQL file each; `servicekit.indicators` does the rest."""
