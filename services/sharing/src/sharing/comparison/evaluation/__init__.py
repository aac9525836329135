"""What a run computes: DuckDB over a folder, without PostgreSQL."""
