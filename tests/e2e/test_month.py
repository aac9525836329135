"""The month, end to end, on a small county: what `make demo` does with a big one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bangfu_local.demo import DemoOptions, Report, run_demo

pytestmark = pytest.mark.e2e

HOUSEHOLDS = 450


async def journey(folder: Path, seed: int, bus: str = "embedded") -> Report:
    return await run_demo(
        DemoOptions(
            households=HOUSEHOLDS,
            seed=seed,
            bus=bus,
            report=folder / "report.json",
            data_dir=folder / "demo",
            is_quiet=True,
            durable=False,
            keep=True,
        )
    )


def assert_complete(report: Report, channels: set[str]) -> None:
    assert report.failures == []
    assert report.rules
    assert all(score.missed == score.false == 0 for score in report.rules.values())
    assert all(score.found >= score.planted for score in report.rules.values())
    assert set(report.channels) == channels
    assert all(count.received == report.alerts_published for count in report.channels.values())
    assert report.alerts_published > 0
    assert {"APPLIED", "PUBLICISED", "COUNTY_APPROVED", "MONITORED"} <= set(report.episode_states)
    assert {"TOWN", "VILLAGE", "HELPER", "DEPT", "MONITOR", "COUNTY"} <= set(report.roster)
    assert report.paired > 0
    assert {"D03", "D05", "D06"} <= set(report.duties)
    assert sum(tally.get("done", 0) for tally in report.duties.values()) > 0
    assert all(peak < 1536 for peak in report.peak_mib.values())


def assert_no_personal_data_at_rest(folder: Path) -> None:
    """No file that the system wrote holds an ID number in clear: databases with their WAL, bus, lake, logs, rejects.

    The strongest form of "not in a log, event, error text or dump": every byte at rest is searched for every
    number of the county.
    """
    numbers: set[bytes] = set()
    names: set[bytes] = set()
    with (folder / "county/registry/households.ndjson").open(encoding="utf-8") as lines:
        for line in lines:
            for member in json.loads(line)["members"]:
                numbers.add((member["id_no"] or "").encode())
                names.add(member["name"].encode())
    numbers.discard(b"")
    assert len(numbers) > 1000
    shape = re.compile(rb"(?<![0-9A-Za-z])(?:\d{17}[0-9Xx]|\d{15})(?![0-9A-Za-z])")
    written = [path for path in (folder / "demo").rglob("*") if path.is_file()]
    assert any("pg_wal" in path.parts for path in written)
    assert any(path.suffix == ".parquet" for path in written)
    for path in written:
        content = path.read_bytes()
        found = {match.group() for match in shape.finditer(content)} & numbers
        assert not found, f"{path} holds {len(found)} ID numbers in clear"
        if path.suffix == ".log":
            assert not [name for name in names if len(name) > 6 and name in content], f"{path} holds names"


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.soak) for seed in (2, 3))])
async def test_everything_planted_is_found_and_every_alert_arrives_on_every_channel(tmp_path: Path, seed: int) -> None:
    report = await journey(tmp_path, seed)
    assert_complete(report, {"cursor", "sse", "webhook", "bus"})
    assert Report.model_validate_json((tmp_path / "report.json").read_text()) == report
    assert_no_personal_data_at_rest(tmp_path)


@pytest.mark.kafka
@pytest.mark.timeout(900)
async def test_the_same_month_on_apache_kafka(tmp_path: Path, kafka_address: str) -> None:
    report = await journey(tmp_path, seed=1, bus=f"kafka:{kafka_address}")
    assert_complete(report, {"cursor", "sse", "webhook", "kafka"})
