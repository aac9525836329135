"""Whether a restored system may send to the outside yet."""

from __future__ import annotations

from datetime import datetime

import psycopg


def held_since(alerts_url: str) -> datetime | None:
    """Tell since when nothing is sent to the outside; None when it is."""
    with psycopg.connect(alerts_url) as connection:
        [(since,)] = connection.execute("SELECT max(since) FROM outward_hold").fetchall()
    return since if isinstance(since, datetime) else None
