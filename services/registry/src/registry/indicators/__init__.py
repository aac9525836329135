"""Indicators (指标) of what the registry owns: one SQL file each; `servicekit.indicators` does the rest."""
