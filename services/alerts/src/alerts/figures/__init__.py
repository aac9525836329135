"""Figures (指标值): what all services computed of their indicators, frozen by period and version, rolled up by area."""
