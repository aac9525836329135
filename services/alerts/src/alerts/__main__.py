"""`python -m alerts api | worker | migrate`, and the commands of `alerts.keys`.

Each command imports what it needs itself: a migration does not wait for what only an api has.
"""

import sys

from fastapi import FastAPI

from alerts.settings import AlertsSettings
from servicekit.entry import COMMANDS, main


def _app(settings: AlertsSettings) -> FastAPI:
    from alerts.app import create_app

    return create_app(settings)


async def _work(settings: AlertsSettings) -> None:
    from alerts.worker import run

    await run(settings)


def _keys(arguments: list[str]) -> int | None:
    from alerts.keys import COMMANDS

    return COMMANDS.run(arguments)


status = None if sys.argv[1:2] and sys.argv[1] in COMMANDS else _keys(sys.argv[1:])
if status is not None:
    raise SystemExit(status)
main("alerts", settings=AlertsSettings, create_app=_app, worker=_work)
