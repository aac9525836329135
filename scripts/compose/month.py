"""A small county's month through the published port, and what must be true of it whatever was killed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from rich.progress import Progress

from bangfu.sdk.models import Receipt
from bangfu_county import Manifest, generate
from bangfu_county.oracle import expected
from bangfu_local.demo import month
from bangfu_local.demo.options import COUNTY
from bangfu_local.demo.report import Pushed
from bangfu_local.embedded.clients import BUREAU, SECOND, SUBSCRIBER
from bangfu_local.embedded.policy import set_policy
from scripts.compose.shell import CheckFailedError
from scripts.compose.stack import Stack

PERIOD = "2026-10"
_COMPARISON_LIMIT_S = 300.0
_ALERTS = "alerts.alert.v1"


@dataclass
class Month:
    """The county's files, what came of pushing them by dataset, and the receipts of deliveries by id."""

    stack: Stack
    county: Path
    manifest: Manifest
    pushed: dict[str, Pushed] = field(default_factory=dict)
    receipts: dict[str, Receipt] = field(default_factory=dict)

    @classmethod
    def of(cls, stack: Stack, folder: Path, households: int) -> Month:
        """Generate a county with planted hardship."""
        return cls(stack, folder, generate(folder, households=households, period=PERIOD))

    async def register(self) -> None:
        """Import areas, policy profile and households."""
        async with self.stack.client() as bureau:
            await bureau.areas.import_file(self.county / "registry" / "areas.csv")
            async with self.stack.client(SECOND) as second:
                await set_policy(bureau, second, COUNTY, date(int(PERIOD[:4]), 1, 1))
            done = await bureau.households.import_file(self.county / "registry" / "households.ndjson")
        if done.households != self.manifest.counts["households"] or done.rows_rejected:
            raise CheckFailedError(f"{done.households} households imported, {done.rows_rejected} rows rejected")

    async def push(self, *departments: str) -> None:
        """Push what these departments deliver; each must come back with the receipt that the generator expects."""
        with Progress(disable=True) as quiet:
            pushed = await month.push_month(self.stack, self.county, self.manifest, quiet, departments=departments)
        self.pushed |= pushed
        _refuse([line for line in month.intake_failures(self.pushed, self.manifest) if "not pushed" not in line])
        self.receipts |= await self._standing_receipts()

    async def _standing_receipts(self) -> dict[str, Receipt]:
        async with self.stack.client() as bureau:
            return {item.id: item.receipt async for item in bureau.deliveries.list(period=PERIOD) if item.receipt}

    async def start_comparison(self) -> str:
        """Ask for a comparison; gives its id while it is queued."""
        async with self.stack.client() as bureau:
            return (await bureau.comparison.start(PERIOD)).id

    async def finish_comparison(self, run_id: str) -> None:
        """Wait for it; what matched must be what the generator expects of the datasets delivered."""
        async with self.stack.client() as bureau:
            run = await bureau.comparison.wait(run_id, timeout_s=_COMPARISON_LIMIT_S)
        if run.state != "done":
            raise CheckFailedError(f"the comparison is {run.state}: {run.model_extra}")
        if self.pushed.keys() == self.manifest.dirt.keys():
            _refuse(month.matching_failures(run, self.pushed, self.manifest))

    async def alerts(self) -> int:
        """Read all alerts by cursor and from Kafka; both must be what the alerts service's database says it published.

        Returns:
            How many there are.
        """
        async with self.stack.client(SUBSCRIBER) as subscriber:
            by_cursor = [event.id async for event in subscriber.alerts.read()]
        on_kafka = self.stack.topic_ids(_ALERTS)
        query = f"SELECT event_id FROM outbox WHERE topic = '{_ALERTS}'"
        published = {event_id for (event_id,) in self.stack.sql("alerts", query)}
        wrong = [
            f"{place}: of {len(published)} alerts {len(published - set(ids))} missing, {len(set(ids) - published)} odd"
            for place, ids in (("by cursor", by_cursor), ("on Kafka", on_kafka))
            if set(ids) != published
        ]
        if len(by_cursor) != len(set(by_cursor)):
            wrong.append("the feed shows an alert twice")
        _refuse(wrong)
        return len(published)

    async def nothing_lost(self) -> None:
        """Hold the end against the truth: every receipt still stands, the findings are the oracle's, none is dead."""
        wrong: list[str] = []
        standing = await self._standing_receipts()
        for delivery_id, receipt in self.receipts.items():
            if standing.get(delivery_id) != receipt:
                wrong.append(f"the receipt {receipt.receipt_no} of delivery {delivery_id} does not stand any more")
        register = await month.read_register(self.stack)
        found = await month.read_findings(self.stack, PERIOD, register)
        truth: set[month.Case] = set(expected(self.county))
        wrong += month.finding_failures(found, truth, self.manifest)
        # Each household and risk with a finding has its clue, and each clue its alert.
        async with self.stack.client(BUREAU) as bureau:
            clues = {clue.household_id async for clue in bureau.clues.list()}
            findings = {finding.household_id async for finding in bureau.comparison.findings(period=PERIOD)}
        if clues != findings:
            wrong.append(f"{len(clues)} households have a clue, {len(findings)} should")
        _refuse(wrong)


def _refuse(wrong: list[str]) -> None:
    if wrong:
        raise CheckFailedError("\n".join(wrong))
