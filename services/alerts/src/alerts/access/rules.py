"""Whether a client may be given an alert. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

READ = "alerts:read"

MAY_READ = f"r.is_active AND '{READ}' = ANY(r.scopes)"
"""SQL: a row `r` of client_right may read alerts at all."""

COVERS_ALERT = (
    "EXISTS (SELECT 1 FROM unnest(r.area_lows, r.area_highs) AS granted (low, high)"
    ' WHERE a.area_code >= granted.low COLLATE "C" AND a.area_code < granted.high COLLATE "C")'
)
"""SQL: the alert `a` lies in an area of the row `r` of client_right."""


@dataclass(frozen=True, slots=True)
class Right:
    """What the gateway said last about a client."""

    is_active: bool
    department: str | None
    scopes: frozenset[str]
    ranges: Sequence[tuple[str, str]]

    @property
    def may_read(self) -> bool:
        """Tell whether it may read alerts at all."""
        return self.is_active and READ in self.scopes

    @property
    def roots(self) -> list[str]:
        """The roots of the subtrees that are granted, 12-digit codes."""
        return [low for low, _ in self.ranges]

    def covers(self, low: str, high: str) -> bool:
        """Tell whether a whole range of area codes is granted."""
        return any(own_low <= low and high <= own_high for own_low, own_high in self.ranges)

    def covers_code(self, area_code: str) -> bool:
        """Tell whether one area is granted."""
        return any(low <= area_code < high for low, high in self.ranges)
