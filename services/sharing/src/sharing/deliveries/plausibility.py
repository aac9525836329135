"""Whether a list can be believed beside the one before it. Pure: counts and the profile's shares in, doubts out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, Literal

from contracts.parameters import Profile

DoubtCode = Literal["all_refused", "refused", "shrunk", "persons_gone", "names_changed", "area_missing", "covers_few"]


@dataclass(frozen=True)
class Contrast:
    """The persons of a list and of what counts before it for the same area.

    Attributes:
        before, now: Persons on either.
        common: On both; `renamed`: of those, under another name now.
        missing: Of `before`, those registered in townships of which nobody is left, where enough were before.
    """

    before: int
    now: int
    common: int
    renamed: int
    missing: int = 0


@dataclass(frozen=True)
class Standing:
    """What is known of a list when it is committed.

    Attributes:
        accepted, refused: Its rows that can be used, and those that cannot; mended ones are used.
        previous: Rows of the list that counts until now; `None`: there is none, or several lists together count, and
            persons are counted instead.
        contrast: Its persons and those of what counts; `None` where they cannot be told.
    """

    accepted: int
    refused: int
    previous: int | None = None
    contrast: Contrast | None = None

    def lost(self) -> tuple[int, int]:
        """Give how many are fewer than before, and of how many."""
        if self.previous is not None:
            return max(0, self.previous - self.accepted), self.previous
        if self.contrast is not None:
            return max(0, self.contrast.before - self.contrast.now), self.contrast.before
        return 0, 0


@dataclass(frozen=True)
class Doubt:
    """A reason to hold a list: `rows` of `of_rows` where `limit` of them is plausible."""

    code: DoubtCode
    rows: int
    of_rows: int
    limit: str | None = None

    def plain(self) -> dict[str, Any]:
        """Give it as it is stored."""
        return asdict(self)


def doubts_of_list(standing: Standing, profile: Profile) -> list[Doubt]:
    """Give the reasons not to believe a full list; none: it counts at once.

    Source: parameters sharing.hold_*.
    """
    delivered = standing.accepted + standing.refused
    if delivered and not standing.accepted:
        return [Doubt("all_refused", standing.refused, delivered)]
    doubts = [_shrunk(standing, profile)]
    for code, rows, of_rows, parameter in _measured(standing, delivered):
        limit = profile.number(parameter)
        if rows >= profile.whole("sharing.hold_least_rows") and Decimal(rows) > limit * of_rows:
            doubts.append(Doubt(code, rows, of_rows, str(limit)))
    if standing.contrast and standing.contrast.missing:
        doubts.append(Doubt("area_missing", standing.contrast.missing, standing.contrast.before))
    return [doubt for doubt in doubts if doubt]


def doubts_of_first_roll(registered: int, listed: int, profile: Profile) -> list[Doubt]:
    """Give the reasons not to believe a first list of everybody: the register knows whom to expect.

    Args:
        registered: Persons registered in the list's area; `listed` of them are on it.

    Source: parameter sharing.hold_roll_share.
    """
    limit = profile.number("sharing.hold_roll_share")
    is_few = registered - listed >= profile.whole("sharing.hold_least_rows") and Decimal(listed) < limit * registered
    return [Doubt("covers_few", listed, registered, str(limit))] if is_few else []


def doubts_of_increment(standing: Standing, profile: Profile) -> list[Doubt]:
    """Give the reasons not to let rows of a month replace what was sent of the same month before."""
    if standing.refused and not standing.accepted and standing.previous:
        return [Doubt("all_refused", standing.refused, standing.refused)]
    return [doubt for doubt in [_shrunk(standing, profile)] if doubt]


def _shrunk(standing: Standing, profile: Profile) -> Doubt | None:
    """Tell of rows that were lost: more than the share, or every one, however few there were."""
    lost, before = standing.lost()
    limit = profile.number("sharing.hold_shrink_share")
    is_much = lost >= profile.whole("sharing.hold_least_rows") and Decimal(lost) > limit * before
    return Doubt("shrunk", lost, before, str(limit)) if is_much or (lost and lost == before) else None


def _measured(standing: Standing, delivered: int) -> Iterator[tuple[DoubtCode, int, int, str]]:
    yield "refused", standing.refused, delivered, "sharing.hold_refused_share"
    if standing.contrast:
        gone = standing.contrast.before - standing.contrast.common
        yield "persons_gone", gone, standing.contrast.before, "sharing.hold_changed_share"
        yield "names_changed", standing.contrast.renamed, standing.contrast.common, "sharing.hold_changed_share"
