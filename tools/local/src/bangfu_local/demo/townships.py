"""Three townships take their clues and say what they found at the door."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from bangfu.sdk.models import Clue
from bangfu_local.embedded.clients import BUREAU, township_client

if TYPE_CHECKING:
    from bangfu_local.embedded import EmbeddedSystem

TOWNSHIPS = 3
RESULTS = ("confirmed_identify", "confirmed_policy", "excluded")


async def read_clues(system: EmbeddedSystem) -> list[Clue]:
    """Read all clues of the county."""
    async with system.client(BUREAU) as bangfu:
        return [clue async for clue in bangfu.clues.list()]


def busiest_towns(clues: list[Clue]) -> list[str]:
    """The townships with most clues, as 12-digit codes."""
    counts = Counter(town_of(clue.area_code) for clue in clues)
    return [town for town, _ in counts.most_common(TOWNSHIPS)]


def town_of(area_code: str) -> str:
    """The township that a village belongs to."""
    return area_code[:9] + "000"


async def verify(
    system: EmbeddedSystem, clues: list[Clue], towns: list[str], monitored: set[str]
) -> dict[str, tuple[str, str]]:
    """Let each township accept and verify three clues, with a different result each.

    Args:
        monitored: Households that are monitored already; their clues belong to their case.

    Returns:
        The result recorded and the state that followed, by clue id.
    """
    await system.ensure_clients([township_client(town) for town in towns])
    by_town: dict[str, list[Clue]] = defaultdict(list)
    chosen: set[str] = set()
    for clue in clues:
        # One clue a household: a second one of a household that is identified would belong to its case.
        if clue.state == "dispatched" and clue.household_id not in chosen | monitored:
            chosen.add(clue.household_id)
            by_town[town_of(clue.area_code)].append(clue)
    results: dict[str, tuple[str, str]] = {}
    proposed: list[str] = []

    async def work(town: str) -> None:
        async with system.client(township_client(town).client_id) as bangfu:
            for clue, result in zip(by_town[town], RESULTS, strict=False):
                _, etag = await bangfu.clues.get(clue.id)
                _, etag = await bangfu.clues.accept(clue.id, etag=etag)
                done = await bangfu.clues.verify(
                    clue.id,
                    result,
                    etag=etag,
                    verifiers=[f"{town[6:9]}-01", f"{town[6:9]}-02"],
                    visited_on=system.clock.today(),
                    reason="self_coping" if result == "excluded" else None,
                    note="入户核实,情况属实" if result != "excluded" else "入户核实,家庭自主应对能力充足",
                )
                results[clue.id] = (result, done.state)
                if result == "excluded":
                    proposed.append(clue.id)

    await asyncio.gather(*(work(town) for town in towns))
    async with system.client(BUREAU) as bangfu:  # who verified does not exclude: the county confirms
        for clue_id in proposed:
            _, etag = await bangfu.clues.get(clue_id)
            done = await bangfu.clues.confirm_exclusion(clue_id, agrees=True, note="电话回访属实", etag=etag)
            results[clue_id] = ("excluded", done.state)
    return results
