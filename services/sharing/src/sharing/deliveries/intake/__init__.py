"""From a request body to a Parquet part: inflate, cut, read, check, tokenise, write, in constant memory."""
