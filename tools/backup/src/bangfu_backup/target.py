"""What is backed up and restored: four databases, the lake, the embedded bus where there is one."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bangfu_backup.errors import BackupError
from bangfu_backup.keys import fingerprint, from_environment
from bangfu_local.embedded.data_dir import DataDirInUseError, hold_data_dir
from bangfu_local.embedded.secrets import Secrets
from bangfu_local.embedded.system import SERVICES, owner_of
from servicekit.embedded.postgres import EmbeddedPostgres

BUS = "bus"
DATA_MARKER = "bangfu-data"


@dataclass(frozen=True)
class Target:
    """A system's places.

    Attributes:
        databases: Connection URL by service, plus `bus` for the embedded bus.
        lake: Folder or fsspec URL of the lake.
        keys: Fingerprints of the keys at hand, by name.
        clock: File of an embedded system's business clock.
    """

    databases: Mapping[str, str] = field(repr=False)
    lake: str
    keys: Mapping[str, str]
    clock: Path | None = None

    @property
    def clock_offset_s(self) -> float | None:
        """Offset of the business clock; None where it is real time."""
        if self.clock is None or not self.clock.exists():
            return None
        return float(json.loads(self.clock.read_text(encoding="utf-8"))["offset_s"])

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Target:
        """Read the services' own variables: `REGISTRY_DATABASE_URL`, `SHARING_LAKE_URL`, keys and the rest.

        Raises:
            BackupError: naming the variables that are missing.
        """
        databases = {service: _url_of(service, environment) for service in SERVICES}
        missing = [f"{service.upper()}_DATABASE_URL" for service, url in databases.items() if not url]
        lake = environment.get("SHARING_LAKE_URL", "")
        if not lake and (data_dir := environment.get("SHARING_DATA_DIR")):
            lake = str(Path(data_dir).absolute() / "lake")
        if not lake:
            missing.append("SHARING_LAKE_URL")
        keys = {name: key for service in SERVICES for name, key in from_environment(service, environment).items()}
        if not keys:
            missing.append("REGISTRY_ENCRYPTION_KEY …")
        if missing:
            raise BackupError(
                f"缺少环境变量 / missing in the environment: {', '.join(missing)}",
                advice="使用与各服务相同的环境变量 / give the services' own variables, or --data-dir",
            )
        scheme, _, address = environment.get("REGISTRY_BUS_URL", "").partition(":")
        if scheme == "embedded":
            databases[BUS] = address
        return cls(databases=databases, lake=lake, keys=keys)

    @classmethod
    def embedded(cls, data_dir: Path, secrets: Secrets, port: int) -> Target:
        """The places of an embedded system whose PostgreSQL listens on a port of this machine."""
        return cls(
            databases={
                name: f"postgresql://{owner_of(name)}:{secrets.database(owner_of(name))}@127.0.0.1:{port}/{name}"
                for name in (*SERVICES, BUS)
            },
            lake=str(data_dir / "sharing" / "lake"),
            keys=fingerprints_of(secrets),
            clock=data_dir / "clock.json",
        )

    @classmethod
    @contextlib.contextmanager
    def of_data_dir(cls, data_dir: Path) -> Iterator[Target]:
        """The places of an embedded system, running or not; PostgreSQL is started for the time when it is not.

        Raises:
            BackupError: the folder holds no embedded system.
        """
        data_dir = data_dir.absolute()
        secrets_path = data_dir / "secrets.json"
        if not (data_dir / DATA_MARKER).exists() or not secrets_path.exists():
            raise BackupError(
                f"{data_dir} 不是帮扶的数据目录 / is no data directory of Bangfu",
                advice="用 --data-dir 指定 / name it with --data-dir",
            )
        secrets = Secrets.load(secrets_path)
        try:
            lock = hold_data_dir(data_dir)
        except DataDirInUseError:
            yield cls.embedded(data_dir, secrets, _port_of(data_dir))
            return
        postgres = EmbeddedPostgres(data_dir)
        try:
            postgres.start()
            yield cls.embedded(data_dir, secrets, postgres.port)
        finally:
            postgres.stop()
            lock.close()


def _url_of(service: str, environment: Mapping[str, str]) -> str:
    """Give the URL of a service's database, as its owner where that is another role."""
    own = environment.get(f"{service.upper()}_DATABASE_URL", "")
    return environment.get(f"{service.upper()}_MIGRATION_DATABASE_URL", own)


def fingerprints_of(secrets: Secrets) -> dict[str, str]:
    """Fingerprints of an embedded system's keys."""
    return {name: fingerprint(key) for name, key in secrets.keys.items()}


def _port_of(data_dir: Path) -> int:
    """Port of the running server, from the file that PostgreSQL keeps about itself (fourth line).

    Raises:
        BackupError: it is starting or ending just now, or this user may not read the file.
    """
    try:
        return int((data_dir / "postgres" / "postmaster.pid").read_text(encoding="ascii").splitlines()[3])
    except (OSError, ValueError, IndexError) as error:
        raise BackupError(
            f"找不到数据库端口 / the database's port is not known: {type(error).__name__}",
            advice=f"稍后以运行 bangfu up 的用户重试 / try again as the user of bangfu up (uid {os.geteuid()} now)",
        ) from None
