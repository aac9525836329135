"""`python -m faults`: one seed, or a soak."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import sys

from faults.catalogue import load
from faults.history import History
from faults.nemesis.catalogue import ALL
from faults.plan import Plan, Strike, make_plan
from faults.run import ROOT, Result, run
from faults.soak import soak

_TOLD = {"plan", "step", "trouble", "signal", "receipt", "verified", "compared", "error", "failure", "outage-begins"}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m faults", description="A month under attack")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bus", choices=("embedded", "kafka"), default="embedded")
    parser.add_argument("--failpoint", default="", help="name:kill, also several: instead of those of the seed")
    parser.add_argument("--nemesis", default=None, help="names, comma separated: instead of that of the seed")
    parser.add_argument("--calm", action="store_true", help="nothing goes wrong: what a month comes by")
    parser.add_argument("--keep", action="store_true", help="keep databases, lake and logs also when all is well")
    parser.add_argument("--soak", metavar="SEEDS", help="first-last: all of them, on both buses unless --only-bus")
    parser.add_argument("--only-bus", action="store_true")
    return parser.parse_args()


def _plan(options: argparse.Namespace) -> Plan:
    plan = Plan(options.seed, options.bus) if options.calm else make_plan(options.seed, options.bus, ALL.values())
    if options.failpoint:
        unknown = {item.partition(":")[0] for item in options.failpoint.split(",")} - load().keys()
        if unknown:
            raise SystemExit(f"no such failpoint: {', '.join(sorted(unknown))}")
        plan = dataclasses.replace(plan, failpoints=tuple(options.failpoint.split(",")))
    if options.nemesis is not None:
        names = [name for name in options.nemesis.split(",") if name]
        if unknown := set(names) - ALL.keys():
            raise SystemExit(f"no such nemesis: {', '.join(sorted(unknown))}; there are {', '.join(sorted(ALL))}")
        plan = dataclasses.replace(
            plan, strikes=tuple(Strike("deliver", 0.5 + i, name) for i, name in enumerate(names))
        )
    return plan


def _report(result: Result, options: argparse.Namespace) -> None:
    plan = result.plan
    verdict = "held" if not result.failures else "BROKEN"
    print(
        f"seed {plan.seed} on {plan.bus}: promises {verdict}; {result.seconds:.0f} s, {len(result.killed)} failpoint"
        f" kills, {result.restarts} restarts, drained in {result.drained_s:.1f} s, {result.alerts} alerts"
        f" ({result.repeats} repeats dropped)"
    )
    if not result.failures:
        return
    for line in _tail(plan):
        print(f"  {line}")
    for failure in result.failures:
        print(f"  ** {failure}")
    again = f"FAILPOINT={options.failpoint} " if options.failpoint else ""
    print(f"  again: {again}{plan.command}; {ROOT / f'{plan.bus}-{plan.seed}'} has history, logs and data")


def _tail(plan: Plan) -> list[str]:
    return History.lines_of(ROOT / f"{plan.bus}-{plan.seed}" / "history.jsonl", _TOLD)


def main() -> int:
    """Run the command line; 1 when a promise was broken."""
    options = _arguments()
    if options.soak:
        first, _, last = options.soak.partition("-")
        buses = (options.bus,) if options.only_bus else ("embedded", "kafka")
        return asyncio.run(soak(range(int(first), int(last or first) + 1), buses))
    result = asyncio.run(run(_plan(options), keep=options.keep))
    _report(result, options)
    return 1 if result.failures else 0


if __name__ == "__main__":
    sys.exit(main())
