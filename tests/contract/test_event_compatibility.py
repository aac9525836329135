"""The check of docs/events fails on what would break a reader, and only on that."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
CLUE = "bangfu.alerts.clue.moved.v1.schema.json"
HOUSEHOLD = "bangfu.registry.household.snapshot_taken.v1.schema.json"


def check(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "scripts" / "schemas.py"), "--folder", str(folder), *more]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def edit(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    schema = json.loads(path.read_text(encoding="utf-8"))
    change(schema)
    path.write_text(json.dumps(schema, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def test_committed_schemas_are_those_of_the_models() -> None:
    done = check(ROOT / "docs" / "events", "--check")
    assert done.returncode == 0, done.stderr


def test_check_fails_on_a_renamed_field_and_names_it(committed: Path) -> None:
    # The committed page knows `severity_level`, the models say `severity`: a rename, seen from the reader.
    def rename(schema: dict[str, Any]) -> None:
        schema["properties"]["severity_level"] = schema["properties"].pop("severity")
        schema["required"] = ["severity_level" if name == "severity" else name for name in schema["required"]]

    edit(committed / CLUE, rename)
    before = (committed / CLUE).read_text(encoding="utf-8")
    for mode in ("--check", "--write"):
        done = check(committed, mode)
        assert done.returncode == 1
        assert "data.severity_level: removed or renamed" in done.stderr
        assert CLUE in done.stderr
    assert (committed / CLUE).read_text(encoding="utf-8") == before, "--write must not paper over a breaking change"


def plant(schema: dict[str, Any], path: str, value: Any) -> None:
    """Set (or, with None, delete) what `path` names."""
    *parents, last = path.split("/")
    for key in parents:
        schema = schema[key]
    if value is None:
        del schema[last]
    else:
        schema[last] = value


@pytest.mark.parametrize(
    ("file", "path", "value", "said"),
    [
        (CLUE, "properties/version/type", "string", "data.version: type changed from 'string' to 'integer'"),
        (CLUE, "properties/version/minimum", 0, "data.version: minimum changed from 0 to 1"),
        (CLUE, "$defs/Severity/enum", ["RED", "PURPLE"], "'PURPLE' is no longer a member of the code list"),
        (CLUE, "required", ["clue_id"], "data.severity: is now required"),
        (CLUE, "properties/severity", None, "data.severity: new and required"),
        (CLUE, "properties/result_reason", {"type": "string"}, "data.result_reason: type changed"),
        (CLUE, "x-bangfu-type", "bangfu.alerts.clue.changed.v1", "event type changed"),
        (CLUE, "x-bangfu-topic", "alerts.clues.v1", "topic changed"),
        (CLUE, "x-bangfu-key", "clue_id", "message key changed"),
        (HOUSEHOLD, "$defs/Member/properties/labour_level", {"type": "string"}, "data.members[].labour_level: removed"),
        (HOUSEHOLD, "$defs/YearIncome/properties/year/type", "string", "data.incomes[].year: type changed"),
    ],
)
def test_check_fails_on_every_other_breaking_change(
    committed: Path, schemas: ModuleType, file: str, path: str, value: Any, said: str
) -> None:
    edit(committed / file, lambda schema: plant(schema, path, value))
    breaking, _ = schemas.compare(committed)
    assert any(said in line for line in breaking), breaking


def test_a_field_that_was_always_there_may_not_become_one_that_can_be_missing(
    committed: Path, schemas: ModuleType
) -> None:
    edit(committed / CLUE, lambda schema: schema["required"].append("due_at"))
    breaking, _ = schemas.compare(committed)
    assert breaking == [f"{CLUE}: data.due_at: may now be missing, readers rely on it"]


def test_check_fails_on_an_event_type_that_no_model_has(committed: Path) -> None:
    (committed / CLUE).rename(committed / "bangfu.alerts.clue.shifted.v1.schema.json")
    done = check(committed)
    assert done.returncode == 1
    assert "bangfu.alerts.clue.shifted.v1.schema.json: no model has this event type" in done.stderr


def test_an_additive_change_only_asks_for_regeneration(committed: Path) -> None:
    # The committed page is older than the models: it lacks an optional field and a member of a code list.
    def older(schema: dict[str, Any]) -> None:
        del schema["properties"]["verified_at"]
        schema["$defs"]["Severity"]["enum"].remove("INFO")

    edit(committed / CLUE, older)
    done = check(committed)
    assert done.returncode == 1
    assert "run `make schemas`" in done.stderr
    assert "Breaking" not in done.stderr
    assert check(committed, "--write").returncode == 0
    assert check(committed).returncode == 0
