"""A month of the year, as departments deliver it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bangfu_local.demo.month import believe
from bangfu_local.embedded.settle import settle
from bangfu_local.year.stage import Stage

if TYPE_CHECKING:
    from bangfu.sdk.models import Dataset
    from bangfu_county import Manifest

DELIVER = ("CIV", "HOU")
"""Departments that go on delivering; the others stop after the first month."""
_COMPARISON_S = 600.0


async def stopped(stage: Stage, periods: Sequence[str]) -> dict[str, int]:
    """Give the datasets that nobody delivers after the first month, and of how many of `periods` each is owed."""
    bureau = await stage.bureau()
    return {
        each.code: sum(int(period[5:]) in each.owed_months for period in periods)
        for each in await bureau.datasets.list()
        if each.department not in DELIVER
    }


async def deliver(stage: Stage, county: Path, manifest: Manifest, period: str) -> None:
    """Deliver a month's data: the lists as they were, and a nil report where only what is new is told."""
    files: dict[str, list[Path]] = defaultdict(list)
    for entry in sorted(manifest.files, key=lambda entry: entry.part):
        files[entry.dataset].append(county / entry.path)
    bureau = await stage.bureau()
    datasets = [each for each in await bureau.datasets.list() if each.department in DELIVER]

    async def send(dataset: Dataset) -> None:
        who = await stage.department(dataset.department)
        if dataset.mode == "incremental":
            await who.deliveries.nil(dataset.code, period, "本月无新增")
        else:
            pushed = await who.deliveries.push(dataset.code, files[dataset.code], period=period)
            await believe(stage.system, pushed.receipt)

    # All at once, as on the day before they are due: one comparison takes them together.
    await asyncio.gather(*map(send, datasets))


async def compare_month(stage: Stage, period: str) -> None:
    """Wait for the comparisons that the deliveries began, let the bureau believe those held, then for their clues."""
    await settle(stage.system)
    bureau = await stage.bureau()
    listed = partial(bureau.comparison.runs, period=period)
    while waiting := [run async for run in listed() if not run.is_over or run.state == "held"]:
        for run in waiting:
            ended = await bureau.comparison.wait(run.id, timeout_s=_COMPARISON_S)
            if ended.state == "held":  # it is made again
                await bureau.comparison.release(ended.id, "名单与上月一致,突变源于停报的数据集")
    await settle(stage.system)
