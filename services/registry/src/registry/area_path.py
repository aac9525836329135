"""The names that lead to an area, as SQL. Pure."""

from __future__ import annotations


def path_of(code: str) -> str:
    """Give the SQL of the names that lead to the area of a code: a county and all above it by themselves alone."""
    return (
        f"ARRAY(SELECT u.name FROM area u WHERE u.code IN ({code}, left({code}, 9) || '000',"
        f" left({code}, 6) || '000000') ORDER BY u.code)"
    )
