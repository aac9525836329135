"""What households lack of the three guarantees and drinking water (问题台账): derived from the statuses, never kept."""
