"""Who used which personal data for what, in an append-only record with sealed batches."""
