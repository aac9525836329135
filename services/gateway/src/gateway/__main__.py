"""`python -m gateway api | worker | migrate | bootstrap-client | rotate-keys | verify-audit`.

Each command imports what it needs itself: a migration does not wait for what only an api has.
"""

import asyncio
import sys

from fastapi import FastAPI

from gateway.settings import GatewaySettings
from servicekit.entry import COMMANDS, main


def _app(settings: GatewaySettings) -> FastAPI:
    from gateway.app import create_app

    return create_app(settings)


def _edge(settings: GatewaySettings) -> type[asyncio.Protocol]:
    from gateway.routing.edge import edge_protocol

    return edge_protocol(settings)


async def _work(settings: GatewaySettings) -> None:
    from gateway.worker import run

    await run(settings)


def _own(arguments: list[str]) -> int | None:
    from gateway import cli

    return cli.main(arguments) if arguments and arguments[0] in cli.COMMANDS else None


status = None if sys.argv[1:2] and sys.argv[1] in COMMANDS else _own(sys.argv[1:])
if status is not None:
    raise SystemExit(status)
main("gateway", settings=GatewaySettings, create_app=_app, worker=_work, http=_edge)
