"""Every planted fault is found by a small county; without a fault nothing is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from adversarial.__main__ import delivered, judged, standing
from adversarial.mutants import MUTANTS, Mutant
from adversarial.run import Run
from servicekit.embedded.postgres import EmbeddedPostgres

CASES = 90
SEED = 373264832  # the same each time: what a new county finds is `make adversarial`'s to say
SEEDS = (SEED, SEED + 1, SEED + 2)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    with standing(tmp_path_factory.mktemp("adversarial")) as postgres:
        yield postgres


@pytest.fixture(scope="module")
async def county(server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Path]:
    """A county that a product without a fault was given: delivering takes longest, and most faults show only later."""
    folder = tmp_path_factory.mktemp("delivered")
    run = await delivered(server, folder, SEED, CASES)
    assert run.verdict.wrong == {}, f"seed {SEED}"
    return run, folder


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
async def test_a_planted_fault_is_found(
    mutant: Mutant, server: EmbeddedPostgres, county: tuple[Run, Path], tmp_path: Path
) -> None:
    given, files = county
    shutil.copytree(files, tmp_path / str(SEED))
    for seed in SEEDS:  # a line that these households happen not to draw to the cent, the next ones do
        own = mutant.at_delivery or seed != SEED
        folder = tmp_path / f"own-{seed}" if own else tmp_path / str(seed)
        folder.mkdir(exist_ok=True)
        with mutant.plant():
            verdict = await judged(
                server,
                folder,
                seed,
                CASES,
                chapters=mutant.chapters,
                catalogue=mutant.catalogue(),
                given=None if own else given,
            )
        if verdict.wrong:
            break
    assert verdict.wrong, f"not found by the counties of the seeds {SEEDS}"


async def test_a_small_county_agrees_with_the_oracle(server: EmbeddedPostgres, tmp_path: Path) -> None:
    verdict = await judged(server, tmp_path, SEED, 40)
    assert verdict.wrong == {}, f"seed {SEED}"
    assert verdict.findings > verdict.clues > 20
