"""The month as departments, townships and bureau drive it: a call is repeated, with the same key, until it holds."""

from __future__ import annotations

import asyncio
import atexit
import functools
import json
import random
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bangfu.sdk.models import Receipt
from bangfu_county import MIN_HOUSEHOLDS, Manifest, generate
from bangfu_county.oracle import expected
from bangfu_county.oracle.files import read_rows
from bangfu_local.demo import journey, month, townships
from bangfu_local.embedded import standard_clients
from bangfu_local.embedded.clients import BUREAU, SECOND, department_client
from bangfu_local.embedded.policy import set_policy
from faults.drain import drained
from faults.nemesis.messages import plant_poison
from faults.nemesis.processes import roll
from faults.subscribers import Subscribers

if TYPE_CHECKING:
    from bangfu.sdk import Bangfu
    from bangfu.sdk.sharing import Pushed, Sent
    from faults.arena import Arena

PERIOD = "2026-10"
COUNTY = "990101000000"
SUPERSEDED = "DS-CIV-LOW"
RESUMED = "DS-EDU-ROLL"
SINGLE = "DS-HOU-GRADE"
SINGLES = 3
DRAIN_S = 60.0
_DAYS = (3, -2, 11)
"""How the clock goes from 10 November: past the first warnings, back before them, and past what is due on the 20th."""
_SMALL_PART_BYTES = 12_000


class PowerCutError(Exception):
    """A department's own computer goes off in the middle of an upload."""


@dataclass(frozen=True)
class County:
    """The generated county and what must be found in it.

    Attributes:
        folder: The files; removed when the harness ends.
        truth: The oracle's findings.
    """

    folder: Path
    manifest: Manifest
    truth: frozenset[month.Case]

    @classmethod
    @functools.cache
    def only(cls) -> County:
        """The same for every run, so that it is made and worked out once."""
        holder = tempfile.TemporaryDirectory(prefix="bangfu-county-")
        atexit.register(holder.cleanup)
        folder = Path(holder.name)
        manifest = generate(folder, households=MIN_HOUSEHOLDS, seed=7, period=PERIOD)
        return cls(folder, manifest, frozenset(expected(folder)))


@dataclass
class Month:
    """A county's month.

    Attributes:
        receipts: Every receipt that a client was given, by delivery.
        results: What was verified and what the clue became, by clue id.
        by_hand: Clues of a self-application and a visit.
        towns: The townships that verified.
        in_hand: Whose each duty is that somebody was told to have in hand.
    """

    arena: Arena
    seed: int
    receipts: dict[str, Receipt] = field(default_factory=dict)
    results: dict[str, tuple[str, str]] = field(default_factory=dict)
    by_hand: list[str] = field(default_factory=list)
    towns: list[str] = field(default_factory=list)
    in_hand: dict[str, str] = field(default_factory=dict)
    register: month.Registered = field(default_factory=lambda: month.Registered({}, {}, {}, set()))
    subscribers: Subscribers | None = None
    county: County = field(default_factory=County.only)

    @property
    def manifest(self) -> Manifest:
        """What was generated."""
        return self.county.manifest

    def steps(self) -> dict[str, Callable[[], Awaitable[None]]]:
        """The steps by name, in order (`faults.plan.STEPS`)."""
        return {
            "clients": self.clients,
            "register": self.import_register,
            "deliver": self.deliver,
            "compare": self.compare,
            "verify": self.verify,
            "records": self.records,
            "supersede": self.supersede,
            "recompare": self.compare,
            "days_pass": self.days_pass,
        }

    async def clients(self) -> None:
        """Register the clients, subscribe on all channels."""
        await self.arena.system.ensure_clients(standard_clients(COUNTY))
        self.subscribers = await Subscribers.open(self.arena)

    async def import_register(self) -> None:
        """Areas, policy, households."""
        registry = self.county.folder / "registry"
        async with self._client(BUREAU) as bureau:
            await bureau.areas.import_file(registry / "areas.csv")
            async with self._client(SECOND) as second:
                await set_policy(bureau, second, COUNTY, datetime(2026, 11, 1, tzinfo=UTC).date())
            outcome = await bureau.households.import_file(registry / "households.ndjson")
        self.arena.history.append("imported", outcome=outcome.model_dump(mode="json"))
        await plant_poison(self.arena)

    async def deliver(self) -> None:
        """All departments push at once; one dataset comes wrong at first, one in many parts with a power cut."""
        files: dict[tuple[str, str], list[Path]] = defaultdict(list)
        for entry in sorted(self.manifest.files, key=lambda entry: entry.part):
            files[entry.department, entry.dataset].append(self.county.folder / entry.path)

        async def push(department: str) -> None:
            async with self._client(department_client(department)) as bangfu:
                for (owner, dataset), paths in files.items():
                    if owner != department:
                        continue
                    if dataset == SUPERSEDED:
                        paths = [self._wrong(paths)]
                    if dataset == RESUMED:
                        await self._note(bangfu, await self._push_with_a_power_cut(bangfu, paths))
                    else:
                        await self._note(bangfu, await bangfu.deliveries.push(dataset, paths, period=PERIOD))

        async def change_of_mind() -> None:
            async with self._client("edu") as bangfu:
                opened = await bangfu.deliveries.open(RESUMED, PERIOD)
                await bangfu.deliveries.abandon(opened.id)

        await asyncio.gather(
            *(push(department) for department in sorted({owner for owner, _ in files})), change_of_mind()
        )

    async def compare(self) -> None:
        """Wait for the snapshots, compare the month, wait until its clues are there."""
        await drained(self.arena, within_s=DRAIN_S)
        for _ in range(3):
            run = await month.compare(self.arena.system, PERIOD, timeout_s=DRAIN_S * self.arena.slowness)
            self.arena.history.append("compared", run=run.id, state=run.state)
            if run.state == "done":
                break  # a run whose worker died three times is given up; the bureau starts another
        assert run.state == "done", f"the comparison is {run.state}: {run.model_extra}"
        await drained(self.arena, within_s=DRAIN_S)

    async def verify(self) -> None:
        """Three townships verify clues; one takes a self-application and reports a visit."""
        self.register = await month.read_register(self.arena.system)
        clues = await townships.read_clues(self.arena.system)
        self.towns = towns = townships.busiest_towns(clues)
        self.results = await townships.verify(self.arena.system, clues, towns, self.register.monitored)
        taken = {clue.household_id for clue in clues}
        free = [
            (household, area)
            for household, area in sorted(self.register.area.items())
            if townships.town_of(area) == towns[0] and household not in taken
        ]
        self.by_hand = await journey.report_by_hand(self.arena.system, free[:2], towns[0])
        self.arena.history.append("verified", clues=self.results, by_hand=self.by_hand)

    async def records(self) -> None:
        """One department pushes single rows, as things happen: rows that its file had too, so the truth stays."""
        rows = self._good_rows(SINGLE)
        async with self._client("hou") as bangfu:
            for row in random.Random(self.seed).sample(rows, SINGLES):
                receipt = await bangfu.datasets.record(SINGLE, PERIOD, row)
                self.receipts[receipt.delivery_id] = receipt

    async def supersede(self) -> None:
        """The wrong delivery is replaced by the right one."""
        paths = [self.county.folder / entry.path for entry in self.manifest.files if entry.dataset == SUPERSEDED]
        async with self._client("civ") as bangfu:
            right = await bangfu.deliveries.push(SUPERSEDED, sorted(paths), period=PERIOD, part_bytes=_SMALL_PART_BYTES)
            await self._note(bangfu, right)

    async def days_pass(self) -> None:
        """Duties are taken in hand; then days pass, by a clock that once goes back."""
        await roll(self.arena, "sharing-worker")  # it looks at what waits when it begins, else within a minute
        await self._take_in_hand(BUREAU, "W01")
        for town in self.towns:
            await self._take_in_hand(townships.township_client(town).client_id, "D03")
        for days in _DAYS:
            await self.arena.move_clock(timedelta(days=days))
            await drained(self.arena, within_s=DRAIN_S)

    # --- inside ---------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def _client(self, client_id: str) -> AsyncIterator[Bangfu]:
        async with self.arena.client(client_id) as bangfu:
            yield bangfu

    async def _take_in_hand(self, client_id: str, kind: str) -> None:
        """Take the first duty of a kind that there is, or comes."""
        async with self._client(client_id) as bangfu, asyncio.timeout(DRAIN_S * self.arena.slowness):
            while not (duties := [duty async for duty in bangfu.duties.list(kind=kind, state="open")]):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
            taken = await bangfu.duties.accept(duties[0].id)
        self.in_hand[taken.id] = client_id
        self.arena.history.append("taken", duty=taken.id, by=client_id)

    async def _note(self, bangfu: Bangfu, pushed: Pushed) -> None:
        """Keep a receipt. The planted faults are a large share of a small list, which its department then believes."""
        receipt = pushed.receipt
        if receipt.hold is not None:
            await bangfu.deliveries.release(receipt.delivery_id, "退回行均为植入的错误行,其余可用")
        self.receipts[receipt.delivery_id] = receipt
        self.arena.history.append("receipt", **receipt.model_dump(mode="json"))

    async def _push_with_a_power_cut(self, bangfu: Bangfu, paths: list[Path]) -> Pushed:
        delivery = await bangfu.deliveries.open(RESUMED, PERIOD)

        def cut(sent: Sent) -> None:
            if sent.part.number == 2:
                raise PowerCutError

        try:
            return await bangfu.deliveries.send(delivery, paths, part_bytes=_SMALL_PART_BYTES, progress=cut)
        except PowerCutError:
            self.arena.history.append("power-cut", delivery=delivery.id)
        there = await bangfu.deliveries.get(delivery.id)
        return await bangfu.deliveries.send(there, paths, part_bytes=_SMALL_PART_BYTES)

    def _wrong(self, paths: list[Path]) -> Path:
        """Every second row of the right file: some findings are missing, others are too many."""
        rows = [row for path in paths for row in read_rows(path) if row is not None]
        wrong = self.arena.folder / "wrong.ndjson"
        wrong.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows[::2]), encoding="utf-8")
        return wrong

    def _good_rows(self, dataset: str) -> list[dict[str, str]]:
        """Rows that intake takes: those of planted hardship are never dirty."""
        rows = [
            row
            for entry in self.manifest.files
            if entry.dataset == dataset
            for row in read_rows(self.county.folder / entry.path)
            if row is not None and all(row.values())
        ]
        ids = [json.loads(line) for line in (self.county.folder / "registry/households.ndjson").open(encoding="utf-8")]
        known = {(m["id_no"], m["name"]) for household in ids for m in household["members"]}
        return [row for row in rows if (row["id_no"], row["name"]) in known]
