"""Making a backup of a system that goes on working meanwhile."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg

from bangfu_backup import manifest as files
from bangfu_backup import parts as lake_parts
from bangfu_backup.cut import Cut, consistent_cut
from bangfu_backup.errors import BackupError
from bangfu_backup.manifest import DatabaseDump, File, Manifest
from bangfu_backup.postgres import Tools
from bangfu_backup.target import BUS, Target
from sharing.lake.service import Lake

_DRAFT = ".unfinished-"
_ATTEMPTS = 3


def back_up(target: Target, root: Path, *, tools: Tools | None = None, keep: int | None = None) -> Manifest:
    """Write a backup into the folder `root`; it appears there whole or not at all.

    A backup that was cut off leaves nothing but parts that the next one copies anew.

    Args:
        keep: How many backups stay; older ones are deleted once this one is finished.

    Raises:
        BackupError: it cannot be done.
    """
    tools = tools or Tools.find()
    root = root.absolute()
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _only_one(root):
        for rest in root.glob(f"{_DRAFT}*"):
            shutil.rmtree(rest)
        for _ in range(_ATTEMPTS):
            try:
                made = _attempt(target, root, tools)
                break
            except lake_parts.PartGoneError as error:
                gone = str(error)  # retention deleted it after the cut; a new cut does not name it any more
        else:
            raise BackupError(
                f"数据湖缺少清单中的文件 / the lake misses a file that its manifest names: {gone}",
                advice="检查数据湖 / look at the lake: the parts that backups copied before are in their folder",
            )
        if keep is not None:
            _prune(root, keep)
    return made


def _attempt(target: Target, root: Path, tools: Tools) -> Manifest:
    started = time.monotonic()
    pool = root / files.LAKE
    pool.mkdir(exist_ok=True, mode=0o700)
    lake = Lake(target.lake)
    known = _known_parts(root)
    # Most of the copying happens before the cut, so that the time between the cut and the last part stays short.
    with psycopg.connect(target.databases["sharing"], application_name="bangfu-backup") as connection:
        ahead = _still_there(lake, lake_parts.needed(connection))
    _, first = lake_parts.collect(lake, ahead, pool, known)
    known |= {part.path: part for part in first}
    name = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    while (root / name).exists():
        time.sleep(0.2)
        name = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    draft = root / f"{_DRAFT}{name}"
    (draft / "databases").mkdir(parents=True, mode=0o700)
    try:
        with consistent_cut(*_databases(target)) as cut:
            named, second = lake_parts.collect(
                lake, lake_parts.needed(cut.snapshots["sharing"].connection), pool, known
            )
            dumps = _dump(target, cut, draft, tools)
        files.write_parts(draft / files.PARTS, named)
        copied = [part for part in (*first, *second) if part.path in {file.path for file in named}]
        made = Manifest(
            name=name,
            bangfu=version("bangfu"),
            tools=tools.version,
            cut_at=cut.at,
            paused_ms=cut.paused_ms,
            seconds=round(time.monotonic() - started, 2),
            databases=dumps,
            part_list=files.described(draft, draft / files.PARTS),
            parts=len(named),
            part_bytes=sum(part.size for part in named),
            new_parts=len(copied),
            new_part_bytes=sum(part.size for part in copied),
            keys=dict(target.keys),
            clock_offset_s=target.clock_offset_s,
        )
        files.write_manifest(draft, made)
        for folder in (*(path for path in draft.rglob("*") if path.is_dir()), draft):
            files.sync(folder)
        draft.rename(root / name)
        files.sync(root)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return made


def _databases(target: Target) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The services' databases with the gateway's last, and the embedded bus's if it is in use."""
    services = {name: url for name, url in target.databases.items() if name not in (BUS, "gateway")}
    services["gateway"] = target.databases["gateway"]
    bus_url = target.databases.get(BUS)
    return services, {BUS: bus_url} if bus_url and _is_in_use(bus_url) else {}


def _is_in_use(bus_url: str) -> bool:
    with psycopg.connect(bus_url, application_name="bangfu-backup") as connection:
        if connection.execute("SELECT to_regclass('bus_topic') IS NOT NULL").fetchall() != [(True,)]:
            return False
        return connection.execute("SELECT 1 FROM bus_topic LIMIT 1").fetchone() is not None


def _dump(target: Target, cut: Cut, draft: Path, tools: Tools) -> dict[str, DatabaseDump]:
    def dump(name: str) -> DatabaseDump:
        snapshot = cut.snapshots[name]
        folder = draft / "databases" / name
        server = tools.check_server(snapshot.connection)
        tools.dump_database(target.databases[name], folder, snapshot=snapshot.id)
        described = [files.described(draft, path) for path in sorted(folder.iterdir())]
        return DatabaseDump(revision=_revision(snapshot.connection, name), server=server, files=described)

    with ThreadPoolExecutor(max_workers=len(cut.snapshots)) as pool:
        return dict(zip(cut.snapshots, pool.map(dump, cut.snapshots), strict=True))


def _revision(connection: psycopg.Connection[Any], name: str) -> str:
    if name == BUS:
        return ""
    rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    return "".join(revision for (revision,) in rows)


def _known_parts(root: Path) -> dict[str, File]:
    """Parts that finished backups described."""
    return {part.path: part for backup in files.backups_in(root) for part in files.read_parts(backup)}


def _still_there(lake: Lake, paths: list[str]) -> list[str]:
    """Leave out what retention deletes at this moment: only the list taken at the cut must be complete."""
    return [path for path in paths if lake.holds(path)]


def _prune(root: Path, keep: int) -> None:
    known = files.backups_in(root)
    for backup in known[: max(len(known) - max(keep, 1), 0)]:
        # First out of sight, then gone: a half-deleted backup must not look like one.
        doomed = backup.rename(root / f"{_DRAFT}{backup.name}")
        shutil.rmtree(doomed)
    lake_parts.prune(root / files.LAKE, set(_known_parts(root)))


@contextlib.contextmanager
def _only_one(root: Path) -> Iterator[None]:
    with (root / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError(f"另一个备份正在写入 / another backup is being written to {root}") from None
        yield
