"""`python -m sharing api | worker | migrate`, and the commands of `sharing.keys.commands`.

Each command imports what it needs itself: a migration does not wait for what only an api has.
"""

import sys

from fastapi import FastAPI

from servicekit.entry import COMMANDS, main
from sharing.settings import SharingSettings


def _app(settings: SharingSettings) -> FastAPI:
    from sharing.app import create_app

    return create_app(settings)


async def _work(settings: SharingSettings) -> None:
    from sharing.worker import run

    await run(settings)


def _keys(arguments: list[str]) -> int | None:
    from sharing.keys.commands import COMMANDS

    return COMMANDS.run(arguments)


status = None if sys.argv[1:2] and sys.argv[1] in COMMANDS else _keys(sys.argv[1:])
if status is not None:
    raise SystemExit(status)
main("sharing", settings=SharingSettings, create_app=_app, worker=_work)
