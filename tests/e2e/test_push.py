"""Pushing through the gateway: a crash in the middle, going on afterwards, pushing the same month again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bangfu.sdk.sharing import Sent
from bangfu_county import generate
from bangfu_local.embedded import EmbeddedSystem, standard_clients

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

PERIOD = "2026-10"
ROLL = "DS-EDU-ROLL"
ROWS = 12_000


@pytest.fixture(scope="module")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedSystem]:
    folder = tmp_path_factory.mktemp("push")
    async with EmbeddedSystem(
        folder / "data", clock_start=datetime(2026, 11, 10, 1, tzinfo=UTC), durable=False
    ) as started:
        await started.ensure_clients(standard_clients())
        yield started


@pytest.fixture(scope="module")
def roll(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A school roll of many rows, all good, nobody in them real (province 99)."""
    path = tmp_path_factory.mktemp("files") / "roll.ndjson"
    with path.open("w", encoding="utf-8") as file:
        for number in range(ROWS):
            row = {
                "id_no": id_number(number),
                "name": "张三",
                "school": "第一中学",
                "stage": "junior",
                "grade": 1 + number % 9,
                "roll_status": "enrolled",
                "present": True,
            }
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return path


def id_number(number: int) -> str:
    body = (
        f"990101{2010 + number // 8000 % 8}{1 + number // 900 % 12:02d}{1 + number // 30 % 28:02d}{number % 900 + 100}"
    )
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11]


async def test_an_upload_rides_over_a_killed_sharing_api(system: EmbeddedSystem, roll: Path) -> None:
    killed: list[int] = []

    def kill_once(sent: Sent) -> None:
        if sent.part.number == 3 and not killed:
            killed.append(system.family["sharing-api"].kill())

    async with system.client("edu") as bangfu:
        pushed = await bangfu.deliveries.push(ROLL, [roll], period=PERIOD, part_bytes=100_000, progress=kill_once)
    assert killed
    assert len(pushed.parts) > 5
    assert pushed.rows == ROWS
    assert pushed.receipt.rows_accepted + pushed.receipt.rows_rejected == ROWS


async def test_a_pusher_that_died_goes_on_where_it_was(system: EmbeddedSystem, roll: Path) -> None:
    class PowerCutError(Exception):
        pass

    def die(sent: Sent) -> None:
        if sent.part.number == 4:
            system.family["sharing-api"].kill()
            raise PowerCutError

    async with system.client("edu") as bangfu:
        opened = await bangfu.deliveries.open(ROLL, PERIOD)
        with pytest.raises(PowerCutError):
            await bangfu.deliveries.send(opened, [roll], part_bytes=100_000, progress=die)
        sent: list[Sent] = []
        there = await bangfu.deliveries.get(opened.id)
        pushed = await bangfu.deliveries.send(there, [roll], part_bytes=100_000, progress=sent.append)
        assert [item.was_there for item in sent[:4]] == [True] * 4
        assert not any(item.was_there for item in sent[5:]), "one more part was under way, and may have arrived"
        assert pushed.rows == ROWS
        again = await bangfu.deliveries.commit(opened.id, pushed.parts)
    assert again.receipt_no == pushed.receipt.receipt_no


async def test_the_second_push_of_a_file_supersedes_the_first(
    system: EmbeddedSystem, tmp_path_factory: pytest.TempPathFactory
) -> None:
    county = tmp_path_factory.mktemp("county")
    manifest = generate(county, households=1000, seed=5, period=PERIOD)  # of fewer the dirt is a large share: held
    files = [county / entry.path for entry in manifest.files if entry.dataset == "DS-CIV-LOW"]

    def push() -> str:
        done = subprocess.run(
            [sys.executable, "-m", "bangfu", "push", "DS-CIV-LOW", *map(str, files), "--period", PERIOD],
            env=os.environ | {"BANGFU_CREDENTIALS": str(system.credentials_path), "COLUMNS": "200"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    first, second = push(), push()
    assert "回执" in first
    assert "supersedes" not in first
    assert "supersedes" in second
    async with system.client("civ") as bangfu:
        deliveries = [item async for item in bangfu.deliveries.list(dataset="DS-CIV-LOW", period=PERIOD)]
    current = [item for item in deliveries if item.superseded_by is None]
    assert len(deliveries) == 2
    assert len(current) == 1
