"""`python -m bench [row ...]`: measure the rows, print the table, write build/bench.json and docs/benchmarks.md."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
import traceback

from bench import report
from bench.harness import Bench, Options, SkippedRowError
from bench.rows import NAMES, measure_of

_SMALL = 0.02


async def _run(names: list[str], options: Options) -> report.Run:
    run = report.Run(options)
    bench = Bench(options)
    async with bench.running():
        for name in names:
            print(f"\n=== {name}", flush=True)
            began = time.perf_counter()
            try:
                run.results += await measure_of(name)(bench)
            except SkippedRowError as error:
                run.skipped[name] = str(error)
                print(f"!!! {name}: SKIPPED, nothing was measured: {error}", flush=True)
            except Exception as error:
                traceback.print_exc()
                run.failed[name] = f"{type(error).__name__}: {error}"
            run.seconds[name] = round(time.perf_counter() - began, 1)
            print(f"=== {name}: {run.seconds[name]} s", flush=True)
    return run


def main() -> int:
    """Run the command line; the exit code says whether every row could be measured with the right outcome."""
    parser = argparse.ArgumentParser(prog="bench", description="Measure the budgets of the design")
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"some of: {' '.join(NAMES)} (default: all)")
    parser.add_argument("--small", action="store_true", help="smoke run at 2 %% of the size, once, no thresholds")
    parser.add_argument("--scale", type=float, default=1.0, help="part of the full size, e.g. 0.1")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--long", action="store_true", help="also a delivery of 10,000,000 rows")
    parser.add_argument("--profile", default="", metavar="NAME,...", help="sample processes, e.g. alerts-worker")
    parser.add_argument("--write", action="store_true", help="update docs/benchmarks.md")
    wanted = parser.parse_args()
    if unknown := set(wanted.rows) - set(NAMES):
        parser.error(f"unknown rows: {', '.join(sorted(unknown))}")
    options = Options(
        scale=_SMALL if wanted.small else wanted.scale,
        repetitions=1 if wanted.small else wanted.repetitions,
        is_small=wanted.small,
        is_long=wanted.long,
        profile=tuple(filter(None, wanted.profile.split(","))),
    )
    run = asyncio.run(_run([name for name in NAMES if name in wanted.rows or not wanted.rows], options))
    print("\n" + run.table())
    run.save()
    if wanted.write:
        run.write_page(is_whole=not wanted.rows)
    return 1 if run.failed else 0


if __name__ == "__main__":
    sys.exit(main())
