"""The import contracts of pyproject.toml hold, and each of them fails on a planted violation."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {
    "contracts": "libs/contracts/src",
    "servicekit": "libs/servicekit/src",
    "intake": "libs/intake/src",
    "registry": "services/registry/src",
    "sharing": "services/sharing/src",
    "alerts": "services/alerts/src",
    "gateway": "services/gateway/src",
    "bangfu": "clients/python/src",
    "bangfu_county": "tools/county/src",
    "bangfu_local": "tools/local/src",
    "bangfu_backup": "tools/backup/src",
}
PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
DECLARED: dict[str, dict[str, Any]] = {
    contract["name"]: contract for contract in tomllib.loads(PYPROJECT)["tool"]["importlinter"]["contracts"]
}
CONTRACTS = list(DECLARED)
PURE = DECLARED["What is not named as doing I/O is pure"]

# Files that break one contract each: contract name -> {path in the copied tree: content}.
PLANTED: dict[str, dict[str, str]] = {
    "Services never import each other": {"registry/planted_neighbour.py": "import alerts\n"},
    "The libraries know no service": {"servicekit/planted_service.py": "import sharing\n"},
    "Contracts are data only": {"contracts/planted_client.py": "import httpx\n"},
    "Services and libraries know neither client nor tool": {"registry/planted_client.py": "import bangfu\n"},
    "The tools stand on each other: backup, local, county, client": {
        "bangfu_county/planted_system.py": "import bangfu_local\n"
    },
    "The client and the county need no service and no service library": {
        "bangfu/sdk/planted_kit.py": "import servicekit\n"
    },
    "What is not named as doing I/O is pure": {
        "alerts/planted/__init__.py": "",
        "alerts/planted/rules.py": "from alerts.planted import helper\n",  # indirectly
        "alerts/planted/helper.py": "import sqlalchemy\n",
    },
    "In a feature: routes and consumers -> service -> store -> tables": {
        "sharing/planted/__init__.py": "",
        "sharing/planted/service.py": "",
        "sharing/planted/store.py": "from sharing.planted import service\n",
    },
    "Services reach Kafka through servicekit's bus only": {"gateway/planted_broker.py": "import aiokafka\n"},
    "Features of a service meet through service.py": {
        "registry/planted_near/__init__.py": "",
        "registry/planted_near/service.py": "from registry.planted_far import store\n",
        "registry/planted_far/__init__.py": "",
        "registry/planted_far/store.py": "",
    },
    "No circles between the features of a service": {
        "sharing/planted_shortcut.py": "from sharing.planted_far import store\n",
        "sharing/planted_root.py": "from sharing.planted_far import store\n",
        "sharing/planted_far/__init__.py": "",
        "sharing/planted_far/store.py": "",
        "sharing/planted_near/__init__.py": "",
        "sharing/planted_near/service.py": "from sharing import planted_shortcut\n",
        "alerts/planted_one/__init__.py": "",
        "alerts/planted_one/service.py": "from alerts.planted_two import service\n",
        "alerts/planted_two/__init__.py": "",
        "alerts/planted_two/service.py": "from alerts.planted_one import service\n",
    },
}


def lint_imports(tree: Path) -> str:
    """Run the contracts on a copied tree; gives their report as one line."""
    path = os.pathsep.join(str(tree / name) for name in PACKAGES)
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--config", str(tree / "pyproject.toml")],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": path, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    return " ".join((done.stdout + done.stderr).split())


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of all packages, each in a folder of its own, with the real configuration."""
    tree = tmp_path_factory.mktemp("imports")
    for name, source in PACKAGES.items():
        shutil.copytree(ROOT / source, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    (tree / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    (tree / "scripts").mkdir()
    for path in (ROOT / "scripts").glob("*_contract.py"):
        shutil.copy(path, tree / "scripts")
    return tree


@pytest.fixture(scope="module")
def report_of_planted(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report on a copy after every violation was planted; the untouched copy was clean."""
    untouched = lint_imports(tree)
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in untouched, untouched
    copy = shutil.copytree(tree, tmp_path_factory.mktemp("planted") / "copy")
    for files in PLANTED.values():
        for path, content in files.items():
            target = copy / path.split("/")[0] / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content, encoding="utf-8")
    return lint_imports(copy)


@pytest.mark.parametrize("contract", CONTRACTS)
def test_contract_fails_on_a_planted_violation(contract: str, report_of_planted: str) -> None:
    assert contract in PLANTED, "plant a violation of this contract above"
    assert f"{contract} BROKEN" in report_of_planted


def test_a_module_beside_the_features_is_no_way_around_service(report_of_planted: str) -> None:
    assert "sharing.planted_shortcut -> sharing.planted_far.store" in report_of_planted
    assert "sharing.planted_root -> sharing.planted_far.store" not in report_of_planted  # no feature imports it


def pure_modules(tree: Path) -> Iterator[tuple[str, Path]]:
    """Each module that the contract holds pure, with its file in the copied tree."""
    for package in PURE["packages"]:
        for path in sorted((tree / package / package).rglob("*.py")):
            name = ".".join(path.relative_to(tree / package).with_suffix("").parts).removesuffix(".__init__")
            if name != package and not any(fnmatchcase(name, pattern) for pattern in PURE["io"]):
                yield name, path


def test_sqlalchemy_is_seen_in_every_single_pure_module(tree: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(tree, tmp_path / "copy")
    pure = dict(pure_modules(copy))
    assert {"alerts.clues.folding", "alerts.subscriptions.guard", "registry.plans.rules"} <= pure.keys()
    for path in pure.values():
        path.write_text(path.read_text(encoding="utf-8") + "\nimport sqlalchemy\n", encoding="utf-8")
    report = f"{lint_imports(copy)} "
    assert [name for name in pure if f" {name} -> sqlalchemy " not in report] == []


def test_rules_and_declarations_are_never_on_the_list_of_what_does_io() -> None:
    never = (
        "rules",
        "model",
        "declared",
        "expressions",
        "columns",
        "values",
        "folding",
        "guard",
        "schemas",
        "problems",
    )
    listed = [name for name in PURE["io"] if name.rpartition(".")[2] in never]
    assert listed == []


def test_a_name_on_the_list_that_does_no_io_is_reported(tree: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(tree, tmp_path / "copy")
    text = PYPROJECT.replace('"alerts.clues.steps",', '"alerts.clues.steps", "alerts.clues.folding",')
    (copy / "pyproject.toml").write_text(text, encoding="utf-8")
    assert "alerts.clues.folding reaches no such library" in lint_imports(copy)
