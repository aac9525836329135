"""Restoring a backup: everything is checked first, then the target is written, and it shows only when whole."""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

import psycopg
from alembic.config import Config
from alembic.script import ScriptDirectory

from bangfu_backup import manifest as files
from bangfu_backup import parts as lake_parts
from bangfu_backup.era import begin_new_era, hold_back, replay_everything
from bangfu_backup.errors import BackupError
from bangfu_backup.manifest import Manifest
from bangfu_backup.postgres import Tools
from bangfu_backup.target import BUS, DATA_MARKER, Target, fingerprints_of
from bangfu_local.embedded.data_dir import DataDirInUseError, hold_data_dir
from bangfu_local.embedded.secrets import Secrets
from bangfu_local.embedded.system import SERVICES, owner_of
from servicekit.embedded.postgres import EmbeddedPostgres
from sharing.lake.service import Lake

_MARKER = "bangfu_restore_unfinished"
_TABLES = (
    "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S') AND n.nspname !~ '^(pg_|information_schema$)' AND c.relname <> %s"
    " AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')"  # an extension's
)
_CLIENTS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'bangfu-%'"
    " AND application_name <> 'bangfu-backup'"
)


@dataclass(frozen=True)
class Restored:
    """What was done.

    Attributes:
        replayed: Events that the relays will publish again; 0 where the embedded bus was in the backup.
        kept: Where the data that were there before are now; None when there were none.
    """

    manifest: Manifest
    parts: int
    part_bytes: int
    replayed: int
    seconds: float
    kept: Path | None = None


def verify(root: Path, name: str | None = None) -> Manifest:
    """Read every byte of a backup and compare it with its manifest.

    Raises:
        BackupError: naming what is missing or damaged.
    """
    backup = files.open_backup(root, name)
    manifest = files.read_manifest(backup)
    files.check(root, backup, manifest)
    return manifest


def restore(
    target: Target,
    root: Path,
    *,
    name: str | None = None,
    is_forced: bool = False,
    with_bus: bool = True,
    tools: Tools | None = None,
) -> Restored:
    """Restore a backup into databases that are empty and a lake that is.

    A restore that was cut off is begun again by the next one; until one is finished the databases carry a mark.

    Args:
        is_forced: Delete what the target holds.
        with_bus: Restore the embedded bus's log if the backup and the target have one; otherwise the bus counts as
            lost, and all that the outboxes keep is published again.

    Raises:
        BackupError: the backup is damaged, the keys at hand do not fit, the target is not empty or in use. Nothing
            was touched then.
    """
    started = time.monotonic()
    tools = tools or Tools.find()
    backup = files.open_backup(root, name)
    manifest = files.read_manifest(backup)
    _check_fit(manifest, target.keys)
    files.check(root, backup, manifest)
    lake = Lake(target.lake)
    wanted = [database for database in manifest.databases if database in target.databases]
    if not with_bus:
        wanted = [database for database in wanted if database != BUS]
    with _connected({database: target.databases[database] for database in wanted}) as connections:
        for database, connection in connections.items():
            tools.check_server(connection)
            _check_empty(database, connection, is_forced=is_forced)
        if not is_forced and next(iter(lake.files(older_than_s=0.0)), None) is not None and not _is_begun(connections):
            raise _not_empty("lake")
        for connection in connections.values():
            _clear(connection, manifest.name)
    with ThreadPoolExecutor(max_workers=max(len(wanted), 1)) as pool:
        done = pool.map(
            lambda database: tools.restore_database(target.databases[database], backup / "databases" / database),
            wanted,
        )
        count, size = lake_parts.put_back(lake, files.read_parts(backup), root / files.LAKE)
        list(done)
    with _connected({database: target.databases[database] for database in wanted}) as connections:
        begin_new_era(connections)
        hold_back(connections["alerts"])
        replayed = 0 if BUS in wanted else replay_everything(connections)
        for connection in connections.values():
            connection.commit()
            connection.execute("ANALYZE")  # a dump has no statistics, and plans without them can take minutes
            connection.execute(f"DROP TABLE {_MARKER}")
            connection.commit()
    return Restored(manifest, count, size, replayed, round(time.monotonic() - started, 2))


def restore_embedded(
    data_dir: Path,
    root: Path,
    *,
    secrets_path: Path | None = None,
    name: str | None = None,
    is_forced: bool = False,
    with_bus: bool = True,
    tools: Tools | None = None,
) -> Restored:
    """Restore a backup as the data directory of an embedded system, which is then started with `bangfu up`.

    The directory is built beside its place and moved there when it is whole. Call it in the main thread: Linux ties
    PostgreSQL to the thread that starts it.

    Args:
        secrets_path: The installation's `secrets.json`; the one in `data_dir` when None.
        is_forced: Restore although `data_dir` holds data; they are moved aside, never deleted.

    Raises:
        BackupError: as `restore`.
    """
    data_dir = data_dir.absolute()
    secrets_path = secrets_path or data_dir / "secrets.json"
    if not secrets_path.exists():
        raise BackupError(
            f"没有密钥文件 / no secrets file: {secrets_path}",
            advice="备份不含密钥,请用 --secrets 指定另存的 secrets.json / keys are not in a backup: name your copy",
        )
    secrets = Secrets.load(secrets_path)
    _check_fit(files.read_manifest(files.open_backup(root, name)), fingerprints_of(secrets))
    try:
        lock = hold_data_dir(data_dir)
    except DataDirInUseError as error:
        raise BackupError(str(error), advice="先停止 bangfu up / stop bangfu up first") from None
    with contextlib.closing(lock):
        is_there = data_dir.exists() and any(path.name != "secrets.json" for path in data_dir.iterdir())
        if is_there and not is_forced:
            raise _not_empty(str(data_dir))
        draft = data_dir.with_name(f".{data_dir.name}.restoring")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        try:
            done = _build(draft, root, secrets, name=name, with_bus=with_bus, tools=tools)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
        kept = None
        if data_dir.exists():
            kept = data_dir.with_name(f"{data_dir.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
            data_dir.rename(kept)
        draft.rename(data_dir)
        files.sync(data_dir.parent)
        return replace(done, kept=kept)


def _build(
    draft: Path, root: Path, secrets: Secrets, *, name: str | None, with_bus: bool, tools: Tools | None
) -> Restored:
    (draft / DATA_MARKER).touch()
    secrets.save(draft / "secrets.json")
    postgres = EmbeddedPostgres(draft)
    try:
        postgres.start()
        for database in (*SERVICES, BUS):
            owner = owner_of(database)
            postgres.create_database(database, role=owner, password=secrets.database(owner))
        target = Target.embedded(draft, secrets, postgres.port)
        done = restore(target, root, name=name, with_bus=with_bus, tools=tools)
        _forget_unknown_clients(secrets, target.databases["gateway"])
        secrets.save(draft / "secrets.json")
    finally:
        postgres.stop()
    if done.manifest.clock_offset_s is not None:
        (draft / "clock.json").write_text(json.dumps({"offset_s": done.manifest.clock_offset_s}), encoding="utf-8")
    return done


def _forget_unknown_clients(secrets: Secrets, gateway_url: str) -> None:
    """Leave out the clients that were registered after the cut, so that `bangfu up` registers its own again."""
    with psycopg.connect(gateway_url) as connection:
        known = {client_id for (client_id,) in connection.execute("SELECT client_id FROM client").fetchall()}
    secrets.clients = {client_id: secret for client_id, secret in secrets.clients.items() if client_id in known}


def _check_fit(manifest: Manifest, keys: Mapping[str, str]) -> None:
    """Refuse before anything is touched what could not be used afterwards."""
    at_hand = set(keys.values())
    if missing := sorted(name for name, key in manifest.keys.items() if key not in at_hand):
        raise BackupError(
            f"现有密钥与备份不符 / the keys at hand are not those of the backup: {', '.join(missing)}",
            advice="找回备份时的密钥(含已退役的)/ bring the keys of that time, retired ones included",
        )
    for service, dump in manifest.databases.items():
        if dump.revision and dump.revision not in _revisions(service):
            raise BackupError(
                f"{service}: 备份的库结构比本版本新 / the backup's schema is newer than this version: {dump.revision}",
                advice=f"安装 Bangfu {manifest.bangfu} 或更新版本 / install that version or a newer one",
            )


def _revisions(service: str) -> set[str]:
    config = Config()
    config.set_main_option("script_location", str(resources(service) / "migrations"))
    return {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}


@contextlib.contextmanager
def _connected(urls: Mapping[str, str]) -> Iterator[dict[str, psycopg.Connection[Any]]]:
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(psycopg.connect(url, application_name="bangfu-backup"))
            for name, url in urls.items()
        }


def _check_empty(database: str, connection: psycopg.Connection[Any], *, is_forced: bool) -> None:
    if _number(connection, _CLIENTS):
        raise BackupError(
            f"{database}: 仍有服务连接 / services are connected",
            advice="先停止 api 和 worker / stop every api and worker first",
        )
    if not is_forced and not _has_marker(connection) and _number(connection, _TABLES, _MARKER):
        raise _not_empty(database)


def _not_empty(what: str) -> BackupError:
    return BackupError(
        f"目标不为空,未作任何改动 / the target is not empty, nothing was touched: {what}",
        advice="确认无误后加 --force / add --force if it is the right one",
    )


def _is_begun(connections: Mapping[str, psycopg.Connection[Any]]) -> bool:
    return any(_has_marker(connection) for connection in connections.values())


def _has_marker(connection: psycopg.Connection[Any]) -> bool:
    return bool(_number(connection, "SELECT count(*) FROM pg_class WHERE oid = to_regclass(%s)", _MARKER))


def _clear(connection: psycopg.Connection[Any], name: str) -> None:
    """Empty the database and mark it as unfinished, in one transaction."""
    with connection.transaction():
        connection.execute("DROP OWNED BY CURRENT_USER CASCADE")
        connection.execute(f"CREATE TABLE {_MARKER} AS SELECT %s::text AS backup, now() AS begun_at", (name,))
    connection.commit()


def _number(connection: psycopg.Connection[Any], query: str, *parameters: str) -> int:
    [(number,)] = connection.execute(query, parameters or None).fetchall()
    return int(number)
