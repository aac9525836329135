"""`bangfu quality`: what is wrong in the register."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from bangfu.cli.console import Target, calling, out, run, table_of
from bangfu.sdk.quality import QualityCount, QualityError, Said

_MOST = 100  # shown: what is open longest
_LEVELS = {"blocking": "必须更正 / must be corrected", "warning": "请核实 / look into it"}


@calling("bureau")
def quality(
    target: Target,
    area: Annotated[str | None, typer.Option(help="区划代码 / area code")] = None,
    rule: Annotated[str | None, typer.Option(help="规则代码 / rule, e.g. Q-P12")] = None,
    blocking: Annotated[bool, typer.Option("--blocking", help="只看必须更正的 / only what must be corrected")] = False,
    counts: Annotated[bool, typer.Option("--counts", help="按规则和村计数 / count by rule and village")] = False,
) -> None:
    """数据质量问题 / List what is wrong in the register, what is open longest first."""
    wanted = {"area": area, "rule": rule, "level": "blocking" if blocking else None}
    filters = {name: value for name, value in wanted.items() if value is not None}
    run(_counts(target, filters) if counts else _errors(target, filters))


async def _errors(target: Target, filters: Mapping[str, str]) -> None:
    async with target.open() as bangfu:
        found: list[QualityError] = []
        async for error in bangfu.quality.errors(limit=_MOST, **filters):
            found.append(error)
            if len(found) == _MOST:
                break
    headings = (
        "规则 / rule",
        "问题 / what",
        "级别 / level",
        "农户 / household",
        "成员 / member",
        "地点 / where",
        "依据 / evidence",
        "自 / since",
    )
    out.print(table_of("数据质量问题 / What is wrong", headings, [_row(error) for error in found]))


def _row(error: QualityError) -> tuple[str, ...]:
    home = error.title.household if error.title else None
    return (
        error.rule,
        _said(error.rule_title),
        _LEVELS.get(error.level or "", ""),
        home.hh_no if home else "",
        error.person.name if error.person else "",
        " ".join(error.title.area_path) if error.title else error.area_code,
        ", ".join(f"{name}={value}" for name, value in error.evidence.items()),
        error.opened_at.date().isoformat(),
    )


async def _counts(target: Target, filters: Mapping[str, str]) -> None:
    async with target.open() as bangfu:
        found = [count async for count in bangfu.quality.counts(**filters)]
    headings = (
        "规则 / rule",
        "问题 / what",
        "地点 / where",
        "未改 / open",
        "属实 / accepted",
        "户数 / households",
        "最久(天) / oldest",
    )
    out.print(table_of("数据质量问题计数 / What is wrong, counted", headings, [_counted(count) for count in found]))


def _counted(count: QualityCount) -> tuple[str, ...]:
    days = "" if count.oldest_days is None else str(count.oldest_days)
    where = count.area_name or count.area_code
    numbers = (str(count.open), str(count.accepted), str(count.households))
    return (count.rule, _said(count.rule_title), where, *numbers, days)


def _said(words: Said | None) -> str:
    return f"{words.zh} / {words.en}" if words else ""
