"""The tables at the end of the year."""

from __future__ import annotations

from bangfu_local.demo.show import Show
from bangfu_local.year.report import YearReport
from contracts.duties import KINDS


def summarise(show: Show, report: YearReport) -> None:
    """Print the tables and the verdict."""
    show.table(
        f"到期须办事项 {report.began_on} - {report.ended_on} / Duties",
        (
            "事项 / duty",
            "产生 / opened",
            "按期 / kept",
            "逾期 / late",
            "升级 / escalated",
            "未到期 / open",
            "取消 / cancelled",
        ),
        [
            (f"{kind} {KINDS[kind].zh}", row.opened, row.kept, row.late, row.escalated, row.open, row.cancelled)
            for kind, row in report.duties.items()
        ],
    )
    show.table(
        "植入的事实 / Planted facts",
        ("事实 / fact", "应有 / expected", "实有 / found", "一致 / holds"),
        [(f"{fact.zh}\n{fact.en}", fact.expected, fact.found, "✓" if fact.holds else "✗") for fact in report.facts],
    )
    verdict = "[green]全部一致 / everything as planted[/green]"
    if report.failures:
        verdict = f"[red]{len(report.failures)} 处不符 / differences[/red]"
    show.console.print(
        f"{report.households:,} 户,随机种子 {report.seed};须由人办理的环节由接入方代办,没有人员登录"
        f" / {report.households:,} households, seed {report.seed}; clients stand in for persons: nobody signs in\n"
        f"处理器时间 / CPU time {report.cpu_seconds:,.0f} s\n{verdict}"
    )
