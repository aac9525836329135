"""The project's own scripts do what the checks rely on."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from scripts import dependencies

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def walkthrough() -> ModuleType:
    """scripts/walkthrough.py."""
    spec = importlib.util.spec_from_file_location("bangfu_scripts_walkthrough", ROOT / "scripts" / "walkthrough.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("shown", "printed", "is_same"),
    [
        ("a\nb\n", "a\nb\n", True),
        ('{"id": "<id>", "rows": 3}\n', '{"id": "0199-x", "rows": 3}\n', True),
        ('{"id": "<id>", "rows": 3}\n', '{"id": "0199-x", "rows": 4}\n', False),
        ("first\n...\nlast\n", "first\nmany\nmore\nlast\n", True),
        ("first\n...\nlast\n", "first\nmany\nmore\n", False),
        ("a\n", "a\nand an error\n", False),
        ("a (1+1)\n", "a (1+1)\n", True),
    ],
)
def test_walkthrough_sees_what_differs_from_the_page(
    walkthrough: ModuleType, shown: str, printed: str, is_same: bool
) -> None:
    assert (walkthrough.difference(shown, printed) is None) is is_same


def test_walkthrough_finds_only_marked_blocks_and_what_they_show(walkthrough: ModuleType) -> None:
    page = (
        "```bash\nmake demo\n```\n\n<!-- walk -->\n```bash\necho 1\n```\n\n```text\n1\n```\n\n"
        "<!-- walk -->\n```bash\nx=2\n```\n\nProse.\n\n```text\nnot shown by it\n```\n"
    )
    steps = walkthrough.steps_of(page)
    assert [(step.commands, step.shown) for step in steps] == [("echo 1\n", "1\n"), ("x=2\n", None)]


def test_walkthrough_fails_when_the_page_lies(walkthrough: ModuleType) -> None:
    steps = [walkthrough.Step(1, "x=1\n", None), walkthrough.Step(5, "echo $x\n", "2\n")]
    with pytest.raises(walkthrough.WalkError, match=r"README\.md:5"):
        walkthrough.walk(steps, dict(os.environ))


@pytest.mark.parametrize("server", ["kafka", "keycloak"])
@pytest.mark.parametrize(("ci", "status", "said"), [("true", 1, "FAILED"), ("", 0, "SKIPPED")])
def test_missing_java_is_loud_and_a_failure_only_in_ci(
    tmp_path: Path, ci: str, status: int, said: str, server: str
) -> None:
    environment = {"PATH": str(tmp_path), "CI": ci, "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", f"scripts.{server}", "run", "--", "true"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status
    assert said in done.stderr
    assert "Java 17" in done.stderr


@pytest.mark.parametrize(
    ("declared", "imported", "said"),
    [("httpx", "httpx", None), ("httpx", "structlog", "structlog"), ("httpx", "json", "httpx")],
)
def test_what_is_imported_is_declared_and_nothing_else(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], declared: str, imported: str, said: str | None
) -> None:
    source = tmp_path / "libs/thing/src/thing"
    source.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text('[tool.uv.workspace]\nmembers = ["libs/*"]\n')
    (tmp_path / "libs/thing/pyproject.toml").write_text(
        f'[project]\nname = "bangfu-thing"\nversion = "1"\ndependencies = ["{declared}"]\n'
    )
    (source / "__init__.py").write_text(f"import {imported}\n")
    assert dependencies.check(tmp_path) is (said is None)
    if said:
        assert f"'{said}'" in capfd.readouterr().err
