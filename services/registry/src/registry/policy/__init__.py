"""Policy profiles: every number that policy sets, by region and effective date, with its source."""
