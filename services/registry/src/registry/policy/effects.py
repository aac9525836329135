"""What would change with a proposed profile, counted by township from the registry's own facts, set-based."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.duties import KINDS
from contracts.vocabulary import LabourLevel
from registry.policy.schemas import ChangeOut, DutiesMoved, HouseholdsMoved, Words
from servicekit.areas import range_of
from servicekit.db import any_of, array_text

_WITH_LABOUR = (
    "EXISTS (SELECT FROM person p WHERE p.household_id = h.id AND p.is_active"
    f" AND p.labour IN ('{LabourLevel.ORDINARY}', '{LabourLevel.SKILLED}'))"
)
# Line -> what of a household lies below it, and whom it is for: as the rules of the comparison have it.
_LINES: Final[Mapping[str, tuple[str, str]]] = {
    "income.monitoring_line": ("least(i.per_capita_net, i.ref_per_capita)", "true"),
    "income.focus_line_former_poor": ("i.per_capita_net", "h.hh_type = '1'"),
    "income.focus_line_labour": ("i.per_capita_net", _WITH_LABOUR),
}
# A region below with a profile of its own keeps its values.
_FOLLOWS = """NOT EXISTS (
    SELECT FROM policy_profile o WHERE o.region <> :region AND o.region >= :low AND o.region < :high
      AND o.effective_from <= :on AND o.region IN (h.village_code, left(h.village_code, 9) || '000',
        left(h.village_code, 6) || '000000', left(h.village_code, 4) || '00000000',
        left(h.village_code, 2) || '0000000000'))"""
_MOVED = f"""
SELECT left(h.village_code, 9) || '000' AS area_code,
    count(*) FILTER (WHERE v.value < :after AND v.value >= :before) AS come_below,
    count(*) FILTER (WHERE v.value >= :after AND v.value < :before) AS no_longer_below
FROM household h JOIN LATERAL (
    SELECT i.* FROM income i WHERE i.household_id = h.id AND i.superseded_at IS NULL ORDER BY i.year DESC LIMIT 1
) i ON true CROSS JOIN LATERAL (SELECT {{value}} AS value) v
WHERE h.status = 'active' AND h.village_code >= :low AND h.village_code < :high AND {{whose}}
  AND v.value < greatest(:after, :before) AND v.value >= least(:after, :before)
  AND {_FOLLOWS}
GROUP BY 1 ORDER BY 1"""
_DUTIES = f"""
SELECT left(h.village_code, 9) || '000' AS area_code, d.said ->> 'kind' AS kind, count(*) AS duties
FROM duty_said d JOIN episode e ON e.id = d.episode_id JOIN household h ON h.id = e.household_id
WHERE d.is_open AND d.said ->> 'kind' = {any_of("kinds")} AND h.village_code >= :low AND h.village_code < :high
  AND {_FOLLOWS}
GROUP BY 1, 2 ORDER BY 1, 2"""


@dataclass(frozen=True)
class Place:
    """Where a profile would hold, and from which day."""

    region: str
    on: date

    def values(self) -> dict[str, Any]:
        """Give them as the statements take them."""
        low, high = range_of(self.region)
        return {"region": self.region, "on": self.on, "low": low, "high": high}


async def households(session: AsyncSession, place: Place, changes: Sequence[ChangeOut]) -> list[HouseholdsMoved]:
    """Count the households whose newest income comes to lie below a line that moves, or no longer does."""
    found = []
    for change in changes:
        if change.name in _LINES:
            value, whose = _LINES[change.name]
            limits = {"before": change.before, "after": change.after}
            rows = await session.execute(text(_MOVED.format(value=value, whose=whose)), place.values() | limits)
            found += [HouseholdsMoved(parameter=change.name, **row) for row in rows.mappings()]
    return found


async def duties(session: AsyncSession, place: Place, kinds: Sequence[str]) -> list[DutiesMoved]:
    """Count the open duties of these kinds about households: their day is counted anew."""
    if not kinds:
        return []
    rows = await session.execute(text(_DUTIES), place.values() | {"kinds": array_text(kinds)})
    return [
        DutiesMoved(kind_label=Words(zh=KINDS[row["kind"]].zh, en=KINDS[row["kind"]].en), **row)
        for row in rows.mappings()
    ]
