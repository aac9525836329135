"""`bangfu year`: a county's year on a moved clock."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bangfu.cli.console import err, run


def year(
    households: Annotated[int, typer.Option(min=2000, help="户数 / number of households")] = 2_000,
    seed: Annotated[int, typer.Option(help="随机种子 / seed")] = 1,
    report: Annotated[Path, typer.Option(help="报告 / report")] = Path("build/year.json"),
    data_dir: Annotated[Path, typer.Option(help="数据目录 / data directory")] = Path("build/year"),
    keep: Annotated[bool, typer.Option("--keep", help="结束后保留数据 / keep the data afterwards")] = False,
) -> None:
    """演示一个县的一年 / Run a county's year; fail unless what was planted, and nothing else, was late or happened."""
    from bangfu_local.year import YearOptions, run_year

    outcome = run(run_year(YearOptions(households=households, seed=seed, report=report, data_dir=data_dir, keep=keep)))
    for failure in outcome.failures:
        err.print(f"[red]✗ {failure}[/red]")
    if outcome.failures:
        raise typer.Exit(1)
