"""From a request body to a Parquet part: read by `intake`, checked, tokenised, written, in constant memory."""
