"""`python -m registry api | worker | migrate | republish`, and the commands of `registry.keys`.

Each command imports what it needs itself: a migration does not wait for what only an api has.
"""

import sys
from collections.abc import Mapping

from fastapi import FastAPI

from registry.settings import RegistrySettings
from servicekit.entry import COMMANDS, Republish, main


def _app(settings: RegistrySettings) -> FastAPI:
    from registry.app import create_app

    return create_app(settings)


async def _work(settings: RegistrySettings) -> None:
    from registry.worker import work

    await work(settings)


def _republish() -> Mapping[str, Republish]:
    from registry.republish import REPUBLISH

    return REPUBLISH


def _keys(arguments: list[str]) -> int | None:
    from registry.keys.commands import COMMANDS

    return COMMANDS.run(arguments)


status = None if sys.argv[1:2] and sys.argv[1] in COMMANDS else _keys(sys.argv[1:])
if status is not None:
    raise SystemExit(status)
main("registry", settings=RegistrySettings, create_app=_app, worker=_work, republish=_republish)
