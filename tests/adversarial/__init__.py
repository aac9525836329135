"""Counties that try to break the product: drawn anew each run, judged by the independent oracle."""
