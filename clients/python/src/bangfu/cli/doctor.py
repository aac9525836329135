"""`bangfu doctor`: what is wrong, and what to do about it."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import re
import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from bangfu.cli.console import DATA_DIR, ClientId, ClientSecret, CredentialsFile, Url, out, run, table_of, target_of
from bangfu.sdk import Bangfu, BangfuError, BangfuProblem

_DISK_GIB = 5
_MEMORY_GIB = 3
_LAG_LIMIT_S = 30.0
_LAG = re.compile(r"^bangfu_outbox_oldest_seconds\{[^}]*\} (\S+)$", re.MULTILINE)


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
    """检查环境和服务 / Check Python, memory, disk and ports, then the gateway, the token and each service."""
    checks = list(_machine(data_dir))
    if not offline:
        path = credentials or data_dir / "credentials.json"
        target = target_of(url, client_id, client_secret, path, default="bureau")
        checks += run(_services(target.url, target.client_id, target.client_secret))
        checks += run(_processes(data_dir))
    signs = {True: "[green]✓[/green]", False: "[red]✗[/red]", None: "[yellow]–[/yellow]"}
    rows = [(signs[check.is_fine], check.what, check.found, "" if check.is_fine else check.advice) for check in checks]
    out.print(table_of("检查 / Checks", ("", "项目 / what", "结果 / found", "建议 / what to do"), rows))
    if any(check.is_fine is False for check in checks):
        raise typer.Exit(1)


def _machine(data_dir: Path) -> Iterator[Check]:
    version = platform.python_version()
    yield Check("Python", sys.version_info >= (3, 11), version, "请安装 Python 3.11 / install Python 3.11")
    is_local = bool(entry_points(group="bangfu.commands", name="up"))
    yield Check(
        "服务组件 / services",
        True if is_local else None,
        "已安装 / installed" if is_local else "未安装 / not installed",
        "pip install bangfu-local",
    )
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
    checks: list[Check] = []
    async with httpx.AsyncClient(base_url=url, timeout=5.0) as http:
        try:
            ready = await http.get("/readyz")
        except httpx.TransportError as error:
            found = f"{url}: {type(error).__name__}"
            return [Check("网关 / gateway", False, found, "运行 bangfu up / run bangfu up")]
    checks.append(_readiness("网关 / gateway", url, ready))
    async with Bangfu(url, client_id, client_secret) as bangfu:
        try:
            await bangfu.log_in()
        except BangfuProblem as problem:
            advice = problem.advice or "检查客户端和密钥 / check the client and its secret"
            return [*checks, Check("令牌 / token", False, f"{problem.status} {problem.code}", advice)]
        checks.append(Check("令牌 / token", True, client_id))
        probes = (("registry", "/v1/areas"), ("sharing", "/v1/datasets"), ("alerts", "/v1/alerts"))
        for service, path in probes:
            checks.append(await _probe(bangfu, service, path))
    return checks


async def _processes(data_dir: Path) -> list[Check]:
    """Readiness of each process that `bangfu up` started here, and how far its outbox is behind."""
    path = data_dir / "processes.json"
    if not path.exists():
        return []
    checks: list[Check] = []
    async with httpx.AsyncClient(timeout=5.0, trust_env=False) as http:
        for name, address in json.loads(path.read_text(encoding="utf-8")).items():
            log = data_dir / "logs" / f"{name}.log"
            try:
                ready = await http.get(f"{address}/readyz")
                metrics = (await http.get(f"{address}/metrics")).text
            except httpx.TransportError as error:
                checks.append(Check(name, False, type(error).__name__, f"看日志 / look at {log}"))
                continue
            checks.append(_readiness(name, address, ready))
            if (lag := _LAG.search(metrics)) and float(lag[1]) > _LAG_LIMIT_S:
                found = f"{float(lag[1]):.0f} s"
                checks.append(Check(f"{name} 待发事件 / outbox", False, found, f"看日志 / look at {log}"))
    return checks


def _readiness(what: str, address: str, response: httpx.Response) -> Check:
    """What a process says about itself; the parts that fail are named."""
    body: Any = None
    with contextlib.suppress(ValueError):
        body = response.json()
    if response.status_code == 200:
        remarks = body.get("remarks", {}) if isinstance(body, dict) else {}
        told = ", ".join(f"{name}: {why}" for name, why in remarks.items())
        return Check(what, None if told else True, told or address, told and "docs/runbooks/restore.md")
    try:
        failing = ", ".join(f"{name}: {why}" for name, why in body["failing"].items())
    except (ValueError, KeyError, TypeError, AttributeError):
        failing = str(response.status_code)
    return Check(what, False, failing, "看该进程的日志 / look at its log")


async def _probe(bangfu: Bangfu, service: str, path: str) -> Check:
    try:
        await bangfu.connection.request("GET", path, params={"limit": 1})
    except BangfuProblem as problem:
        if problem.status in (403, 422):  # it answered, which is what was asked
            return Check(service, True, f"应答 / answers ({problem.status})")
        return Check(service, False, f"{problem.status} {problem.code}", problem.advice)
    except BangfuError as error:
        return Check(service, False, str(error), "看日志 / look at its log")
    return Check(service, True, "应答 / answers")
