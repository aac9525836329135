"""`bangfu proposals`: what is proposed for the policy profile, and what it would change."""

from __future__ import annotations

from typing import Annotated

import typer

from bangfu.cli.console import Target, calling, out, run, table_of


@calling("bureau")
def proposals(
    target: Target,
    proposal_id: Annotated[
        str | None, typer.Argument(help="编号:预览其影响 / id: count what it would change, by township")
    ] = None,
    area: Annotated[str | None, typer.Option(help="区划代码 / area code")] = None,
) -> None:
    """政策参数提案 / List proposals that wait for a second person, field by field; with an id, preview one."""
    run(_preview(target, proposal_id) if proposal_id else _proposals(target, area))


async def _proposals(target: Target, area: str | None) -> None:
    async with target.open() as bangfu:
        rows = [
            (each.region, f"{change['title']['zh']} / {change['title']['en']}", _value(change, "before"),
             _value(change, "after"), each.proposed_by, each.id)
            async for each in bangfu.policy.proposals(area=area, state="open")
            for change in each.changes or ()
        ]  # fmt: skip
    headings = ("区域 / region", "参数 / parameter", "现行 / now", "提出 / wanted", "提出人 / by", "编号 / id")
    out.print(table_of("政策参数提案 / Proposals", headings, rows))


async def _preview(target: Target, proposal_id: str) -> None:
    async with target.open() as bangfu:
        seen = await bangfu.policy.preview(proposal_id)
    rows = [
        (each["area_code"], each["parameter"], f"+{each['come_below']} -{each['no_longer_below']}")
        for each in seen.households
    ]
    rows += [
        (each["area_code"], f"{each['kind']} {each['kind_label']['zh']}", str(each["duties"])) for each in seen.duties
    ]
    headings = ("乡镇 / township", "参数或事项 / line or duty", "户或事项 / households or duties")
    out.print(table_of("生效后的变化 / What would change", headings, rows))


def _value(change: dict[str, dict[str, str] | str], when: str) -> str:
    unit = change["unit"]
    return f"{change[when]} {unit['zh'] if isinstance(unit, dict) else ''}".strip()
