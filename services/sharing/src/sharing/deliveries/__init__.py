"""Monthly deliveries: parts, receipts, rejected rows, ledger."""
