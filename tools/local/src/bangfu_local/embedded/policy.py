"""The policy profile of a system that begins, set as two people set it."""

from __future__ import annotations

from datetime import date

from bangfu.sdk import Bangfu


async def set_policy(bureau: Bangfu, second: Bangfu, region: str, effective_from: date) -> None:
    """Let the bureau propose the county's line, and the second client confirm it."""
    proposal = await bureau.policy.put(
        region,
        effective_from=effective_from,
        source_document="演示县防返贫监测工作方案(合成)",
        parameters={"income.monitoring_line": "8500"},
    )
    await second.policy.decide(proposal.id, agrees=True, note="与县文件核对一致")
