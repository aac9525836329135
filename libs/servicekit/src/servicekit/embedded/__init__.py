"""Parts of the embedded run mode: PostgreSQL from a wheel, so that one machine needs only Python."""
