"""Tools that come from Debian: found, or installed when this is root on Debian, and always said."""

from __future__ import annotations

import os
import shutil
import subprocess

from bench.harness import SkippedRowError


def need(tool: str, package: str) -> str:
    """Give the path of a tool, installing its package when that is possible here.

    Raises:
        SkippedRowError: if it is neither there nor installable.
    """
    found = shutil.which(tool)
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"bench: {tool} is missing: installing the Debian package {package}", flush=True)
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}  # 1: start no daemon
        for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", package]):
            subprocess.run(
                ["apt-get", *command], env=environment, check=False, stdin=subprocess.DEVNULL, capture_output=True
            )
        found = shutil.which(tool)
    if found is None:
        raise SkippedRowError(f"{tool} is not installed (Debian package {package})")
    return found
