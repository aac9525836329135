"""What an app did while it was offline, sent in one request and judged step by step."""
