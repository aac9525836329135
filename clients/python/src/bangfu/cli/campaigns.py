"""`bangfu campaigns`: open a sweep, a verification or a follow-up, and see how far it has come."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from bangfu.cli.console import Target, calling, out, run, table_of
from bangfu.sdk.models import Answer

campaigns = typer.Typer(help="集中排查、定期核查与后续走访 / Campaigns of visits", no_args_is_help=True)

_Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="日期 / a day, e.g. 2026-11-01")]


@campaigns.command("open")
@calling("bureau")
def open_campaign(
    target: Target,
    name: Annotated[str, typer.Argument(help="名称 / what it is called")],
    area: Annotated[str, typer.Option(help="区划代码 / area code")],
    from_on: _Day,
    until_on: _Day,
    form: Annotated[str, typer.Option(help="排查表版本 / version of the form")],
    kind: Annotated[str, typer.Option(help="种类 / kind: sweep, verification, follow_up")] = "sweep",
) -> None:
    """发起一次行动 / Open a campaign: each household that it concerns has a task, each village a duty."""
    body = {"kind": kind, "name": name, "area_code": area, "form_version": form}
    days = {"from_on": from_on.date().isoformat(), "until_on": until_on.date().isoformat()}
    run(_open(target, body | days))


async def _open(target: Target, body: dict[str, Any]) -> None:
    async with target.open() as bangfu:
        campaign = _fields(await bangfu.campaigns.open(body))
        covered = _fields(await bangfu.campaigns.coverage(campaign["id"], by="county"))
    out.print(f"{campaign['id']}  {campaign['name']}  {covered['total']['due']} 户 / households")


@campaigns.command("coverage")
@calling("bureau")
def coverage(
    target: Target,
    campaign: Annotated[str, typer.Argument(help="行动 id / the campaign's id")],
    area: Annotated[str | None, typer.Option(help="区划代码 / area code")] = None,
    by: Annotated[str, typer.Option(help="按村、乡镇或县 / by village, town or county")] = "village",
) -> None:
    """走访覆盖情况 / Tell how many households were visited of those due."""
    run(_coverage(target, campaign, area, by))


async def _coverage(target: Target, campaign: str, area: str | None, by: str) -> None:
    async with target.open() as bangfu:
        found = _fields(await bangfu.campaigns.coverage(campaign, area=area, by=by))
    headings = (
        "地点 / where",
        "应走访 / due",
        "已走访 / visited",
        "走访率 / %",
        "发现风险 / risk",
        "未见到 / absent",
        "拒绝 / refused",
    )
    rows = [_row(row) for row in (*found["items"], found["total"])]
    out.print(table_of("走访覆盖情况 / Coverage", headings, rows))


def _row(row: dict[str, Any]) -> tuple[str, ...]:
    where = " ".join(row["area_path"]) or row["area_code"] or "合计 / total"
    counts = (row[name] for name in ("due", "visited", "percent", "risk_found", "absent", "refused"))
    return (where, *(str(count) for count in counts))


def _fields(answer: Answer) -> dict[str, Any]:
    return answer.model_dump(mode="json")
