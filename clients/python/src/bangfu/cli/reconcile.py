"""`bangfu reconcile`: an export of the national system held against the register."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from bangfu.cli.console import Target, calling, out, run, table_of
from bangfu.cli.data import SkipHidden, tell_rejects
from bangfu.sdk.reconciliation import Difference

_MOST = 50  # differences that are shown; the rest is counted


@calling("bureau")
def reconcile(
    target: Target,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    area: Annotated[str | None, typer.Option(help="区划代码 / area code")] = None,
    field: Annotated[str | None, typer.Option(help="只看某一字段 / only this field, e.g. hh_type")] = None,
    skip_hidden: SkipHidden = False,
) -> None:
    """账账对账 / Compare an export of the national system (CSV, XLS, XLSX) with the register, which stays as it is."""
    wanted = {"area": area, "field": field}
    filters = {name: value for name, value in wanted.items() if value is not None}
    run(_reconcile(target, file, filters, skip_hidden=skip_hidden))


async def _reconcile(target: Target, file: Path, filters: Mapping[str, str], *, skip_hidden: bool) -> None:
    async with target.open() as bangfu:
        with out.status("正在对账 / comparing…"):
            done = await bangfu.reconciliations.import_file(file, skip_hidden=skip_hidden)
        for warning in done.warnings:
            out.print(f"说明 / note: {escape(warning)}")
        if done.rows_rejected:
            tell_rejects(await bangfu.reconciliations.import_rejects(done.import_id))
        made = await bangfu.reconciliations.get(done.import_id)
        shown: list[Difference] = []
        async for each in bangfu.reconciliations.differences(made.id, state="open", limit=_MOST, **filters):
            shown.append(each)
            if len(shown) == _MOST:
                break
    counts = [(each.title, str(each.open), str(each.ignored)) for each in made.fields]
    out.print(table_of("差异 / Differences", ("内容 / what", "待处理 / open", "已忽略 / ignored"), counts))
    headings = (
        "地点 / where",
        "户编号 / household",
        "人员 / person",
        "内容 / what",
        "登记 / register",
        "导出 / export",
    )
    out.print(table_of("待处理 / Open", headings, [_row(each) for each in shown]))
    out.print(
        f"对账 / reconciliation {made.id}  户 / households {made.households:,}  "
        f"待处理 / open {made.open:,}  未比对 / not compared {made.not_compared:,}"
    )


def _row(each: Difference) -> tuple[str, ...]:
    title = f"{each.year} {each.title}" if each.year else each.title
    return (" ".join(each.path), each.hh_no, each.who or each.head or "", title,
            _text(each.registered), _text(each.exported))  # fmt: skip


def _text(value: Any) -> str:
    if value is None:
        return ""
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)
