"""`bangfu household`: what is known of one household."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer
from rich.markup import escape

from bangfu.cli.console import Target, calling, in_china, out, run, table_of
from bangfu.sdk.timeline import TimelineEntry

household = typer.Typer(help="一户的情况 / What is known of one household", no_args_is_help=True)


@household.callback()
def _household() -> None:
    """Keep `timeline` a command of its own though it is the only one."""


@household.command("timeline")
@calling("bureau")
def timeline(
    target: Target,
    household_id: Annotated[str, typer.Argument(help="农户 id / id of the household")],
    kind: Annotated[str | None, typer.Option(help="只看此类 / only this kind, e.g. episode_step")] = None,
    most: Annotated[int, typer.Option(help="最多显示条数 / show at most so many")] = 50,
) -> None:
    """一户一档 / Show what happened to a household and what was done about it, newest first."""
    run(_timeline(target, household_id, most, {"kind": kind} if kind else {}))


async def _timeline(target: Target, household_id: str, most: int, filters: Mapping[str, str]) -> None:
    found: list[TimelineEntry] = []
    refused: list[str] = []
    async with target.open() as bangfu:
        async for entry in bangfu.timeline.of(household_id, refused=refused, limit=min(most, 200), **filters):
            found.append(entry)
            if len(found) == most:
                break
    headings = ("记录时间 / recorded", "发生 / on", "事项 / what", "内容 / in words", "经办 / by")
    out.print(table_of("一户一档 / The household's file", headings, [row_of(entry) for entry in found]))
    for part in refused:
        out.print(f"[dim]无权查看 / not yours to read: {escape(part)}[/dim]")


def row_of(entry: TimelineEntry) -> tuple[str, ...]:
    """Give an entry as the cells of a table."""
    changed = "；".join(f"{each.title.zh}：{_shown(each.before)}→{_shown(each.after)}" for each in entry.changes)
    return (
        in_china(entry.at),
        entry.occurred_on.isoformat() if entry.occurred_on else "",
        entry.title.zh,
        escape(f"{entry.text.zh}{changed}"),
        entry.by or "",
    )


def _shown(value: object) -> str:
    return "-" if value is None else str(value)
