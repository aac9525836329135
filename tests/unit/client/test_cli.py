"""The command's edges: what it says when something is missing or refused."""

from __future__ import annotations

import os
import re
from datetime import datetime
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bangfu.cli import COMPANIONS, GROUP, app
from bangfu.cli.console import in_china
from bangfu.cli.watch import line_of
from bangfu.sdk.models import AlertData

runner = CliRunner()
COMMANDS = (
    "push", "watch", "duties", "quality", "income-plans", "campaigns", "household", "reconcile", "login", "logout",
    "whoami", "doctor", "import",
    *COMPANIONS,
)  # fmt: skip


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in [name for name in os.environ if name.startswith("BANGFU_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("BANGFU_CREDENTIALS", str(tmp_path / "none.json"))
    return tmp_path


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)])
def test_help_is_in_chinese_and_english(command: list[str]) -> None:
    result = runner.invoke(app, [*command, "--help"])
    assert result.exit_code == 0
    assert re.search(r"[\u4e00-\u9fff]", result.output)


def test_push_without_a_gateway_says_what_to_set(nowhere: Path) -> None:
    file = nowhere / "rows.ndjson"
    file.write_text("{}\n")
    result = runner.invoke(app, ["push", "DS-EDU-ROLL", str(file), "--period", "2026-10"])
    assert result.exit_code == 2
    assert "BANGFU_URL" in result.output


def test_push_to_a_gateway_that_is_down_ends_with_1_and_advice(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANGFU_PATIENCE_S", "1")
    file = nowhere / "rows.ndjson"
    file.write_text("{}\n")
    options = ["--url", "http://127.0.0.1:9", "--client-id", "edu", "--client-secret", "x"]
    result = runner.invoke(app, ["push", "DS-EDU-ROLL", str(file), "--period", "2026-10", *options])
    assert result.exit_code == 1
    assert "bangfu doctor" in result.output


def test_doctor_looks_at_this_machine_without_a_gateway() -> None:
    result = runner.invoke(app, ["doctor", "--offline"])
    assert "Python" in result.output
    assert "磁盘" in result.output


def test_an_alert_is_one_line_with_its_severity_and_due_day() -> None:
    alert = AlertData(
        alert_id="a", position=12, kind="raised", clue_id="c", household_id="h", area_code="990101101201",
        risk_type="13", severity="RED", state="dispatched", rule_ids=["R-EDU-01"], link="/v1/clues/c",
        due_at="2026-11-13T01:00:00Z",
    )  # fmt: skip
    line = line_of(alert)
    assert "\n" not in line
    assert all(part in line for part in ("12", "红色", "新增", "R-EDU-01", "2026-11-13 09:00(UTC+8)"))


@pytest.mark.parametrize(
    ("utc", "shown"),
    [("2026-11-12T16:30:00Z", "2026-11-13 00:30(UTC+8)"), ("2026-11-12T15:59:59Z", "2026-11-12 23:59(UTC+8)")],
)
def test_times_are_shown_as_in_china_and_say_so(utc: str, shown: str) -> None:
    """Late in the evening of Greenwich the county has another day."""
    assert in_china(datetime.fromisoformat(utc)) == shown


def test_everything_that_the_command_stands_in_for_is_here_an_entry_point_of_that_package() -> None:
    found = {point.name: point.dist.name for point in entry_points(group=GROUP) if point.dist is not None}
    assert found == COMPANIONS
