"""The catalogue: one folder a dataset with its declaration, facts and rules. Everything else is derived from it."""
