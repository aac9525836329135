"""The life of rules: which state each of them has where, who gave it and why."""
