"""The list behind a number: the members that were frozen with it, as the caller may see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.indicators import INDICATORS
from servicekit import areas
from servicekit.auth import Principal
from servicekit.indicators import store
from servicekit.indicators.problems import FigurePending, IndicatorUnknown, MembersKeptInCounty
from servicekit.indicators.schemas import MemberOut, MemberQuery
from servicekit.paging import encode_cursor, read_cursor
from servicekit.problems import FieldError, InvalidInput


def is_outside_county(principal: Principal) -> bool:
    """Tell whether a caller sees more than a county: what it is told leaves the county."""
    return any(areas.level_of(root) in ("nation", "province", "city") for root in principal.areas)


async def page(
    session: AsyncSession,
    principal: Principal,
    service: str,
    indicator_id: str,
    wanted: MemberQuery,
) -> tuple[Sequence[MemberOut], Mapping[str, Any]]:
    """Give a page of the rows behind a number, and what stands beside them in the answer.

    Raises:
        IndicatorUnknown, FigurePending, MembersKeptInCounty
        OutsideArea: the area is not the caller's.
        InvalidInput: the cursor is none of ours, or a part without its dimension.
    """
    indicator = INDICATORS.get(indicator_id)
    if indicator is None or indicator.service != service:
        raise IndicatorUnknown("this service owns no such indicator")
    if is_outside_county(principal):
        raise MembersKeptInCounty("the rows behind a number stay in the county")
    check_part(indicator.dimensions, wanted.dimension, wanted.part)
    if wanted.counted != "numerator" and not indicator.has_denominator:
        fault = FieldError(pointer="query:counted", code="no_denominator", detail="该指标没有分母 / it has none")
        raise InvalidInput("this indicator has no denominator", errors=[fault])
    after = read_cursor(wanted.cursor, str, str)
    run = await store.run(session, indicator_id, wanted)
    if run is None:
        raise FigurePending("not computed for this period, or not in this version")
    place = (after[0], after[1]) if after else None
    rows, number, total = await store.page(session, principal, run.id, wanted, place)
    items = [MemberOut.model_validate(dict(row)) for row in rows[: wanted.limit]]
    is_whole = principal.department is None
    whole = await store.counted(session, principal, run.id, wanted) if is_whole else total
    more: dict[str, Any] = {
        "indicator_id": indicator_id,
        "period": wanted.period,
        "subject": indicator.subject,
        "version": run.version,
        "as_of": run.as_of,
        "computed_at": run.computed_at,
        "total": number,
        "sum": total,
        "unlisted": str(Decimal(whole) - Decimal(total)),
        "next_cursor": (
            encode_cursor([items[-1].area_code, items[-1].subject_id]) if len(rows) > wanted.limit else None
        ),
    }
    return items, more


def check_part(dimensions: Sequence[str], dimension: str | None, part: str | None) -> None:
    """Refuse a dimension that an indicator does not have, and a part without its dimension.

    Raises:
        InvalidInput
    """
    if dimension is not None and dimension not in dimensions:
        detail = f"可用 / one of: {', '.join(dimensions) or '-'}"
        fault = FieldError(pointer="query:dimension", code="unknown_dimension", detail=detail)
        raise InvalidInput("the indicator is not broken down by this", errors=[fault])
    if (dimension is None) != (part is None):
        fault = FieldError(pointer="query:part", code="dimension_and_part", detail="须同时填写 / say both or neither")
        raise InvalidInput("a part is one of a dimension", errors=[fault])
