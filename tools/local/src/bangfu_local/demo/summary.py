"""The tables at the end of the demonstration."""

from __future__ import annotations

from bangfu_local.demo.report import Report
from bangfu_local.demo.show import Show
from contracts.duties import KINDS
from contracts.vocabulary import StaffRole


def summarise(show: Show, report: Report) -> None:
    """Print the tables and the verdict."""
    headings = (
        "数据集 / dataset",
        "行 / rows",
        "接收 / accepted",
        "退回 / rejected",
        "匹配 / matched",
        "存疑 / quarantined",
    )
    show.table(
        "上报 / Pushed",
        (*headings, "未匹配 / unmatched"),
        [
            (code, row.rows, row.accepted, row.rejected, row.matched, row.quarantined, row.unmatched)
            for code, row in report.datasets.items()
        ],
    )
    show.table(
        "规则 / Rules",
        ("规则 / rule", "植入 / planted", "应有 / expected", "发现 / found", "遗漏 / missed", "误报 / false"),
        [(rule, s.planted, s.expected, s.found, s.missed, s.false) for rule, s in report.rules.items()],
    )
    show.table(
        "预警 / Alerts",
        ("通道 / channel", "发布 / published", "收到 / received", "一致 / identical"),
        [
            (name, report.alerts_published, count.received, "✓" if count.is_identical else "✗")
            for name, count in report.channels.items()
        ],
    )
    show.table(
        "人员名册 / Roster",
        ("岗位 / role", "人数 / people"),
        [(f"{role} {StaffRole(role).label}", count) for role, count in report.roster.items()],
    )
    show.table(
        "到期须办事项 / Duties",
        ("事项 / duty", "未办 / open", "逾期 / overdue", "已办 / done", "取消 / cancelled"),
        [
            (f"{kind} {KINDS[kind].zh}", *(tally.get(state, 0) for state in ("open", "overdue", "done", "cancelled")))
            for kind, tally in report.duties.items()
        ],
    )
    show.table(
        "内存峰值 / Peak memory",
        ("进程 / process", "MiB"),
        list(report.peak_mib.items()),
    )
    verdict = "[green]全部一致 / everything as planted[/green]"
    if report.uncompared:
        rules = ", ".join(f"{rule} ({count:,})" for rule, count in report.uncompared.items())
        show.console.print(f"[yellow]未与独立核算对照(发现数) / no oracle, not compared (findings): {rules}[/yellow]")
        verdict = "[yellow]其余规则全部一致 / the other rules are as planted[/yellow]"
    if report.failures:
        verdict = f"[red]{len(report.failures)} 处不符 / differences[/red]"
    show.console.print(
        f"名册 {sum(report.roster.values()):,} 人,结对 {report.paired:,} 户;"
        "须由人办理的环节由演示的接入方代办,没有人员登录"
        f" / {sum(report.roster.values()):,} people on the roster, {report.paired:,} households have helpers;"
        " the demonstration's clients stand in for persons: nobody signs in"
    )
    show.console.print(
        f"线索 / clues {report.clues:,}  识别认定 / episode {' → '.join(report.episode_states)}\n{verdict}"
    )
