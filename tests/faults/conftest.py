"""One system under attack for the tests of the nemeses: ways through proxies, small disks where mount is allowed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bangfu_local.embedded import standard_clients
from faults.arena import Arena
from faults.history import History
from faults.nemesis import DATABASE_LINKS
from faults.nemesis.disk import why_not_mounted


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests that share the arena last: while others start systems of their own, it is not running yet."""
    items.sort(key=lambda item: "whole_arena" in getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session")
async def whole_arena(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Arena]:
    """Four services, their workers and PostgreSQL on the embedded bus; each test heals what it did."""
    folder = tmp_path_factory.mktemp("arena")
    history = History(folder / "history.jsonl")
    running = Arena(
        folder,
        "embedded",
        history,
        wanted_links=(*DATABASE_LINKS, "bus"),
        environment={f"{service.upper()}_LOCK_TIMEOUT_S": "1" for service in DATABASE_LINKS},
        wanted_disks=() if why_not_mounted() else ("postgres", "sharing", "logs"),
    )
    async with running:
        await running.system.ensure_clients(standard_clients())
        yield running
    history.close()


@pytest.fixture
async def arena(whole_arena: Arena) -> AsyncIterator[Arena]:
    """The system, whole before and after the test, whatever the test did."""
    yield whole_arena
    for process in whole_arena.processes.values():
        process.resume()
    for link in whole_arena.links.values():
        link.heal()
    for disk in whole_arena.disks.values():
        disk.free()
