"""What a whole comparison knows of occupations, into PostgreSQL: figures of the month are made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from psycopg.types.json import Jsonb
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.parameters import Value
from servicekit import clock
from servicekit.areas import range_of
from servicekit.calendar import add_months
from servicekit.db import copy_in, execute
from sharing.indicators.service import OWN
from sharing.occupations import store
from sharing.occupations.store import COLUMNS

__all__ = ["COLUMNS", "PARAMETERS", "take"]

PARAMETERS: Final[Mapping[str, str]] = {
    "post_stay_months": "hrs.post_stay_months",
    "leaver_months": "edu.leaver_months",
    "stable_work_months": "edu.stable_work_months",
}
_KNOWN_BY: Final[Mapping[str, str]] = {
    "knows_work": "R-HRS-02",
    "knows_posts": "R-HRS-04",
    "knows_leavers": "R-EDU-06",
    "knows_income": "R-AGR-04b",
}
"""What is known of a village where the rule that asks for it could be evaluated."""
FIGURES: Final = (
    "workers", "work_known", "post_holders", "posts_kept", "leavers_enrolled", "leavers_at_work", "zero_employment",
    "zero_employment_found", "zero_employment_cleared", "labour_below_line", "labour_below_line_cleared",
)  # fmt: skip
"""Indicators that are computed again once a month's lists were compared: they come after its end."""
_WHY: Final = "名单比对后更新 / the month's lists were compared"
_KEPT_MONTHS: Final = 30
"""How long months are kept: those of last year, and as long as posts are followed."""


async def take(
    session: AsyncSession,
    file: Path,
    *,
    parameters: Sequence[tuple[Sequence[str], Mapping[str, Value]]],
    skipped: Sequence[tuple[str, str | None]],
    run_id: str,
    period: str,
    area_code: str,
) -> None:
    """Make the month's rows of an area those in the file, and say of each village what is known.

    Args:
        file: CSV of `COLUMNS`, of everybody of whom any list says something.
        parameters: Villages of the area, with the values of the policy there.
        skipped: Rules that could not be evaluated, with the village, or None for everywhere.
    """
    low, high = range_of(area_code)
    place = {"period": period, "low": low, "high": high}
    lacks = set(skipped)
    villages = [
        {
            "area_code": village,
            **{name: not {(rule, None), (rule, village)} & lacks for name, rule in _KNOWN_BY.items()},
            **{name: int(values[parameter]) for name, parameter in PARAMETERS.items()},
        }
        for of_profile, values in parameters
        for village in of_profile
    ]
    await execute(session, store.TOLD)
    await copy_in(session, "occupation_told", COLUMNS, file)
    await execute(session, store.FORGET, place)
    await execute(session, store.KEEP, {"period": period})
    await execute(session, store.FORGET_VILLAGES, place)
    told: dict[str, Any] = {"period": period, "run": run_id, "at": clock.now(), "villages": Jsonb(villages)}
    await execute(session, store.KEEP_VILLAGES, told)
    oldest = add_months(date.fromisoformat(f"{period}-01"), -_KEPT_MONTHS)
    for statement in store.PRUNE:
        await execute(session, statement, {"oldest": f"{oldest:%Y-%m}"})
    await OWN.ask(session, [(name, period) for name in FIGURES], why=_WHY, request_id=run_id)
