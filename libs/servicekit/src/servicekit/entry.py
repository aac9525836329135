"""The command line of a service: `python -m <service> api | worker | migrate | redrive TOPIC`."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar

import uvicorn
from fastapi import FastAPI
from pydantic import ValidationError

from contracts import topics
from servicekit import failpoints, migrate
from servicekit.bus import open_bus
from servicekit.consumer import redrive
from servicekit.settings import ServiceSettings
from servicekit.telemetry import configure_logging

S = TypeVar("S", bound=ServiceSettings)


def main(
    service: str,
    *,
    settings: type[S],
    create_app: Callable[[S], FastAPI],
    worker: Callable[[S], Awaitable[None]] | None,
    package: str,
    arguments: list[str] | None = None,
    http: Callable[[S], type[asyncio.Protocol]] | None = None,
) -> None:
    """Run one of a service's processes; exit with 2 and a clear list when settings are missing.

    Args:
        http: Gives the server's protocol class, for a service at the edge; uvicorn's own by default.
    """
    parser = argparse.ArgumentParser(prog=f"python -m {package}")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("api", help="serve HTTP")
    commands.add_parser("worker", help="relay, consume and run periodic jobs")
    migrating = commands.add_parser("migrate", help="bring the database to the newest revision")
    migrating.add_argument(
        "--wait",
        type=float,
        metavar="SECONDS",
        help="only wait until another process has done it; exit with 1 if that takes longer",
    )
    redriving = commands.add_parser("redrive", help="publish a topic's dead letters to it again")
    redriving.add_argument("topic", choices=sorted(topics.BY_NAME))
    options = parser.parse_args(arguments)
    command: str = options.command
    loaded = _load(settings)
    configure_logging(f"{service}-{command}", loaded.log_level)
    if command == "migrate":
        url = loaded.database_url.get_secret_value()
        if options.wait is None:
            migrate.upgrade(url, package)
        elif not migrate.wait(url, package, timeout_s=options.wait):
            raise SystemExit("数据库结构尚未升级 / the database has not been migrated yet")
    elif command == "worker":
        if worker is None:
            parser.error(f"{service} has no worker")
        asyncio.run(_await(worker, loaded))
    elif command == "redrive":
        print(asyncio.run(_redrive(loaded, options.topic)))
    else:
        serve(create_app(loaded), loaded, http=http(loaded) if http else None)


async def _redrive(settings: ServiceSettings, topic: str) -> int:
    bus = open_bus(settings.bus_url.get_secret_value(), client="redrive")
    await bus.start()
    try:
        return await redrive(bus, topics.BY_NAME[topic])
    finally:
        await bus.close()


async def _await(worker: Callable[[S], Awaitable[None]], settings: S) -> None:
    await worker(settings)


def _load(settings: type[S]) -> S:
    try:
        loaded = settings()
        failpoints.arm(os.environ, is_embedded=loaded.mode == "embedded")
    except ValidationError as error:
        prefix = settings.model_config.get("env_prefix", "")
        print("配置不完整或不安全 / settings are missing or unsafe:", file=sys.stderr)
        for item in error.errors(include_input=False, include_url=False):
            name = "__".join(str(part) for part in item["loc"]).upper()
            print(f"  {prefix}{name}: {item['msg']}", file=sys.stderr)
        raise SystemExit(2) from None
    except ValueError as error:
        print(f"配置不完整或不安全 / settings are missing or unsafe:\n  {error}", file=sys.stderr)
        raise SystemExit(2) from None
    return loaded


def serve(app: FastAPI, settings: ServiceSettings, *, http: type[asyncio.Protocol] | None = None) -> None:
    """Serve `app` until SIGTERM: readiness turns false, requests in flight finish within `drain_s`."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=http or "auto",
        log_config=None,
        access_log=False,  # RequestLog writes one line already; a second costs a quarter of the speed
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=int(settings.drain_s),
        timeout_keep_alive=75,
        h11_max_incomplete_event_size=64 * 1024,
    )
    _DrainingServer(config, app).run()


class _DrainingServer(uvicorn.Server):
    """Tells readiness first, so that a balancer stops sending before connections close."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        readiness = getattr(self._app.state, "readiness", None)
        if readiness is not None:
            readiness.draining = True
        await super().shutdown(sockets)  # type: ignore[arg-type]
