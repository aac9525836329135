"""What a task needs of a household, for whoever has its duty in hand, as alerts says."""
