"""What each package of the workspace imports is what its pyproject.toml declares; deptry looks. Part of `make lint`."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def packages(root: Path) -> dict[Path, str]:
    """The folders of the workspace's packages, with the name that each is distributed under."""
    workspace = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["uv"]["workspace"]
    files = sorted(path for member in workspace["members"] for path in root.glob(f"{member}/pyproject.toml"))
    return {path.parent: tomllib.loads(path.read_text(encoding="utf-8"))["project"]["name"] for path in files}


def check(root: Path) -> bool:
    """Look at every package; tell whether all is declared that is imported, and nothing else."""
    found = packages(root)
    modules = {
        name: next(path.parent.name for path in folder.glob("src/*/__init__.py")) for folder, name in found.items()
    }
    mapped = ",".join(f"{name}={module}" for name, module in modules.items())
    deptry = str(Path(sys.executable).with_name("deptry"))
    statuses = []
    for folder in found:
        command = [deptry, "src", "--package-module-name-map", mapped, "--no-ansi"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        statuses.append(done.returncode)
        if done.returncode:
            print(f"{folder.relative_to(root)}:\n{done.stdout}{done.stderr}", file=sys.stderr)
    return not any(statuses)


if __name__ == "__main__":
    raise SystemExit(0 if check(ROOT) else 1)
