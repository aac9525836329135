"""`bangfu watch`: alerts as they happen."""

from __future__ import annotations

from typing import Annotated

import typer

from bangfu.cli.console import Target, calling, in_china, out, run
from bangfu.sdk.models import AlertData

_COLOURS = {"RED": "bold red", "ORANGE": "dark_orange", "YELLOW": "yellow", "INFO": "dim"}
_SEVERITIES = {"RED": "红色", "ORANGE": "橙色", "YELLOW": "黄色", "INFO": "提示"}
_KINDS = {
    "raised": "新增", "escalated": "升级", "resolved": "办结", "overdue": "逾期", "changed": "变更", "moved": "迁移",
    "capped": "当日上限", "duty_near": "事项临期", "duty_late": "事项逾期",
    "policy_gap": "政策缺口",
}  # fmt: skip


@calling("health")
def watch(
    target: Target,
    after: Annotated[int | None, typer.Option(help="从此位置之后开始,0 为全部 / start after this position")] = None,
    area: Annotated[str | None, typer.Option(help="区划代码 / area code")] = None,
    severity: Annotated[
        str | None, typer.Option(help="只看此严重程度 / only this severity: RED, ORANGE, YELLOW, INFO")
    ] = None,
    count: Annotated[int, typer.Option(help="看到这么多条后结束,0 为不限 / stop after so many")] = 0,
) -> None:
    """实时查看预警 / Print each alert once, for ever; goes on after a broken connection."""
    filters = {name: value for name, value in (("area", area), ("severity", severity)) if value}
    run(_watch(target, after, filters, count))


async def _watch(target: Target, after: int | None, filters: dict[str, str], count: int) -> None:
    out.print("[dim]等待预警,Ctrl-C 结束 / waiting for alerts, Ctrl-C ends[/dim]")
    async with target.open() as bangfu:
        seen = 0
        async for event in bangfu.alerts.stream(after, filters=filters):
            out.print(line_of(event.data), highlight=False)
            seen += 1
            if seen == count:
                return


def line_of(alert: AlertData) -> str:
    """One line for one alert: position, severity, kind, risk, area, rules, due."""
    colour = _COLOURS.get(alert.severity, "")
    due = f"  限期 / due {in_china(alert.due_at)}" if alert.due_at else ""
    risk = f"  风险 / risk {alert.risk_type}" if alert.risk_type else f"  {alert.duty_kind or ''}"
    return (
        f"[dim]{alert.position:>7}[/dim] [{colour}]{_SEVERITIES.get(alert.severity, alert.severity)}[/{colour}] "
        f"{_KINDS.get(alert.kind, alert.kind)}{risk}  {alert.area_code}  "
        f"{', '.join(alert.rule_ids)}{due}  [dim]{alert.link}[/dim]"
    )
