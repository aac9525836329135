"""Projects against the five dates of their year, and how much of the money for industry one entity has."""
