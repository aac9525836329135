"""`bangfu backup` and `bangfu restore`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bangfu.cli.console import DATA_DIR, in_china, out, table_of
from bangfu_backup.cli import told

if TYPE_CHECKING:
    from rich.table import Table

    from bangfu_backup.manifest import Manifest

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        help="本机系统的数据目录 / data directory of `bangfu up`",
        show_default=f"{DATA_DIR},有 REGISTRY_DATABASE_URL 时用各服务的环境变量 / or the services' variables",
    ),
]
Jobs = Annotated[int, typer.Option("--jobs", min=1, help="每个库同时处理的表数 / tables of a database at a time")]
PgBin = Annotated[
    Path | None, typer.Option("--pg-bin", help="pg_dump 所在目录 / folder of pg_dump", show_default=False)
]


def backup(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="备份目录 / backup folder")],
    data_dir: DataDir = None,
    keep: Annotated[int | None, typer.Option("--keep", min=1, help="只保留最近几份 / keep so many backups")] = None,
    jobs: Jobs = 2,
    pg_bin: PgBin = None,
) -> None:
    """备份整个系统 / Back up a running or stopped system. Keys are not in it: keep secrets.json elsewhere."""
    from bangfu_backup.create import back_up
    from bangfu_backup.postgres import Tools
    from bangfu_backup.target import Target

    with told():
        tools = Tools.find(pg_bin, jobs)
        if _uses_environment(data_dir):
            made = back_up(Target.from_environment(os.environ), folder, tools=tools, keep=keep)
        else:
            with Target.of_data_dir(data_dir or DATA_DIR) as target, out.status("正在备份 / backing up…"):
                made = back_up(target, folder, tools=tools, keep=keep)
        out.print(_table(made))
        out.print(
            f"[green]✓[/green] {folder / made.name}  {made.seconds} s  暂停消费 / consumers paused {made.paused_ms} ms"
        )
        out.print("密钥不在备份中,请另行保管 / keys are not in the backup: keep them elsewhere")


def restore(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", exists=True, file_okay=False, help="备份目录 / backup folder")
    ],
    data_dir: DataDir = None,
    name: Annotated[
        str | None, typer.Option("--backup", help="哪一份 / which one", show_default="最新 / the newest")
    ] = None,
    secrets: Annotated[
        Path | None,
        typer.Option("--secrets", help="另存的 secrets.json / your copy of secrets.json", show_default=False),
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="只校验备份 / only verify the backup")] = False,
    force: Annotated[bool, typer.Option("--force", help="目标不为空也恢复 / restore over data")] = False,
    without_bus: Annotated[
        bool,
        typer.Option("--without-bus", help="消息日志视为丢失,从发件箱重发 / the bus is lost: replay the outboxes"),
    ] = False,
    jobs: Jobs = 2,
    pg_bin: PgBin = None,
) -> None:
    """从备份恢复 / Restore a backup. It is verified first; a damaged one is refused before anything is touched."""
    from bangfu_backup.postgres import Tools
    from bangfu_backup.restore import restore as restore_databases
    from bangfu_backup.restore import restore_embedded, verify
    from bangfu_backup.target import Target

    with told():
        if check:
            found = verify(folder, name)
            out.print(_table(found))
            out.print(f"[green]✓[/green] {folder / found.name} 完好 / is whole")
            return
        tools = Tools.find(pg_bin, jobs)
        if _uses_environment(data_dir):
            done = restore_databases(
                Target.from_environment(os.environ),
                folder,
                name=name,
                is_forced=force,
                with_bus=not without_bus,
                tools=tools,
            )
        else:
            done = restore_embedded(
                data_dir or DATA_DIR,
                folder,
                secrets_path=secrets,
                name=name,
                is_forced=force,
                with_bus=not without_bus,
                tools=tools,
            )
        out.print(_table(done.manifest))
        out.print(f"[green]✓[/green] 已恢复到 / restored as of {in_china(done.manifest.cut_at)}, {done.seconds} s")
        if done.kept is not None:
            out.print(f"原有数据移到 / the data that were there: {done.kept}")
        if done.replayed:
            out.print(f"启动后重新发布事件 / events that go out again once the workers run: {done.replayed:,}")
        out.print(
            "对外发送(webhook、公开主题)已暂停,核对后执行 / nothing is sent to the outside until you say"
            " [bold]bangfu resume[/bold]"
        )
        out.print(
            "此后上报和办理的内容需重做 / what was done after that instant must be repeated: docs/runbooks/restore.md"
        )


def resume(
    data_dir: DataDir = None,
    check: Annotated[bool, typer.Option("--check", help="只查看状态 / only tell whether it is held")] = False,
) -> None:
    """恢复对外发送 / Let a restored system send again: webhooks, and the topics that subscribers read."""
    from bangfu_backup import era
    from bangfu_backup.target import Target
    from bangfu_local.embedded.held import held_since

    with told():
        if data_dir is None and (url := os.environ.get("ALERTS_DATABASE_URL")):
            since = held_since(url) if check else era.resume(url)
        else:
            with Target.of_data_dir(data_dir or DATA_DIR) as target:
                url = target.databases["alerts"]
                since = held_since(url) if check else era.resume(url)
    if since is None:
        out.print("对外发送正常,没有暂停 / sending is not held")
    elif check:
        out.print(f"对外发送自 {in_china(since)} 暂停 / nothing is sent since then: bangfu resume")
    else:
        out.print(f"[green]✓[/green] 已恢复对外发送(自 {in_china(since)} 暂停)/ sending again, held since then")


def _uses_environment(data_dir: Path | None) -> bool:
    return data_dir is None and bool(os.environ.get("REGISTRY_DATABASE_URL"))


def _table(manifest: Manifest) -> Table:
    rows = [
        (name, _size(dump.size), f"PostgreSQL {dump.server}" + f", {dump.revision}" * bool(dump.revision))
        for name, dump in manifest.databases.items()
    ]
    new = f"新增 / new {manifest.new_parts} ({_size(manifest.new_part_bytes)})"
    rows.append(("lake", _size(manifest.part_bytes), f"{manifest.parts} 个文件 / parts, {new}"))
    return table_of(f"备份 / Backup {manifest.name}", ("内容 / what", "大小 / size", "说明 / note"), rows)


def _size(count: int) -> str:
    return f"{count / 2**20:,.1f} MiB"
