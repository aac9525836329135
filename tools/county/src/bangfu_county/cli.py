"""`bangfu generate`: the county's files, to look at or to push by hand."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from bangfu.cli.console import out
from bangfu_county.generate import MIN_HOUSEHOLDS
from bangfu_county.generate import generate as write_county
from bangfu_county.national import write_national


def generate(
    folder: Annotated[Path, typer.Argument(help="输出目录 / where to write")],
    households: Annotated[int, typer.Option(min=MIN_HOUSEHOLDS, help="户数 / number of households")] = 20_000,
    seed: Annotated[int, typer.Option(help="随机种子 / seed")] = 1,
    period: Annotated[str, typer.Option(help="期次 / period, YYYY-MM")] = "2026-10",
    national: Annotated[
        bool, typer.Option("--national", help="另写国家系统导出及其差异 / also an export of the national system")
    ] = False,
) -> None:
    """生成合成县数据 / Generate a synthetic county: areas, households, department files, what was planted in them."""
    started_at = time.monotonic()
    with out.status("正在生成 / generating…"):
        write_county(folder, households=households, seed=seed, period=period)
        planted = write_national(folder, seed=seed) if national else []
    out.print(f"{folder}: {households:,} 户 / households, {time.monotonic() - started_at:.1f} s")
    if national:
        out.print(f"{folder}/registry/national-export.csv: {len(planted)} 处差异 / differences")
