"""`bangfu duties`: what must be done by a day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from bangfu.cli.console import Target, calling, out, run, table_of
from bangfu.sdk.models import Duty

_MOST = 100  # shown: what is due first
_LEVELS = {"village": "村级", "township": "乡镇", "county": "县级", "leadership": "领导小组"}


@calling("bureau")
def duties(
    target: Target,
    area: Annotated[str | None, typer.Option(help="区划代码 / area code")] = None,
    kind: Annotated[str | None, typer.Option(help="事项种类 / kind, e.g. D06")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="只看逾期 / only those past their day")] = False,
    mine: Annotated[bool, typer.Option("--mine", help="只看我经办的 / only those that I have in hand")] = False,
) -> None:
    """到期须办事项 / List what must be done by a day, due first."""
    wanted = {"area": area, "kind": kind, "overdue": overdue or None, "assignee": "me" if mine else None}
    filters = {name: value for name, value in wanted.items() if value is not None}
    run(_duties(target, filters))


async def _duties(target: Target, filters: Mapping[str, str | bool]) -> None:
    async with target.open() as bangfu:
        found: list[Duty] = []
        async for duty in bangfu.duties.list(state="open", limit=_MOST, **filters):
            found.append(duty)
            if len(found) == _MOST:
                break
    headings = (
        "到期 / due",
        "剩余 / days",
        "事项 / what",
        "农户 / household",
        "地点 / where",
        "已上报 / went to",
        "经办 / in hand",
        "编号 / id",
    )
    out.print(table_of("到期须办事项 / What must be done", headings, [_row(duty) for duty in found]))


def _row(duty: Duty) -> tuple[str, ...]:
    left = "" if duty.days_left is None else str(duty.days_left)
    return (
        duty.due_on.isoformat(),
        f"[red]{left}[/red]" if duty.is_overdue else left,
        f"{duty.kind_label.zh} / {duty.kind_label.en}",
        _household(duty),
        " ".join(duty.area_names) or duty.area_code,
        _LEVELS.get(duty.escalated_to or "", ""),
        duty.holder or "",
        duty.id,
    )


def _household(duty: Duty) -> str:
    home = duty.title.household if duty.title else None
    if home is None:
        return ""
    return f"{home.hh_no} {home.head.name}" if home.head else home.hh_no
