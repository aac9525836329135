"""The lake: immutable Parquet parts in a folder or an object store."""
