"""The `bangfu` command."""

from __future__ import annotations

import typer

from bangfu.cli import backup, data, dead_letters, demo, doctor, push, up, watch

app = typer.Typer(
    name="bangfu",
    help="帮扶:防止返贫动态监测和帮扶 / Bangfu: no household falls back into poverty unseen",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
app.command("up", help="在本机启动整个系统 / Start the whole system on this machine")(up.up)
app.command("demo", help="演示一个县的一个月 / A county's month, start to finish")(demo.demo)
app.command("push", help="上报数据集 / Push a dataset")(push.push)
app.command("watch", help="实时查看预警 / Watch alerts as they happen")(watch.watch)
app.command("doctor", help="检查环境和服务 / Check this machine and the services")(doctor.doctor)
app.command("generate", help="生成合成县数据 / Generate a synthetic county")(data.generate)
app.command("backup", help="备份整个系统 / Back up the whole system")(backup.backup)
app.command("restore", help="从备份恢复 / Restore a backup")(backup.restore)
app.command("dead-letters", help="查看和重投死信 / Events that could not be handled")(dead_letters.dead_letters)
app.add_typer(data.importing, name="import")

__all__ = ["app"]
