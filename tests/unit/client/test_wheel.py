"""What an integrator installs: the wheel of `clients/python`, alone."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from bangfu.cli import COMPANIONS

PACKAGE = Path(__file__).resolve().parents[3] / "clients/python"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=PACKAGE, check=True, capture_output=True)
    return next(folder.glob("bangfu-*.whl"))


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with the wheel and what it requires, taken from this environment: nothing is fetched."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, with_pip=False, symlinks=True)
    site = next(folder.glob("lib/python*/site-packages"))
    with zipfile.ZipFile(wheel) as opened:
        opened.extractall(site)
    for name in required("bangfu", set()) - {"bangfu"}:
        dist = distribution(name)
        for top in {path.parts[0] for path in dist.files or () if path.parts[0] not in ("..", "__pycache__")}:
            if not (site / top).exists():
                (site / top).symlink_to(Path(str(dist.locate_file(top))))
    return folder / "bin/python"


def required(name: str, found: set[str]) -> set[str]:
    """The distributions that one needs, itself included."""
    found.add(name)
    for line in distribution(name).requires or ():
        needed = Requirement(line)
        if needed.name not in found and (needed.marker is None or needed.marker.evaluate({"extra": ""})):
            required(needed.name, found)
    return found


def test_the_wheel_holds_the_sdk_and_the_command_only(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        names = opened.namelist()
    assert {"/".join(name.split("/")[:2]) for name in names if name.count("/") > 1 and "dist-info" not in name} == {
        "bangfu/cli",
        "bangfu/sdk",
    }
    assert {name.split("/")[0].split("-")[0] for name in names} == {"bangfu"}


@pytest.mark.parametrize(("command", "package"), COMPANIONS.items())
def test_a_command_of_a_package_that_is_missing_says_what_to_install(python: Path, command: str, package: str) -> None:
    done = run(python, command, "--any", "thing")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"未安装 {package}" in done.stderr
    assert f"pip install {package}" in done.stderr


def test_the_sdk_and_its_own_commands_work_alone(python: Path) -> None:
    assert subprocess.run([str(python), "-I", "-c", "import bangfu.sdk"], check=False).returncode == 0
    for command in ("push", "watch", "login", "doctor", "import"):
        assert run(python, command, "--help").returncode == 0


def run(python: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(python), "-I", "-m", "bangfu", *arguments], capture_output=True, text=True, check=False)
