"""`bangfu income-plans`: how far the income plans of a year have come."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from bangfu.cli.console import Target, calling, out, run, table_of


@calling("bureau")
def income_plans(
    target: Target,
    area: Annotated[str | None, typer.Option(help="区划代码 / area code")] = None,
    year: Annotated[int | None, typer.Option(help="年度 / year")] = None,
    by: Annotated[str, typer.Option(help="按村、乡镇或县 / by village, town or county")] = "town",
) -> None:
    """增收计划进度 / Tell how many households of the year's cohorts have their plan."""
    run(_progress(target, area, year, by))


async def _progress(target: Target, area: str | None, year: int | None, by: str) -> None:
    async with target.open() as bangfu:
        found = (await bangfu.income_plans.progress(area=area, year=year, by=by)).model_dump(mode="json")
    headings = ("地点 / where", "群体 / cohort", "应制定 / due", "已制定 / planned", "完成率 / %")
    rows = [_row(area, cohort) for area in (*found["items"], found["total"]) for cohort in area["cohorts"]]
    title = f"{found['year']}年增收计划进度 / Income plans, due on {found['due_on'] or '-'}"
    out.print(table_of(title, headings, rows))


def _row(area: dict[str, Any], cohort: dict[str, Any]) -> tuple[str, ...]:
    where = " ".join(area["area_path"]) or area["area_code"] or "合计 / total"
    counts = (str(cohort[name]) for name in ("due", "planned", "percent"))
    return (where, cohort["cohort_label"] or "各群体合计(去重) / each household once", *counts)
