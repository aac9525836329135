"""Who works in the county: a generated roster, sent as a file, and who helps which monitored household."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from itertools import cycle
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from bangfu_county.names import full_name, surname
from bangfu_local.embedded.clients import DEPARTMENTS, ROSTER
from contracts.vocabulary import StaffRole, UnitKind

if TYPE_CHECKING:
    from bangfu_local.embedded import EmbeddedSystem

_AT_COUNTY = (
    StaffRole.MONITOR, StaffRole.COUNTY, StaffRole.SYSTEM_ADMIN, StaffRole.SECURITY_ADMIN, StaffRole.AUDIT_ADMIN,
)  # fmt: skip
_AT_TOWN = (StaffRole.TOWN, StaffRole.ENTRY)
_AT_VILLAGE = (StaffRole.VILLAGE, StaffRole.HELPER)


class RosterError(RuntimeError):
    """The roster was not taken as it was generated."""


@dataclass(frozen=True, slots=True)
class Row:
    """A person with one term, as a file of the roster says it (docs/roster.md)."""

    staff_no: str
    name: str
    unit_name: str
    unit_kind: str
    unit_area_code: str
    department: str
    role: str
    area_code: str
    first_on: str


def write_roster(path: Path, areas: Path, *, seed: int, first_on: date) -> int:
    """Write the roster of a county whose area tree is in `areas`; the same arguments give the same bytes.

    Returns:
        The number of people.
    """
    rng = Random(f"roster {seed}")  # noqa: S311 - repeatable on purpose
    with areas.open(encoding="utf-8", newline="") as listed:
        names = {row["code"]: row["name"] for row in csv.DictReader(listed)}
    rows = [
        Row(f"S{number:05d}", _name(rng), unit, kind, area, department, role, area, first_on.isoformat())
        for number, (unit, kind, area, department, role) in enumerate(_posts(names), 1)
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Row)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)
    return len(rows)


def _name(rng: Random) -> str:
    return full_name(rng, surname(rng), rng.choice("12"), adult=True)


def _posts(names: dict[str, str]) -> Iterator[tuple[str, str, str, str, str]]:
    """Give every post: unit, its kind, its area, its department, the role."""
    for code, name in names.items():
        if code.endswith("0" * 8):
            continue  # nobody of province and city
        if code.endswith("0" * 6):
            for role in _AT_COUNTY:
                yield f"{name}农业农村局", UnitKind.LEAD, code, "", role
            yield f"{name}委农村工作领导小组办公室", UnitKind.OFFICE, code, "", StaffRole.LEADGROUP
            for department, title in DEPARTMENTS.items():
                yield f"{name}{title}", UnitKind.DEPARTMENT, code, department, StaffRole.LIAISON
        elif code.endswith("0" * 3):
            for role in _AT_TOWN:
                yield f"{name}人民政府", UnitKind.TOWN, code, "", role
        else:
            for role in _AT_VILLAGE:
                yield f"{name}村民委员会", UnitKind.VILLAGE, code, "", role


async def send_roster(system: EmbeddedSystem, path: Path, people: int) -> dict[str, int]:
    """Send the file; give how many people have each role.

    Raises:
        RosterError: a row was rejected, or somebody is missing.
    """
    async with system.client(ROSTER) as bangfu:
        done = await bangfu.roster.import_file(path)
        if done.rows_rejected:
            raise RosterError(f"{done.rows_rejected} of {people} rows of the roster were rejected")
        listed = [person async for person in bangfu.roster.list()]
    if len(listed) != people:
        raise RosterError(f"{len(listed)} of {people} people are on the roster")
    roles = Counter(str(getattr(term, "role", "")) for person in listed for term in person.appointments)
    return {role.value: roles[role.value] for role in StaffRole if roles[role.value]}


async def pair_helpers(system: EmbeddedSystem) -> int:
    """Give every monitored household a helper of its village; give how many households were paired.

    Raises:
        RosterError: a household is left without one.
    """
    async with system.client(ROSTER) as bangfu:
        helpers: dict[str, list[str]] = defaultdict(list)
        async for person in bangfu.roster.list(role=StaffRole.HELPER.value):
            helpers[str(getattr(person.appointments[0], "area_code", ""))].append(person.id)
        turns = {village: cycle(sorted(ids)) for village, ids in helpers.items()}
        orphans: Sequence[dict[str, str]] = [row.model_dump() async for row in bangfu.pairings.orphans()]
        for row in orphans:
            if row["area_code"] not in turns:
                raise RosterError(f"nobody helps in {row['area_code']}")
            await bangfu.pairings.create(
                {
                    "household_id": row["household_id"],
                    "staff_id": next(turns[row["area_code"]]),
                    "from_on": system.clock.today().isoformat(),
                    "why": "年度结对安排",
                }
            )
        left = [row async for row in bangfu.pairings.orphans()]
    if left:
        raise RosterError(f"{len(left)} monitored households have no helper")
    return len(orphans)
