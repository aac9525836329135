"""The parts of the restore drill: a county's month, a backup under load, a disaster."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bangfu_backup.manifest import Manifest
from bangfu_backup.restore import verify
from bangfu_county import Manifest as County
from bangfu_county.datasets import DATASETS
from bangfu_local.demo import month, townships
from bangfu_local.demo.channels import (
    Inbox,
    WebhookReceiver,
)
from bangfu_local.demo.options import COUNTY
from bangfu_local.embedded import EmbeddedSystem
from bangfu_local.embedded.clients import BUREAU, SECOND, SUBSCRIBER, department_client, township_client
from bangfu_local.embedded.policy import set_policy
from bangfu_local.embedded.settle import settle

HOUSEHOLDS = 450
PERIOD = "2026-10"
AFTER = ("DS-MED-ENROL", "DS-MED-COST")
BEFORE = tuple(code for code in DATASETS if code not in AFTER)
SERVICES = ("registry", "sharing", "alerts", "gateway")


def bangfu(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command as an operator would."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("REGISTRY_")}
    return subprocess.run(
        [sys.executable, "-m", "bangfu", *map(str, arguments)],
        env=environment | {"COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


@dataclass
class Drill:
    """What the drill leaves for its tests."""

    folder: Path
    county: County
    backups: Path
    secrets: Path
    webhook: WebhookReceiver
    manifest: Manifest | None = None
    lost: set[str] = field(default_factory=set)
    reader_was_at: int = 0
    clue_before: str = ""
    clue_after: str = ""
    receipts: dict[str, str] = field(default_factory=dict)
    clues: set[tuple[str, str, str]] = field(default_factory=set)
    raised: set[tuple[str, str]] = field(default_factory=set)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def county_dir(self) -> Path:
        return self.folder / "county"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @contextlib.contextmanager
    def timed(self, what: str) -> Iterator[None]:
        started = time.monotonic()
        yield
        self.seconds[what] = round(time.monotonic() - started, 1)


def system_in(folder: Path, **more: object) -> EmbeddedSystem:
    return EmbeddedSystem(folder, durable=False, **more)  # type: ignore[arg-type]  # options as they are declared there


async def push(system: EmbeddedSystem, drill: Drill, dataset: str) -> str:
    """Push a dataset as its department does; give the receipt's number."""
    entries = sorted((item for item in drill.county.files if item.dataset == dataset), key=lambda item: item.part)
    async with system.client(department_client(entries[0].department)) as department:
        done = await department.deliveries.push(
            dataset, [drill.county_dir / entry.path for entry in entries], period=PERIOD
        )
    await month.believe(system, done.receipt)
    return done.receipt.receipt_no


async def register(system: EmbeddedSystem, drill: Drill) -> None:
    async with system.client(BUREAU) as bureau:
        await bureau.areas.import_file(drill.county_dir / "registry/areas.csv")
        async with system.client(SECOND) as second:
            await set_policy(bureau, second, COUNTY, system.clock.today().replace(month=1, day=1))
        await bureau.households.import_file(drill.county_dir / "registry/households.ndjson")
    await settle(system)


async def compare(system: EmbeddedSystem) -> None:
    run = await month.compare(system, PERIOD, timeout_s=120)
    assert run.state == "done", run


async def two_clues(system: EmbeddedSystem) -> list[str]:
    """Give two clues to confirm, each of a household that has no episode yet."""
    monitored = (await month.read_register(system)).monitored
    by_household = {
        clue.household_id: clue.id
        for clue in await townships.read_clues(system)
        if clue.state == "dispatched" and clue.household_id not in monitored
    }
    return list(by_household.values())[:2]


async def confirm(system: EmbeddedSystem, clue_id: str) -> None:
    """Have the township visit and confirm a clue, so that the registry opens an episode."""
    async with system.client(BUREAU) as bureau:
        clue, _ = await bureau.clues.get(clue_id)
    town = townships.town_of(clue.area_code)
    await system.ensure_clients([township_client(town)])
    async with system.client(township_client(town).client_id) as township:
        _, etag = await township.clues.accept(clue.id, etag=(await township.clues.get(clue.id))[1])
        await township.clues.verify(
            clue.id,
            "confirmed_identify",
            etag=etag,
            verifiers=[f"{town[6:9]}-01", f"{town[6:9]}-02"],
            visited_on=system.clock.today(),
            reason=None,
            note="入户核实,情况属实",
        )


async def outcome(system: EmbeddedSystem) -> tuple[set[tuple[str, str, str]], set[tuple[str, str]]]:
    """Give all clues as (household, risk, severity), and for which (household, risk) an alert was raised."""
    known = await month.read_register(system)
    clues = {
        (known.hh_no[clue.household_id], clue.risk_type, clue.severity) for clue in await townships.read_clues(system)
    }
    async with system.client(SUBSCRIBER) as subscriber:
        after, raised = 0, set()
        while True:
            events, after = await subscriber.alerts.page(after)
            raised |= {
                (known.hh_no[e.data.household_id], e.data.risk_type or "") for e in events if e.data.kind == "raised"
            }
            if not events:
                return clues, raised


async def wait_for(what: str, inbox: Inbox, ids: set[str]) -> None:
    for _ in range(300):
        if ids <= inbox.events.keys():
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"{what}: {len(ids - inbox.events.keys())} of {len(ids)} alerts did not come")


async def back_up_under_load(system: EmbeddedSystem, drill: Drill) -> None:
    """Back up while findings are under way to a consumer that sleeps, departments push and people read."""
    alerts_worker = system.family.pids()["alerts-worker"]
    os.kill(alerts_worker, signal.SIGSTOP)
    is_done = False

    async def read_on() -> int:
        count = 0
        async with system.client(BUREAU) as bureau:
            while not is_done:
                count += len([household async for household in bureau.households.list()])
        return count

    async def push_on() -> int:
        count = 0
        while not is_done:
            await push(system, drill, "DS-EDU-ROLL")
            await asyncio.sleep(0.2)
            count += 1
        return count

    try:
        await compare(system)
        load = [asyncio.create_task(read_on()), asyncio.create_task(push_on())]
        with drill.timed("backup under load"):
            done = await asyncio.to_thread(bangfu, "backup", drill.backups, "--data-dir", drill.data)
        is_done = True
        reads, pushes = await asyncio.gather(*load)
    finally:
        os.kill(alerts_worker, signal.SIGCONT)
    assert done.returncode == 0, done.stderr
    assert reads > 0
    assert pushes > 0
    drill.manifest = verify(drill.backups)


async def lose_everything(system: EmbeddedSystem, drill: Drill) -> None:
    """Kill every process at once, delete the data directory; only the secrets and the backup are elsewhere."""
    shutil.copy(system.secrets_path, drill.secrets)
    for child in system.family.children.values():
        with contextlib.suppress(ProcessLookupError):
            child.kill()
    system.postgres.kill()
    await system.stop()
    shutil.rmtree(drill.data)
