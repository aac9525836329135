"""The command line of a service: `python -m <service> api | worker | migrate`, and the operator's commands."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

import uvicorn
from fastapi import FastAPI
from pydantic import ValidationError
from uvicorn.loops.auto import auto_loop_factory

from servicekit import dead_letters_command, failpoints, migrate, replay
from servicekit.db import Database
from servicekit.http_server import WholeAnswers
from servicekit.settings import ServiceSettings
from servicekit.telemetry import configure_logging, export_traces

S = TypeVar("S", bound=ServiceSettings)

Republish = Callable[[Database], Awaitable[int]]
"""Puts a fresh event of everything there is now into the outbox; gives their number."""

_ONE_SHOT = frozenset({"replay", "republish", "dead-letters", "redrive"})
COMMANDS = _ONE_SHOT | {"api", "worker", "migrate"}
"""What every service's command line has; a service may have more."""


def main(
    service: str,
    *,
    settings: type[S],
    create_app: Callable[[S], FastAPI],
    worker: Callable[[S], Awaitable[None]] | None,
    arguments: list[str] | None = None,
    http: Callable[[S], type[asyncio.Protocol]] | None = None,
    republish: Callable[[], Mapping[str, Republish]] | None = None,
) -> None:
    """Run one of a service's processes; exit with 2 and a clear list when settings are missing.

    Args:
        http: Gives the server's protocol class, for a service at the edge; `WholeAnswers` by default.
        republish: Gives how to announce the present state anew, by topic name.
    """
    parser = argparse.ArgumentParser(prog=f"python -m {service}")
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
    replaying = commands.add_parser("replay", help="publish events again from the outbox: the broker lost data")
    replay.add_arguments(replaying, service)
    if republish:
        anew = commands.add_parser("republish", help="announce what there is now: the outbox's rows are gone too")
        anew.add_argument("topic")
    dead_letters_command.add_arguments(
        commands.add_parser("dead-letters", help="list events that a consumer could not handle"),
        commands.add_parser("redrive", help="publish a topic's dead letters to it again"),
    )
    options = parser.parse_args(arguments)
    command: str = options.command
    loaded = _load(settings)
    # Standard output belongs to the result of a command that ends by itself.
    configure_logging(f"{service}-{command}", "ERROR" if command in _ONE_SHOT else loaded.log_level)
    if command == "migrate":
        url = loaded.database_url.get_secret_value()
        if options.wait is None:
            owner_url = (loaded.migration_database_url or loaded.database_url).get_secret_value()
            migrate.upgrade(owner_url, service)
            migrate.grant(owner_url, service, migrate.role_of(url))
        elif not migrate.wait(url, service, timeout_s=options.wait):
            raise SystemExit("数据库结构尚未升级 / the database has not been migrated yet")
    elif command == "worker":
        if worker is None:
            parser.error(f"{service} has no worker")
        export_traces(service, command)
        with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:  # the api's loop: uvloop where there is one
            runner.run(_await(worker, loaded))
    elif command == "replay":
        print(asyncio.run(replay.run(_database(loaded, service), options)))
    elif command == "republish" and republish:
        known = republish()
        if options.topic not in known:
            parser.error(f"topic: choose from {', '.join(sorted(known))}")
        print(asyncio.run(_republish(_database(loaded, service), known[options.topic])))
    elif command in _ONE_SHOT:
        for line in asyncio.run(dead_letters_command.run(loaded.bus_url.get_secret_value(), options)):
            print(line)
    else:
        export_traces(service, command)
        serve(create_app(loaded), loaded, http=http(loaded) if http else None)


def _database(settings: ServiceSettings, service: str) -> Database:
    return Database(settings.database_url.get_secret_value(), service=service, pool_size=1)


async def _republish(database: Database, republish: Republish) -> int:
    try:
        return await republish(database)
    finally:
        await database.dispose()


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
        http=http or WholeAnswers,
        log_config=None,
        access_log=False,  # RequestLog writes one line already; a second costs a quarter of the speed
        server_header=False,
        proxy_headers=False,  # who is believed about addresses is a setting of the gateway
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
