"""The schema generator as a module: scripts/ is no package."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def schemas() -> ModuleType:
    """scripts/schemas.py."""
    spec = importlib.util.spec_from_file_location("bangfu_scripts_schemas", ROOT / "scripts" / "schemas.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def committed(tmp_path: Path) -> Path:
    """A copy of docs/events that a test may damage."""
    return Path(shutil.copytree(ROOT / "docs" / "events", tmp_path / "events"))
