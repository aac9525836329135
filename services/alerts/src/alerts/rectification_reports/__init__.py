"""The month's report on rectification (整改月报): the ledger's figures as they stood, and what the county says."""
