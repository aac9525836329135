"""`bangfu demo`: a county's month, start to finish."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bangfu.cli.console import err, run
from bangfu_county import MIN_HOUSEHOLDS


def demo(
    households: Annotated[int, typer.Option(min=MIN_HOUSEHOLDS, help="户数 / number of households")] = 20_000,
    seed: Annotated[int, typer.Option(help="随机种子 / seed")] = 1,
    period: Annotated[str, typer.Option(help="期次 / period, YYYY-MM")] = "2026-10",
    report: Annotated[Path, typer.Option(help="报告 / report")] = Path("build/demo-report.json"),
    bus: Annotated[str, typer.Option(help="embedded 或 kafka:host:port / event bus")] = "embedded",
    data_dir: Annotated[Path, typer.Option(help="数据目录 / data directory")] = Path("build/demo"),
    keep: Annotated[bool, typer.Option("--keep", help="结束后保留数据 / keep the data afterwards")] = False,
) -> None:
    """演示一个县的一个月 / Run a county's month; fail unless all that was planted and nothing else was found."""
    from bangfu_local.demo import DemoOptions, run_demo

    options = DemoOptions(
        households=households, seed=seed, period=period, report=report, bus=bus, data_dir=data_dir, keep=keep
    )
    outcome = run(run_demo(options))
    for failure in outcome.failures:
        err.print(f"[red]✗ {failure}[/red]")
    if outcome.failures:
        raise typer.Exit(1)
