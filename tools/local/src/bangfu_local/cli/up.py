"""`bangfu up`: the whole system on this machine until Ctrl-C."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.panel import Panel

from bangfu.cli.console import DATA_DIR, fail, in_china, out

if TYPE_CHECKING:
    from bangfu_local.embedded import ClientSpec, EmbeddedSystem


def up(
    data_dir: Annotated[Path, typer.Option(help="数据目录 / where everything is kept")] = DATA_DIR,
    port: Annotated[int, typer.Option(help="网关端口,0 为自动 / gateway port, 0 for any free one")] = 8080,
    bus: Annotated[str, typer.Option(help="embedded 或 kafka:host:port / event bus")] = "embedded",
    fresh: Annotated[bool, typer.Option("--fresh", help="先清空数据 / delete the data first")] = False,
    issuer: Annotated[
        str | None,
        typer.Option(
            help="人员在此登录,接入方不再代办 / OIDC issuer at which people sign in; no client then stands in for them"
        ),
    ] = None,
    app: Annotated[str, typer.Option(help="应用在登录系统中的名称 / the application at the issuer")] = "bangfu-app",
) -> None:
    """在本机启动整个系统 / Start PostgreSQL, four services and their workers; one Ctrl-C stops them all."""
    from bangfu_local.embedded import (
        DataDirInUseError,
        EmbeddedSystem,
        Ports,
        PortTakenError,
        StartFailedError,
        people_clients,
        people_settings,
        standard_clients,
    )

    system = EmbeddedSystem(
        data_dir,
        bus=bus,
        ports=Ports(gateway=port or None),
        is_fresh=fresh,
        extra_environment=people_settings(issuer, app) if issuer else None,
    )
    try:
        asyncio.run(_serve(system, standard_clients() + (people_clients() if issuer else [])))
    except PortTakenError as error:
        fail(str(error), error.advice)
    except (StartFailedError, DataDirInUseError) as error:
        fail(f"启动失败 / could not start\n{error}", f"日志 / logs: {system.logs}")


async def _serve(system: EmbeddedSystem, clients: list[ClientSpec]) -> None:
    asked_to_stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, asked_to_stop.set)

    async def run() -> None:
        with out.status("正在启动 / starting…"):
            await system.start()
            await system.ensure_clients(clients)
        _tell(system)
        await asyncio.Event().wait()

    running = asyncio.create_task(run())
    stopping = asyncio.create_task(asked_to_stop.wait())
    try:
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            await running  # raises why it could not start
    finally:
        stopping.cancel()
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await running
        with out.status("正在停止 / stopping…"):
            await system.stop()
    out.print("已停止 / stopped")


def _tell(system: EmbeddedSystem) -> None:
    from bangfu_local.embedded.held import held_since

    if since := held_since(system.database_url("alerts")):
        out.print(
            f"[yellow]恢复后尚未对外发送(自 {in_china(since)})[/yellow] / nothing is sent to the outside since the"
            " restore: [bold]bangfu resume[/bold]"
        )
    out.print(
        Panel.fit(
            f"网关 / gateway      [bold]{system.gateway_url}[/bold]\n"
            f"接口文档 / API docs  {system.gateway_url}/docs\n"
            f"凭据 / credentials  {system.credentials_path}\n"
            f"日志 / logs         {system.logs}\n\n"
            "按 Ctrl-C 停止 / press Ctrl-C to stop",
            title="帮扶 Bangfu",
        )
    )
