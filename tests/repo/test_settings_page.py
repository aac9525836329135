"""Every setting is described, in Chinese and English; the commands that pages name exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from pydantic.fields import FieldInfo

from bangfu.cli import app
from scripts.settings_page import SERVICES, commands, fields_of, lines, options_of
from servicekit.settings import ServiceSettings

ROOT = Path(__file__).resolve().parents[2]
BOTH = re.compile(r"[\u4e00-\u9fff].*/ .*[a-z]", re.DOTALL)
COMMANDS = dict(commands(typer.main.get_command(app)))
NAMED = re.compile(
    r"`bangfu ([a-z-]+)(?: (areas|households))?[^`]*`|^\s*(?:\$ )?bangfu ([a-z-]+)(?: (areas|households))?",
    re.MULTILINE,
)
PAGES = ("README.md", "clients/python/README.md", *(str(p.relative_to(ROOT)) for p in (ROOT / "docs").rglob("*.md")))


def undescribed(fields: dict[str, FieldInfo]) -> list[str]:
    return [name for name, field in fields.items() if not BOTH.search(field.description or "")]


@pytest.mark.parametrize("settings", [ServiceSettings, *SERVICES], ids=lambda settings: settings.__name__)
def test_each_setting_says_what_it_is_in_both_languages(settings: type[ServiceSettings]) -> None:
    assert undescribed(dict(fields_of(settings))) == []


def test_a_planted_setting_without_a_description_is_seen() -> None:
    assert undescribed(
        {"a": FieldInfo(), "b": FieldInfo(description="english only"), "c": FieldInfo(description="甲 / a")}
    ) == [
        "a",
        "b",
    ]


@pytest.mark.parametrize("path", COMMANDS)
def test_each_option_of_a_command_says_what_it_is_in_both_languages(path: str) -> None:
    assert [option.name for option in options_of(COMMANDS[path]) if not BOTH.search(option.help or "")] == []


def test_the_page_has_a_row_for_each_setting() -> None:
    rows = "\n".join(lines())
    for settings in SERVICES:
        prefix = str(settings.model_config["env_prefix"])
        assert all(f"| `{prefix}{name.upper()}` |" in rows for name in fields_of(settings))
    assert all(f"| `<SERVICE>_{name.upper()}` |" in rows for name in ServiceSettings.model_fields)


def named() -> set[str]:
    found = set()
    for page in PAGES:
        for one in NAMED.finditer((ROOT / page).read_text(encoding="utf-8")):
            found.add(" ".join(part for part in one.groups() if part))
    return found


def test_pages_name_only_commands_that_exist() -> None:
    groups = {path.split()[1] for path in COMMANDS}
    known = {path.partition(" ")[2] for path in COMMANDS} | groups
    assert {"up", "demo", "backup"} <= named()
    assert named() - known == set()


@pytest.mark.parametrize("command", sorted(named()))
def test_a_command_that_a_page_names_shows_its_help(command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bangfu", *command.split(), "--help"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_make_targets_that_the_readme_names_exist() -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    pages = "".join((ROOT / page).read_text(encoding="utf-8") for page in ("README.md", "CONTRIBUTING.md"))
    wanted = set(re.findall(r"^make ([a-z-]+)|`make ([a-z-]+)", pages, re.MULTILINE))
    assert {name for pair in wanted for name in pair if name} - targets == set()
