"""Many seeds one after the other, and what they came by."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from faults.catalogue import load
from faults.nemesis.catalogue import ALL
from faults.plan import make_plan
from faults.run import ROOT, Result, run


async def soak(seeds: Iterable[int], buses: Sequence[str]) -> int:
    """Run every seed on every bus; write build/faults/soak.json; give 1 when a promise was broken."""
    results: list[Result] = []
    for seed in seeds:
        for bus in buses:
            result = await run(make_plan(seed, bus, ALL.values()))
            results.append(result)
            print(
                f"{bus:8} seed {seed:3}  {'held' if not result.failures else 'BROKEN':6}  {result.seconds:5.0f} s "
                f" {len(result.killed)} kills  {', '.join(result.killed + [s.nemesis for s in result.plan.strikes])}",
                flush=True,
            )
            for failure in result.failures:
                print(f"    ** {failure}", flush=True)
            _write(results)
    _table(results, buses)
    return 1 if any(result.failures for result in results) else 0


def _write(results: Sequence[Result]) -> None:
    ROOT.mkdir(parents=True, exist_ok=True)
    runs = [vars(result) | {"plan": asdict(result.plan)} for result in results]
    (ROOT / "soak.json").write_text(json.dumps({"runs": runs}, indent=1, default=str) + "\n", encoding="utf-8")


def _table(results: Sequence[Result], buses: Sequence[str]) -> None:
    visits, killed = Counter[str](), Counter[str]()
    for result in results:
        visits.update(result.visits)
        killed.update(result.killed)
    wanted = {name: row for name, row in load().items() if set(row.buses) & set(buses)}
    print(f"\n{'failpoint':32} {'visits':>8} {'kills':>6}")
    for name in wanted:
        print(f"{name:32} {visits[name]:8} {killed[name]:6}{'' if killed[name] else '   not killed'}")
    broken = sum(bool(result.failures) for result in results)
    print(
        f"\n{len(results)} runs, {broken} broken; a process died at {sum(bool(killed[name]) for name in wanted)} of"
        f" {len(wanted)} failpoints, {sum(killed.values())} times in all"
    )
