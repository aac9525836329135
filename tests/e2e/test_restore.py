"""The restore drill: back up under load, lose everything, restore, repeat what was lost, equal the oracle (F-H).

Fault row 29; P1 to P5 after a disaster, P7 for what a backup holds. `make restore-drill` prints the figures.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pyarrow.parquet as parquet
import pytest

from bangfu.backup import BackupError, Manifest, Target, back_up, restore, restore_embedded, verify
from bangfu.backup import manifest as files
from bangfu.county import Manifest as County
from bangfu.county import generate
from bangfu.county.oracle import expected
from bangfu.demo import month, townships
from bangfu.demo.channels import (
    CursorReader,
    EmbeddedBusReader,
    Inbox,
    Listener,
    SseListener,
    WebhookReceiver,
    differences,
    published_alerts,
)
from bangfu.demo.journey import opened_episode
from bangfu.demo.options import COUNTY, DemoOptions
from bangfu.embedded import EmbeddedSystem, standard_clients
from bangfu.embedded.clients import BUREAU, SUBSCRIBER, department_client, township_client
from bangfu.embedded.secrets import Secrets
from bangfu.embedded.settle import settle
from bangfu.sdk import Bangfu
from servicekit.embedded.postgres import EmbeddedPostgres
from servicekit.ids import new_id

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

HOUSEHOLDS = 400
PERIOD = "2026-10"
BEFORE = ("DS-EDU-ROLL", "DS-EDU-EXEMPT", "DS-EDU-FEE", "DS-CIV-LOW", "DS-CIV-TEMP", "DS-HOU-GRADE")
AFTER = ("DS-MED-ENROL", "DS-MED-COST")
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
            dataset, [drill.county_dir / entry.path for entry in entries], period=PERIOD, compression="zstd"
        )
    return done.receipt.receipt_no


async def register(system: EmbeddedSystem, drill: Drill) -> None:
    async with system.client(BUREAU) as bureau:
        await bureau.areas.import_file(drill.county_dir / "registry/areas.csv")
        await bureau.policy.put(
            COUNTY,
            effective_from=system.clock.today().replace(month=1, day=1),
            source_document="演示县防返贫监测工作方案(合成)",
            parameters={"income.monitoring_line": "8500"},
        )
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
            raised |= {(known.hh_no[e.data.household_id], e.data.risk_type) for e in events if e.data.kind == "raised"}
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


@pytest.fixture(scope="module")
async def drill(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Drill]:
    """A county's month up to a disaster: half of it backed up, the other half lost."""
    folder = tmp_path_factory.mktemp("drill")
    county = generate(folder / "county", households=HOUSEHOLDS, seed=11, period=PERIOD)
    webhook = WebhookReceiver()
    await webhook.start()
    drill = Drill(folder, county, folder / "backups", folder / "kept-elsewhere.json", webhook)
    system = system_in(drill.data, clock_start=DemoOptions(period=PERIOD).clock_start)
    try:
        with drill.timed("half a month"):
            await system.start()
            await system.ensure_clients(standard_clients(COUNTY))
            await register(system, drill)
            async with system.client(SUBSCRIBER) as subscriber:
                webhook.secret = (
                    await subscriber.subscriptions.create("drill", "webhook", url=webhook.url)
                ).secret or ""
            for dataset in BEFORE:
                drill.receipts[dataset] = await push(system, drill, dataset)
            await compare(system)  # some alerts are out before the backup
            await settle(system)
            drill.clue_before, drill.clue_after = await two_clues(system)
            await confirm(system, drill.clue_before)
            await push(system, drill, AFTER[0])  # new findings for the run that the backup falls into
            drill.receipts[AFTER[0]] = await push(system, drill, AFTER[0])
            await settle(system)
        await back_up_under_load(system, drill)
        with drill.timed("the rest of the month"):
            for dataset in AFTER[1:]:
                drill.receipts[dataset] = await push(system, drill, dataset)
            await compare(system)
            await confirm(system, drill.clue_after)
            await settle(system)
        drill.clues, drill.raised = await outcome(system)
        published = await published_alerts(system.database_url("alerts"))
        drill.reader_was_at = published[-1].position
        await wait_for("webhook before the disaster", webhook.inbox, {seen.event_id for seen in published})
        await lose_everything(system, drill)
    finally:
        await system.stop()
    yield drill
    await webhook.stop()


async def repeat_what_was_lost(system: EmbeddedSystem, drill: Drill) -> list[str]:
    """Let departments push again every dataset whose receipt the restored system does not know."""
    with psycopg.connect(system.database_url("sharing")) as connection:
        rows = connection.execute("SELECT receipt_no FROM delivery WHERE receipt_no IS NOT NULL").fetchall()
    known = {receipt for (receipt,) in rows}
    lost = [dataset for dataset, receipt in drill.receipts.items() if receipt not in known]
    for dataset in lost:
        receipt = await push(system, drill, dataset)
        assert receipt not in drill.receipts.values(), "a number on a department's file was given to another delivery"
    return lost


@contextlib.asynccontextmanager
async def channels_of(
    system: EmbeddedSystem, subscriber: Bangfu, drill: Drill
) -> AsyncIterator[tuple[list[Listener], CursorReader]]:
    """New readers of everything, and the reader that is ahead of the restored feed."""
    survivor = CursorReader(subscriber)
    survivor._after = drill.reader_was_at
    fresh: list[Listener] = [
        CursorReader(subscriber),
        SseListener(subscriber),
        EmbeddedBusReader(system.bus_database_url),
    ]
    for listener in (*fresh, survivor):
        listener.start()
    try:
        yield fresh, survivor
    finally:
        for listener in (*fresh, survivor):
            await listener.stop()


async def repeat_the_rest(system: EmbeddedSystem, drill: Drill) -> None:
    """See that what was backed up is there and what came later is not; then do the latter again."""
    async with system.client(BUREAU) as bureau:
        states = [(await bureau.clues.get(clue))[0].state for clue in (drill.clue_before, drill.clue_after)]
        assert states == ["confirmed_identify", "dispatched"]
        await opened_episode(bureau, drill.clue_before)
    assert await repeat_what_was_lost(system, drill) == list(AFTER[1:])
    await compare(system)
    await confirm(system, drill.clue_after)
    await settle(system)


async def test_the_restored_and_repeated_month_equals_the_oracle_and_every_subscriber_has_every_alert(
    drill: Drill, capsys: pytest.CaptureFixture[str]
) -> None:
    """P2, P3, P5: kill everything, delete the volumes, restore without the broker, replay, repeat: equal."""
    with drill.timed("restore"):
        done = bangfu("restore", drill.backups, "--data-dir", drill.data, "--secrets", drill.secrets, "--without-bus")
    assert done.returncode == 0, done.stderr
    assert "重新发布事件" in re.sub(r"\s", "", done.stdout)
    async with system_in(drill.data) as system, system.client(SUBSCRIBER) as subscriber:
        with drill.timed("replay"):
            await system.ensure_clients(standard_clients(COUNTY))
            await settle(system)
        at_restore = {seen.event_id for seen in await published_alerts(system.database_url("alerts"))}
        async with channels_of(system, subscriber, drill) as (fresh, survivor):
            with drill.timed("repeat the rest"):
                await repeat_the_rest(system, drill)
            found = await month.read_findings(system, PERIOD, await month.read_register(system))
            assert found == set(await asyncio.to_thread(expected, drill.county_dir))
            assert await outcome(system) == (drill.clues, drill.raised)
            check_once_per_clue(system)

            published = await published_alerts(system.database_url("alerts"))
            ids = {seen.event_id for seen in published}
            for channel in fresh:
                await wait_for(channel.inbox.name, channel.inbox, ids)
                assert differences(published, channel.inbox, published[-1].position) == []
            await wait_for("webhook", drill.webhook.inbox, ids)
            assert drill.webhook.inbox.refused == 0
            anew = {seen.event_id for seen in published if seen.position > drill.reader_was_at}
            assert anew >= ids - at_restore, "positions went back to what readers had seen"
            await wait_for("a reader ahead of the feed", survivor.inbox, anew)
        lost = drill.webhook.inbox.events.keys() - ids
    with capsys.disabled():
        tell(drill, alerts=len(ids), anew=len(anew), lost=len(lost))
    shutil.rmtree(drill.data)


def check_once_per_clue(system: EmbeddedSystem) -> None:
    """P3: redelivered or not, a confirmed clue opened one episode and a finding is one source."""
    with psycopg.connect(system.database_url("registry")) as connection:
        episodes = connection.execute(
            "SELECT clue_id, count(*) FROM episode WHERE clue_id IS NOT NULL GROUP BY 1 HAVING count(*) > 1"
        ).fetchall()
    with psycopg.connect(system.database_url("alerts")) as connection:
        sources = connection.execute(
            "SELECT finding_id FROM clue_source WHERE finding_id IS NOT NULL AND withdrawn_at IS NULL"
            " GROUP BY 1 HAVING count(*) > 1"
        ).fetchall()
    assert (episodes, sources) == ([], [])


def tell(drill: Drill, *, alerts: int, anew: int, lost: int) -> None:
    manifest = drill.manifest
    assert manifest is not None
    sizes = ", ".join(f"{name} {dump.size / 2**20:.2f}" for name, dump in manifest.databases.items())
    print(f"\n\nrestore drill: {HOUSEHOLDS} households")
    print(f"  backup     {sizes} MiB; lake {manifest.parts} parts, {manifest.part_bytes / 2**20:.2f} MiB")
    print(f"  paused     consumers for {manifest.paused_ms} ms")
    for what, seconds in drill.seconds.items():
        print(f"  {seconds:6.1f} s   {what}")
    print(f"  alerts     {alerts} in all, {anew} after the restore; {lost} of the lost time have other ids now")


def numbers_of(county: Path) -> set[bytes]:
    with (county / "registry/households.ndjson").open(encoding="utf-8") as lines:
        found = {(m["id_no"] or "").encode() for line in lines for m in json.loads(line)["members"]}
    return found - {b""}


def test_no_id_number_of_the_county_is_in_the_backup_in_clear(drill: Drill) -> None:
    """P7: dumps are read unpacked and parts value by value; neither holds a citizen's number."""
    numbers = numbers_of(drill.county_dir)
    assert len(numbers) > 1000
    shape = re.compile(rb"(?<![0-9A-Za-z])(?:\d{17}[0-9Xx]|\d{15})(?![0-9A-Za-z])")
    seen = {".gz": 0, ".parquet": 0}
    for path in [path for path in drill.backups.rglob("*") if path.is_file()]:
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
        elif path.suffix == ".parquet":
            content += str(parquet.read_table(path).to_pylist()).encode()
        seen[path.suffix] = seen.get(path.suffix, 0) + 1
        found = {match.group() for match in shape.finditer(content)} & numbers
        assert not found, f"{path.relative_to(drill.backups)} holds {len(found)} ID numbers in clear"
    assert seen[".gz"] > 20
    assert seen[".parquet"] >= len(BEFORE)
    keys = Secrets.load(drill.secrets)
    everything = b"".join(path.read_bytes() for path in drill.backups.rglob("*.json*"))
    assert not [name for name, key in keys.keys.items() if key.encode() in everything]


@pytest.fixture
def copy(drill: Drill, tmp_path: Path) -> Path:
    """The backup folder, to be damaged."""
    return Path(shutil.copytree(drill.backups, tmp_path / "backups"))


def flip_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("what", ["manifest.json", "databases/alerts/toc.dat", "parts.ndjson", "part", "part missing"])
def test_a_damaged_backup_is_refused_before_anything_is_touched(
    drill: Drill, copy: Path, tmp_path: Path, what: str
) -> None:
    [backup] = files.backups_in(copy)
    part = copy / "lake" / next(files.read_parts(backup)).path
    if what == "part missing":
        part.unlink()
    else:
        flip_a_byte(part if what == "part" else backup / what)
    with pytest.raises(BackupError, match="damaged"):
        restore_embedded(tmp_path / "data", copy, secrets_path=drill.secrets)
    assert not (tmp_path / "data").exists()
    assert not list(tmp_path.glob(".data.restoring"))


def test_a_restore_without_the_keys_of_the_backup_is_refused(drill: Drill, tmp_path: Path) -> None:
    other = Secrets.load(drill.secrets)
    other.keys["registry.encryption"] = Secrets().key("registry.encryption")
    other.save(tmp_path / "secrets.json")
    with pytest.raises(BackupError, match=r"registry\.encryption"):
        restore_embedded(tmp_path / "data", drill.backups, secrets_path=tmp_path / "secrets.json")
    assert not (tmp_path / "data").exists()


# --- databases by URL, as in compose and Kubernetes ---------------------------------------------------------------


@pytest.fixture
def target(drill: Drill, postgres: EmbeddedPostgres, tmp_path: Path) -> Target:
    """Four empty databases and an empty lake; no embedded bus, so the broker counts as lost."""
    suffix = new_id().replace("-", "")[-12:]
    databases = {name: postgres.create_database(f"{name}_{suffix}", role=f"{name}_{suffix}") for name in SERVICES}
    manifest = drill.manifest
    assert manifest is not None
    return Target(databases=databases, lake=str(tmp_path / "lake"), keys=manifest.keys)


def rows(target: Target) -> dict[str, list[tuple[object, ...]]]:
    """Everything that must be the same after a round trip, table by table."""
    found: dict[str, list[tuple[object, ...]]] = {}
    for name, url in target.databases.items():
        with psycopg.connect(url) as connection:
            tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            for (table,) in tables:
                if table not in ("feed_floor", "outbox"):  # both change on purpose
                    found[f"{name}.{table}"] = sorted(connection.execute(f'SELECT t::text FROM "{table}" t').fetchall())
    return found


def test_a_backup_of_a_restored_system_holds_the_same_rows_and_costs_only_new_parts(
    drill: Drill, target: Target, postgres: EmbeddedPostgres, copy: Path, tmp_path: Path
) -> None:
    done = restore(target, copy)
    assert done.replayed > 0
    assert done.parts == sum(1 for path in (tmp_path / "lake").rglob("*") if path.is_file())
    again = back_up(target, copy)
    assert (again.parts, again.new_parts) == (done.parts, 0)
    with pytest.raises(BackupError, match="not empty"):
        restore(target, copy)
    before = rows(target)
    restore(target, copy, is_forced=True)
    assert rows(target) == before
    last = back_up(target, copy, keep=1)
    assert [path.name for path in files.backups_in(copy)] == [last.name]
    assert verify(copy) == last


def test_a_restore_that_was_cut_off_is_begun_again_without_force(
    target: Target, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def power_cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as during:
        during.setattr("bangfu.backup.parts.put_back", power_cut)
        with pytest.raises(KeyboardInterrupt):
            restore(target, copy)
    assert restore(target, copy).parts > 0


def test_a_backup_that_was_cut_off_is_not_seen_and_leaves_nothing_behind(
    target: Target, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    restore(target, copy)
    known = files.backups_in(copy)

    def power_cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as during:
        during.setattr("bangfu.backup.manifest.write_manifest", power_cut)
        with pytest.raises(KeyboardInterrupt):
            back_up(target, copy)
    assert files.backups_in(copy) == known
    back_up(target, copy)
    assert not list(copy.glob(".unfinished-*"))
