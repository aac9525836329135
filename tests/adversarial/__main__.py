"""`make adversarial`: a new county each time; its seed is printed, and `--seed` draws it again."""

from __future__ import annotations

import argparse
import asyncio
import logging
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import structlog

from adversarial.chapters import CHAPTERS
from adversarial.product import ProductRefused, elapsed, product
from adversarial.run import Run, Verdict
from servicekit import clock
from servicekit.embedded.postgres import EmbeddedPostgres
from sharing.catalogue.service import Catalogue

NOW = datetime(2026, 11, 10, 1, tzinfo=UTC)


@contextmanager
def standing(folder: Path) -> Iterator[EmbeddedPostgres]:
    """Start PostgreSQL and let the business clock stand in November 2026."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    (folder / "clock.json").write_text(f'{{"offset_s": {(NOW - datetime.now(UTC)).total_seconds()}}}')
    clock.use_clock_file(folder / "clock.json")
    server = EmbeddedPostgres(folder / "postgres", durable=False)
    server.start()
    try:
        yield server
    finally:
        server.stop()
        clock.use_clock_file(None)


async def delivered(postgres: EmbeddedPostgres, folder: Path, seed: int, cases: int) -> Run:
    """Draw a county, and let the product have it, but not compare it; the product is closed."""
    async with product(postgres, folder) as opened:
        run = Run(opened, seed, cases)
        await run.deliver()
        return run


async def judged(
    postgres: EmbeddedPostgres,
    folder: Path,
    seed: int,
    cases: int,
    *,
    chapters: Sequence[str] = tuple(CHAPTERS),
    catalogue: Catalogue | None = None,
    given: Run | None = None,
) -> Verdict:
    """Draw a county, and let the product have it.

    Args:
        chapters: What happens after the first comparison.
        given: A county that was delivered already, with its files in `folder`; it stays as it is.
    """
    async with product(postgres, folder, catalogue, copied=given and given.product) as opened:
        run = given.on(opened) if given else Run(opened, seed, cases)
        try:
            if given is None:
                await run.deliver()
            await run.compare()
            for chapter in chapters:
                await CHAPTERS[chapter](run)
        except ProductRefused as refused:
            run.verdict.note("refused", [str(refused)])
        return run.verdict


def main() -> int:
    """Give 0 if product and oracle agree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, help="draw a county again; default: one that nobody saw")
    parser.add_argument("--cases", type=int, default=500, help="households (default 500)")
    parser.add_argument("--chapters", nargs="*", default=list(CHAPTERS), choices=list(CHAPTERS),
                        help="what happens after the first comparison (default: all)")  # fmt: skip
    parser.add_argument("--show", type=int, default=20, help="differences shown of each comparison")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else secrets.randbelow(10**9)
    again = f"make adversarial ARGS='--seed {seed} --cases {options.cases}'"
    print(f"adversarial: seed {seed}, {options.cases} cases; again: {again}", flush=True)
    began, folder = time.monotonic(), Path(tempfile.mkdtemp(prefix="bangfu-adversarial-"))
    try:
        with standing(folder) as postgres:
            verdict = asyncio.run(judged(postgres, folder, seed, options.cases, chapters=options.chapters))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for what, told in verdict.wrong.items():
        print(f"\n{what}: {len(told)} differences")
        print("\n".join(f"  {line}" for line in told[: options.show]))
    outcome = "product and oracle differ" if verdict.wrong else "product and oracle agree"
    print(f"\n{outcome}: {verdict.findings} findings, {verdict.clues} clues, {elapsed(began)}; seed {seed}")
    return 1 if verdict.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
