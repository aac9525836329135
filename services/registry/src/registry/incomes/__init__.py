"""Yearly income and expenditure (收支) of a household, every version kept."""
