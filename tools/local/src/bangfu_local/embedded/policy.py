"""The policy profile of a system that begins, set as two people set it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from bangfu.sdk import Bangfu

LINE = {"income.monitoring_line": "8500"}


async def set_policy(
    bureau: Bangfu, second: Bangfu, region: str, effective_from: date, parameters: Mapping[str, str] = LINE
) -> None:
    """Let the bureau propose the county's parameters, its line at least, and the second client confirm them."""
    proposal = await bureau.policy.put(
        region,
        effective_from=effective_from,
        source_document="演示县防返贫监测工作方案(合成)",
        parameters=parameters,
    )
    await second.policy.decide(proposal.id, agrees=True, note="与县文件核对一致")
