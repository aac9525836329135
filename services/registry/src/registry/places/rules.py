"""What a group, a grid or a site must be, and what of it is to be looked into. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from contracts.area_vocabulary import PlaceKind, ServiceStation
from contracts.errors import FieldError
from contracts.id_numbers import carries_id_number
from contracts.parameters import Profile
from registry.places.texts import FAULTS, WARNINGS


@dataclass(frozen=True)
class Named:
    """A place, as far as others may have its name or code; `valid_to` is its last day."""

    kind: PlaceKind
    village_code: str
    name: str
    suffix: str | None
    valid_from: date
    valid_to: date | None

    @property
    def scope(self) -> str:
        """Where the name is the only one: a site's in its county, because its households may be of any village."""
        return scope_of(self.kind, self.village_code)

    def meets(self, other: Named) -> bool:
        """Tell whether both are there on some day."""
        return (other.valid_to is None or self.valid_from <= other.valid_to) and (
            self.valid_to is None or other.valid_from <= self.valid_to
        )


@dataclass(frozen=True)
class Told(Named):
    """A place that somebody registers, with what only a site has."""

    site: str | None = None
    households_declared: int | None = None
    persons_declared: int | None = None
    has_stations: bool = False


@dataclass(frozen=True)
class Counted:
    """What is known of a place on a day.

    Attributes:
        households: Active ones that name it; `persons` are their members.
        workers: Grid workers in office.
        grids: Those that stand in a site.
    """

    kind: PlaceKind
    households: int
    persons: int
    workers: int = 0
    grids: int = 0
    households_declared: int | None = None
    persons_declared: int | None = None
    stations: Collection[str] = ()


def scope_of(kind: str, village_code: str) -> str:
    """Give the area within which the name of a kind is the only one: village, or the six digits of a site's county."""
    return village_code[:6] if kind == PlaceKind.SITE else village_code


def check(told: Sequence[Told], known: Sequence[Named], sites: Collection[tuple[str, str]]) -> list[FieldError]:
    """Give what is wrong with places that are to be registered together.

    Args:
        known: Those registered where they are to stand.
        sites: County (six digits) and name of the sites that are registered.
    """
    faults: list[FieldError] = []
    before: list[Named] = [*known]
    sites = {*sites, *((each.scope, each.name) for each in told if each.kind == PlaceKind.SITE)}
    for position, place in enumerate(told):
        keys = [*wrong_itself(place, sites), *taken(place, before)]
        faults += [FieldError.told(FAULTS, key, f"/places/{position}/{key.partition('.')[0]}") for key in keys]
        before.append(place)
    return faults


def wrong_itself(place: Told, sites: Collection[tuple[str, str]]) -> Iterator[str]:
    """Give what is wrong with a place apart from others, as keys of `texts.FAULTS`."""
    if carries_id_number(place.name):
        yield "name.id_number"
    if place.valid_to is not None and place.valid_to < place.valid_from:
        yield "valid_to.range"
    if place.kind == PlaceKind.SITE:
        if place.site is not None:
            yield "site.of_site"
        return
    if place.site is not None and (place.village_code[:6], place.site) not in sites:
        yield "site.unknown"
    for name in ("households_declared", "persons_declared"):
        if getattr(place, name) is not None:
            yield f"{name}.no_site"
    if place.has_stations:
        yield "stations.no_site"


def taken(place: Named, others: Sequence[Named]) -> Iterator[str]:
    """Tell what of a place another one has in the same days, as keys of `texts.FAULTS`."""
    beside = [other for other in others if other.kind == place.kind and other.meets(place)]
    if any((other.scope, other.name) == (place.scope, place.name) for other in beside):
        yield "name.taken"
    if place.suffix is not None and any(
        (other.village_code, other.suffix) == (place.village_code, place.suffix) for other in beside
    ):
        yield "suffix.taken"


def warnings(place: Counted, policy: Profile) -> list[tuple[str, str]]:
    """Give what is to be looked into, as code and text.

    A grid has 20 to 100 households and one person; a site of 800 persons and more has its stations, and is divided
    into grids. Source: the policy profile's `areas.*`.
    """
    if place.kind == PlaceKind.GRID:
        return list(_of_grid(place, policy))
    return list(_of_site(place, policy)) if place.kind == PlaceKind.SITE else []


def _of_grid(place: Counted, policy: Profile) -> Iterator[tuple[str, str]]:
    least, most = policy.whole("areas.grid_households_least"), policy.whole("areas.grid_households_most")
    if place.households < least:
        yield _warning("grid.small", least=least)
    if place.households > most:
        yield _warning("grid.large", most=most)
    if not place.workers:
        yield _warning("grid.no_worker")


def _of_site(place: Counted, policy: Profile) -> Iterator[tuple[str, str]]:
    persons = max(place.persons, place.persons_declared or 0)
    missing = [station.label for station in ServiceStation if station not in place.stations]
    if persons >= policy.whole("areas.site_stations_from") and missing:
        yield _warning("site.no_station", persons=persons, missing="、".join(missing))
    if not place.grids:
        yield _warning("site.no_grid")
    if place.households_declared not in (None, place.households):
        yield _warning("site.counted", declared=place.households_declared, counted=place.households)


def _warning(key: str, **values: object) -> tuple[str, str]:
    return key, WARNINGS[key].format_map(values)
