"""The alert feed: one ordered sequence of events behind Kafka, webhook, SSE and cursor pull."""
