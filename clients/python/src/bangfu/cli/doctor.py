"""`bangfu doctor`: what is wrong, and what to do about it."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.table import Table

from bangfu.cli.console import DATA_DIR, ClientId, ClientSecret, CredentialsFile, Url, out, run, target_of
from bangfu.sdk import BangfuError, BangfuProblem

_DISK_GIB = 5
_MEMORY_GIB = 3


@dataclass(frozen=True)
class Check:
    """One thing looked at; `is_fine` None means it could not be told, or does not matter here."""

    what: str
    is_fine: bool | None
    found: str
    advice: str = ""


def doctor(
    data_dir: Annotated[Path, typer.Option(help="数据目录 / data directory")] = DATA_DIR,
    offline: Annotated[bool, typer.Option("--offline", help="只检查本机 / this machine only")] = False,
    url: Url = None,
    client_id: ClientId = None,
    client_secret: ClientSecret = None,
    credentials: CredentialsFile = None,
) -> None:
    """Check Python, memory, disk and ports, then the gateway, the token and each service."""
    checks = list(_machine(data_dir))
    if not offline:
        path = credentials or data_dir / "credentials.json"
        target = target_of(url, client_id, client_secret, path, default="bureau")
        checks += run(_services(target.url, target.client_id, target.client_secret))
    table = Table(title="检查 / Checks")
    for heading in ("", "项目 / what", "结果 / found", "建议 / what to do"):
        table.add_column(heading, overflow="fold")
    signs = {True: "[green]✓[/green]", False: "[red]✗[/red]", None: "[yellow]–[/yellow]"}
    for check in checks:
        table.add_row(signs[check.is_fine], check.what, check.found, check.advice if not check.is_fine else "")
    out.print(table)
    if any(check.is_fine is False for check in checks):
        raise typer.Exit(1)


def _machine(data_dir: Path) -> Iterator[Check]:
    version = platform.python_version()
    yield Check("Python", sys.version_info >= (3, 11), version, "请安装 Python 3.11 / install Python 3.11")
    try:
        import bangfu.embedded  # noqa: F401  probing
    except ImportError as missing:
        yield Check(
            "服务组件 / services", None, f"未安装 / not installed: {missing.name}", "pip install 'bangfu[embedded]'"
        )
    else:
        yield Check("服务组件 / services", True, "已安装 / installed")
    existing = next(folder for folder in (data_dir.absolute(), *data_dir.absolute().parents) if folder.exists())
    free_gib = shutil.disk_usage(existing).free / 2**30
    yield Check(
        "磁盘 / disk", free_gib >= _DISK_GIB, f"{free_gib:.1f} GiB", f"请腾出至少 {_DISK_GIB} GiB / free some space"
    )
    is_writable = os.access(existing, os.W_OK)
    yield Check("数据目录 / data dir", is_writable, str(data_dir), "请换 --data-dir / choose another --data-dir")
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        memory_gib = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
        yield Check(
            "内存 / memory",
            memory_gib >= _MEMORY_GIB,
            f"{memory_gib:.1f} GiB",
            f"至少需要 {_MEMORY_GIB} GiB / at least that much",
        )
    yield _port(8080)


def _port(port: int) -> Check:
    with socket.socket() as probe:
        probe.settimeout(1.0)
        is_used = probe.connect_ex(("127.0.0.1", port)) == 0
    found = "已有程序使用 / in use (by bangfu up?)" if is_used else "空闲 / free"
    return Check(f"端口 / port {port}", None if is_used else True, found, "bangfu up --port 0")


async def _services(url: str, client_id: str, client_secret: str) -> list[Check]:
    from bangfu.sdk import Bangfu

    checks: list[Check] = []
    async with httpx.AsyncClient(base_url=url, timeout=5.0) as http:
        try:
            ready = await http.get("/readyz")
        except httpx.TransportError as error:
            return [
                Check("网关 / gateway", False, f"{url}: {type(error).__name__}", "运行 bangfu up / run bangfu up"),
            ]
        checks.append(Check("网关 / gateway", True, url))
        checks += _readiness(ready)
    async with Bangfu(url, client_id, client_secret) as bangfu:
        try:
            await bangfu.connection.credentials.token(bangfu.connection.http)  # type: ignore[union-attr]
        except BangfuProblem as problem:
            checks.append(Check("令牌 / token", False, f"{problem.status} {problem.code}", problem.advice))
            return checks
        checks.append(Check("令牌 / token", True, client_id))
        probes = (("registry", "/v1/areas"), ("sharing", "/v1/datasets"), ("alerts", "/v1/clues"))
        for service, path in probes:
            checks.append(await _probe(bangfu, service, path))
    return checks


def _readiness(response: httpx.Response) -> list[Check]:
    """What the gateway says about itself and the services behind it."""
    try:
        body: Any = response.json()
    except ValueError:
        body = {}
    details = body.get("checks", {}) if isinstance(body, dict) else {}
    advice = "查看该服务的日志 / look at that service's log"
    found = [
        Check(f"就绪 / ready: {name}", state in (True, "ok", "ready", "up"), str(state), advice)
        for name, state in (details.items() if isinstance(details, dict) else ())
    ]
    return found or [Check("就绪 / ready", response.status_code == 200, str(response.status_code), advice)]


async def _probe(bangfu: Any, service: str, path: str) -> Check:
    try:
        await bangfu.connection.request("GET", path, params={"limit": 1})
    except BangfuProblem as problem:
        if problem.status in (403, 422):  # it answered, which is what was asked
            return Check(service, True, f"应答 / answers ({problem.status})")
        return Check(service, False, f"{problem.status} {problem.code}", problem.advice)
    except BangfuError as error:
        return Check(service, False, str(error), "查看日志 / look at its log")
    return Check(service, True, "应答 / answers")
