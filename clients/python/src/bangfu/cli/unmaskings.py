"""`bangfu unmaskings`, `bangfu quota-alerts`: who asked to see many in full, and who looks at much."""

from __future__ import annotations

from typing import Annotated

import typer

from bangfu.cli.console import Target, calling, in_china, out, run, table_of

Area = Annotated[str | None, typer.Option(help="区划代码 / area code")]


@calling("bureau")
def unmaskings(
    target: Target,
    area: Area = None,
    state: Annotated[str | None, typer.Option(help="状态 / open, confirmed, refused, withdrawn, expired")] = "open",
) -> None:
    """批量查看申请 / List requests to see many persons in full; those that wait for a second person, unless told."""
    run(_unmaskings(target, area, state))


async def _unmaskings(target: Target, area: str | None, state: str | None) -> None:
    async with target.open() as bangfu:
        rows = [
            (
                in_china(each.expires_at),
                each.state,
                each.area_code,
                str(each.persons),
                " ".join(each.fields),
                each.reason,
                each.requested_by,
                each.id,
            )
            async for each in bangfu.unmaskings.list(area=area, state=state)
        ]
    headings = (
        "截止 / until",
        "状态 / state",
        "区域 / area",
        "人数 / persons",
        "内容 / fields",
        "事由 / why",
        "申请人 / by",
        "编号 / id",
    )
    out.print(table_of("批量查看申请 / Requests to see many in full", headings, rows))


@calling("bureau")
def quota_alerts(
    target: Target,
    area: Area = None,
) -> None:
    """次数预警 / List who came near a day's number of looks at unmasked data, or used it up."""
    run(_quota_alerts(target, area))


async def _quota_alerts(target: Target, area: str | None) -> None:
    async with target.open() as bangfu:
        rows = [
            (in_china(each.raised_at), each.state, each.kind, f"{each.taken}/{each.per_day}", each.actor)
            async for each in bangfu.unmaskings.quota_alerts(area=area)
        ]
    headings = ("时间 / when", "状态 / state", "种类 / kind", "次数 / looks", "何人 / who")
    out.print(table_of("次数预警 / Who looks at much", headings, rows))
