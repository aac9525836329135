"""The restore drill: back up under load, lose everything, restore, repeat what was lost, equal the oracle.

Fault row 29; P1 to P5 after a disaster, P7 for what a backup holds. `make restore-drill` prints the figures.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import psycopg
import pyarrow.parquet as parquet
import pytest

from bangfu.sdk import Bangfu
from bangfu_backup import manifest as files
from bangfu_backup.create import back_up
from bangfu_backup.errors import BackupError
from bangfu_backup.restore import restore, restore_embedded, verify
from bangfu_backup.target import Target
from bangfu_county import generate
from bangfu_county.oracle import expected
from bangfu_local.demo import month
from bangfu_local.demo.channels import (
    CursorReader,
    EmbeddedBusReader,
    Listener,
    SseListener,
    WebhookReceiver,
    differences,
    published_alerts,
)
from bangfu_local.demo.journey import opened_episode
from bangfu_local.demo.options import COUNTY, DemoOptions
from bangfu_local.embedded import EmbeddedSystem, standard_clients
from bangfu_local.embedded.clients import BUREAU, SUBSCRIBER
from bangfu_local.embedded.secrets import Secrets
from bangfu_local.embedded.settle import settle
from servicekit.embedded.postgres import EmbeddedPostgres
from servicekit.ids import new_id

from .restore_drill import (
    AFTER,
    BEFORE,
    HOUSEHOLDS,
    PERIOD,
    SERVICES,
    Drill,
    back_up_under_load,
    bangfu,
    compare,
    confirm,
    lose_everything,
    outcome,
    push,
    register,
    system_in,
    two_clues,
    wait_for,
)

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


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
            async with system.client(SUBSCRIBER) as subscriber:
                webhook.secret = (
                    await subscriber.subscriptions.create("drill", "webhook", url=webhook.url)
                ).secret or ""
            await register(system, drill)  # whose first alerts come of it alone
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
        await nothing_is_sent_until_it_is_resumed(system, drill)
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


async def nothing_is_sent_until_it_is_resumed(system: EmbeddedSystem, drill: Drill) -> None:
    """The restored system says that it is held, and sends nothing, until an operator lets it."""
    sent = len(drill.webhook.inbox.events)
    async with httpx.AsyncClient(trust_env=False) as http:
        for _ in range(100):
            ready = (await http.get(system.worker_url("alerts") + "/readyz")).json()
            if "remarks" in ready:
                break
            await asyncio.sleep(0.1)
        assert "bangfu resume" in ready["remarks"]["outward"]
        metrics = (await http.get(system.worker_url("alerts") + "/metrics")).text
    assert 'bangfu_outward_held{service="alerts"} 1.0' in metrics
    with psycopg.connect(system.database_url("alerts")) as connection:
        waiting = connection.execute("SELECT count(*) FROM outbox WHERE published_at IS NULL").fetchone()
    assert waiting is not None
    assert waiting[0] > 0, "what subscribers read waits in the outbox"
    assert len(drill.webhook.inbox.events) == sent
    assert "暂停" in bangfu("resume", "--check", "--data-dir", drill.data).stdout
    resumed = bangfu("resume", "--data-dir", drill.data)
    assert resumed.returncode == 0, resumed.stderr


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


def test_the_embedded_bus_comes_back_with_what_was_under_way_on_it(drill: Drill, copy: Path, tmp_path: Path) -> None:
    """Restored with its bus, nothing has to be replayed; and a system that does not run can be backed up."""
    done = restore_embedded(tmp_path / "data", copy, secrets_path=drill.secrets)
    assert (done.replayed, done.kept) == (0, None)
    with Target.of_data_dir(tmp_path / "data") as stopped:
        with psycopg.connect(stopped.databases["bus"]) as connection:
            under_way = connection.execute(
                "SELECT t.next_offset - g.next_offset FROM bus_topic t JOIN bus_group_offset g USING (topic)"
                " WHERE topic = 'sharing.finding.v1' AND consumer_group = 'alerts.clues'"
            ).fetchone()
        assert under_way is not None
        assert under_way[0] > 0, "the backup fell between findings and the worker that slept"
        assert back_up(stopped, copy).databases.keys() == {*SERVICES, "bus"}
    again = restore_embedded(tmp_path / "data", copy, is_forced=True)
    assert again.kept is not None
    assert (again.kept / "secrets.json").exists()


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
                if table not in ("change_era", "feed_floor", "outbox", "outward_hold"):  # they change on purpose
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
        during.setattr("bangfu_backup.parts.put_back", power_cut)
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
        during.setattr("bangfu_backup.manifest.write_manifest", power_cut)
        with pytest.raises(KeyboardInterrupt):
            back_up(target, copy)
    assert files.backups_in(copy) == known
    back_up(target, copy)
    assert not list(copy.glob(".unfinished-*"))
