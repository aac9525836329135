"""Commands of a service about its keys, beside `api`, `worker` and `migrate`: rotate, retire, show.

A service's `__main__` hands its arguments over first: `keycli.run(...)` gives None for other commands.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from servicekit import keys
from servicekit.crypto import DecryptionError
from servicekit.db import Database
from servicekit.entry import _load as load_settings
from servicekit.settings import ServiceSettings
from servicekit.telemetry import configure_logging

S = TypeVar("S", bound=ServiceSettings)

Uses = Mapping[str, int]


@dataclass(frozen=True)
class RotateCommand(Generic[S]):
    """A command that brings what is stored to the configured keys; it may be ended and run again at any time.

    Attributes:
        run: Takes settings, database and the number of rows a batch; gives how many rows it changed.
    """

    name: str
    help: str
    run: Callable[[S, Database, int], Awaitable[int]]


@dataclass(frozen=True)
class KeyCommands(Generic[S]):
    """The commands of a service.

    Attributes:
        uses: Counts what needs each key of a purpose: `(session, purpose, key id) -> {"persons": 3}`.
        newcomer: As in `keys.check_in`.
        notes: Counts what else `key-status` shows, like `uses`.
    """

    service: str
    settings: type[S]
    rotations: Sequence[RotateCommand[S]]
    uses: Callable[[AsyncSession, str, str], Awaitable[Uses]]
    newcomer: keys.Newcomer | None = None
    notes: Callable[[AsyncSession, str, str], Awaitable[Uses]] | None = None

    def run(self, arguments: Sequence[str]) -> int | None:
        """Run one of the commands and give the exit status; None when the arguments name another command."""
        names = [*(rotation.name for rotation in self.rotations), "key-status", "retire-key"]
        if not arguments or arguments[0] not in names:
            return None
        parsed = self._parser().parse_args(arguments)
        settings = load_settings(self.settings)
        # Standard output belongs to the command's result; what was done is in the table `key_rotation`.
        configure_logging(f"{self.service}-keys", "ERROR")
        try:
            return asyncio.run(self._run(parsed, settings))
        except (keys.KeyMismatch, DecryptionError) as error:
            print(f"密钥不符 / {error}", file=sys.stderr)
            return 1

    def _parser(self) -> argparse.ArgumentParser:
        parser = argparse.ArgumentParser(prog=f"python -m {self.service}")
        commands = parser.add_subparsers(dest="command", required=True)
        for rotation in self.rotations:
            rotating = commands.add_parser(rotation.name, help=rotation.help)
            rotating.add_argument("--batch", type=int, default=500, help="每批行数 / rows a transaction")
        commands.add_parser("key-status", help="各密钥及其使用情况 / each key and what still needs it")
        retiring = commands.add_parser("retire-key", help="停用旧密钥(仍被使用时拒绝) / refused while data need it")
        retiring.add_argument("purpose", choices=[name.removesuffix("_key") for name in self.settings.KEYS])
        retiring.add_argument("key_id")
        return parser

    async def _run(self, parsed: argparse.Namespace, settings: S) -> int:
        database = Database(settings.database_url.get_secret_value(), service=self.service, pool_size=2)
        try:
            async with database.transaction() as session:
                await keys.check_in(session, settings.keyrings(), self.newcomer)
            if parsed.command == "key-status":
                await self._status(settings, database)
            elif parsed.command == "retire-key":
                async with database.transaction() as session:
                    needed_by = await self.uses(session, parsed.purpose, parsed.key_id)
                    await keys.retire(session, settings.keyring(f"{parsed.purpose}_key"), parsed.key_id, needed_by)
                print(f"{parsed.purpose} {parsed.key_id}: 已停用,可从配置中移除 / retired, may leave the settings")
            else:
                rotation = next(item for item in self.rotations if item.name == parsed.command)
                print(f"{await rotation.run(settings, database, parsed.batch)} 行已更新 / rows renewed")
        finally:
            await database.dispose()
        return 0

    async def _status(self, settings: S, database: Database) -> None:
        current = {ring.purpose: ring.current_id for ring in settings.keyrings()}
        async with database.transaction() as session:
            for key in await keys.known(session):
                uses = dict(await self.uses(session, key.purpose, key.key_id))
                if self.notes is not None and key.retired_at is None:
                    uses |= await self.notes(session, key.purpose, key.key_id)
                state = "retired" if key.retired_at else "current" if current[key.purpose] == key.key_id else "other"
                needed = ", ".join(f"{count} {what}" for what, count in uses.items()) or "-"
                print(f"{key.purpose}\t{key.key_id}\t{state}\t{needed}")
