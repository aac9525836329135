"""The month, end to end, on a small county: what `make demo` does with a big one."""

from __future__ import annotations

from pathlib import Path

import pytest

from bangfu.demo import DemoOptions, Report, run_demo

pytestmark = pytest.mark.e2e

HOUSEHOLDS = 400


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
    assert all(peak < 1536 for peak in report.peak_mib.values())


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_everything_planted_is_found_and_every_alert_arrives_on_every_channel(tmp_path: Path, seed: int) -> None:
    report = await journey(tmp_path, seed)
    assert_complete(report, {"cursor", "sse", "webhook", "bus"})
    assert Report.model_validate_json((tmp_path / "report.json").read_text()) == report


@pytest.mark.kafka
@pytest.mark.timeout(900)
async def test_the_same_month_on_apache_kafka(tmp_path: Path, kafka_address: str) -> None:
    report = await journey(tmp_path, seed=1, bus=f"kafka:{kafka_address}")
    assert_complete(report, {"cursor", "sse", "webhook", "kafka"})
