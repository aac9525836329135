"""Datasets, deliveries, comparison runs and findings."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter, deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bangfu.sdk import files
from bangfu.sdk.decisions import Deciding
from bangfu.sdk.http import PATIENT, Resource
from bangfu.sdk.models import (
    Answer,
    ComparisonRun,
    Coverage,
    Dataset,
    Delivery,
    Finding,
    Part,
    Receipt,
    Reject,
    WorklistRow,
)
from bangfu.sdk.problems import WaitedTooLong

Progress = Callable[["Sent"], None]

_PARTS_UNDER_WAY = 2  # the server checks one while it makes the other durable; more would only cost memory


@dataclass(frozen=True)
class Sent:
    """One more part arrived.

    Attributes:
        source_bytes: How far into `path` the part reaches, in bytes on disk.
        was_there: The server had it already (resumed).
    """

    path: Path
    part: Part
    source_bytes: int
    was_there: bool


@dataclass(frozen=True)
class Pushed:
    """A committed delivery with what its parts were cut from."""

    receipt: Receipt
    parts: list[Part]
    origin: dict[int, tuple[Path, int]] = field(repr=False)

    @property
    def rows(self) -> int:
        """Rows read by the server, taken or not."""
        return sum(part.rows for part in self.parts)

    def place_of(self, reject: Reject) -> tuple[str, int]:
        """File name and line of a rejected row."""
        path, shift = self.origin[reject.part or 1]
        return path.name, reject.line + shift


class Deliveries(Deciding):
    """`/v1/deliveries`: a department's month."""

    _decided = "/v1/deliveries"

    async def open(
        self,
        dataset: str,
        period: str,
        *,
        strict: bool = False,
        mode: str | None = None,
        corrects: str | None = None,
        area_code: str | None = None,
        key: str | None = None,
    ) -> Delivery:
        """Open a delivery for a period (`YYYY-MM`); with `strict` one wrong row refuses the whole.

        Args:
            mode: `full`, `incremental` or `correction`; without it the dataset's own, or what the file says.
            corrects: The delivery whose rejected rows are mended; with mode `correction`.
            area_code: Whose data it is; a client with one area need not say.
        """
        given = {"mode": mode, "corrects": corrects, "area_code": area_code}
        body = {"dataset": dataset, "period": period, "strict": strict}
        body |= {name: value for name, value in given.items() if value is not None}
        return await self._http.post("/v1/deliveries", body, Delivery, key=key)

    async def get(self, delivery_id: str) -> Delivery:
        """Read a delivery and the parts that are there."""
        return await self._http.get(f"/v1/deliveries/{delivery_id}", Delivery)

    def list(
        self, *, dataset: str | None = None, period: str | None = None, state: str | None = None
    ) -> AsyncIterator[Delivery]:
        """Yield deliveries; of state `held` those that wait to be believed."""
        return self._http.items("/v1/deliveries", Delivery, dataset=dataset, period=period, state=state)

    async def put_part(self, delivery_id: str, part: files.FilePart) -> Part:
        """Send one part; sending it again changes nothing."""
        path = f"/v1/deliveries/{delivery_id}/parts/{part.number}"
        return await self._http.call("PUT", path, Part, content=part.body, headers=part.headers)

    async def commit(self, delivery_id: str, parts: Sequence[Part]) -> Receipt:
        """Commit the delivery; repeating it gives the same receipt."""
        body = {"parts": [{"number": part.number, "sha256": part.sha256} for part in parts]}
        path = f"/v1/deliveries/{delivery_id}/commit"
        return await self._http.call("POST", path, Receipt, json=body, timeout=PATIENT)

    async def release(self, delivery_id: str, reason: str) -> Delivery:
        """Believe a held list: it counts from now on."""
        return await self._http.post(f"/v1/deliveries/{delivery_id}/release", {"reason": reason}, Delivery)

    async def withdraw(self, delivery_id: str, reason: str) -> Delivery:
        """Give a held list up: the one before stays effective."""
        return await self._http.post(f"/v1/deliveries/{delivery_id}/withdraw", {"reason": reason}, Delivery)

    async def abandon(self, delivery_id: str) -> None:
        """Give up an open delivery; nothing of it is kept."""
        await self._http.request("DELETE", f"/v1/deliveries/{delivery_id}")

    async def nil(self, dataset: str, period: str, reason: str, *, key: str | None = None) -> Receipt:
        """Declare that a dataset has no rows for a period (零报告)."""
        body = {"dataset": dataset, "period": period, "reason": reason}
        return await self._http.post("/v1/deliveries/nil", body, Receipt, key=key)

    async def ledger(self, period: str) -> Answer:
        """Read who delivered what for a period, and what is overdue."""
        return await self._http.get("/v1/ledger", Answer, period=period)

    async def rejects(self, delivery_id: str) -> AsyncIterator[Reject]:
        """Yield the rejected rows of a delivery with line, field, code and message."""
        path = f"/v1/deliveries/{delivery_id}/rejects"
        async with self._http.open_stream(path, params={"format": "ndjson"}) as response:
            async for line in response.aiter_lines():
                if line.strip():
                    yield Reject.model_validate(json.loads(line))

    async def reject_counts(self, delivery_id: str) -> Counter[str]:
        """Count rejected rows by code; a row with several faults counts under each."""
        counts: Counter[str] = Counter()
        async for reject in self.rejects(delivery_id):
            counts[reject.code] += 1
        return counts

    async def push(
        self,
        dataset: str,
        paths: Sequence[Path],
        *,
        period: str,
        strict: bool = False,
        part_bytes: int = files.PART_BYTES,
        charset: str | None = None,
        progress: Progress | None = None,
    ) -> Pushed:
        """Open a delivery, send files as it and commit it; see `send`."""
        delivery = await self.open(dataset, period, strict=strict)
        return await self.send(delivery, paths, part_bytes=part_bytes, charset=charset, progress=progress)

    async def send(
        self,
        delivery: Delivery,
        paths: Sequence[Path],
        *,
        part_bytes: int = files.PART_BYTES,
        compression: files.Compression = "zstd",
        charset: str | None = None,
        skip_hidden: bool = False,
        progress: Progress | None = None,
    ) -> Pushed:
        """Send files as an open delivery and commit it.

        Two parts are under way at once while the next is being read and compressed; they are begun and told to
        `progress` in their order. Parts that the server has already, by number and digest, are not sent again: to
        resume, `get` the delivery and send the same files, cut with the same settings.

        Raises:
            BangfuProblem: the delivery or a part was refused; the delivery stays open and can be resumed.
            NoAnswer: the gateway was unreachable for longer than the retries last.
        """
        there = {part.number: part for part in delivery.parts}
        stored: list[Part] = []
        origin: dict[int, tuple[Path, int]] = {}

        async def send_part(piece: files.FilePart) -> Sent:
            known = there.get(piece.number)
            was_there = known is not None and known.sha256 == piece.sha256
            part = known if known is not None and was_there else await self.put_part(delivery.id, piece)
            return Sent(piece.path, part, piece.source_bytes, was_there)

        async def settle() -> None:
            sent = await under_way[0]
            under_way.popleft()
            stored.append(sent.part)
            if progress:
                progress(sent)

        under_way: deque[asyncio.Task[Sent]] = deque()
        cutting = files.cut(
            list(paths), part_bytes=part_bytes, compression=compression, charset=charset, skip_hidden=skip_hidden
        )
        try:
            async with aclosing(_read_ahead(cutting)) as pieces:
                async for piece in pieces:
                    origin[piece.number] = (piece.path, piece.file_line(0))
                    under_way.append(asyncio.create_task(send_part(piece)))
                    if len(under_way) == _PARTS_UNDER_WAY:
                        await settle()
            while under_way:
                await settle()
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)
        receipt = await self.commit(delivery.id, stored)
        return Pushed(receipt, stored, origin)


async def _read_ahead(cutting: Iterator[files.FilePart]) -> AsyncGenerator[files.FilePart, None]:
    """Yield parts in order; the next one is cut in a thread meanwhile."""
    upcoming = asyncio.create_task(asyncio.to_thread(next, cutting, None))
    try:
        while (piece := await upcoming) is not None:
            upcoming = asyncio.create_task(asyncio.to_thread(next, cutting, None))
            yield piece
    finally:
        if not upcoming.done():
            await asyncio.wait([upcoming])


class Datasets(Resource):
    """`/v1/datasets`: what each department delivers."""

    async def list(self) -> list[Dataset]:
        """Read all declarations."""
        return [dataset async for dataset in self._http.items("/v1/datasets", Dataset)]

    async def get(self, code: str) -> Dataset:
        """Read one declaration."""
        return await self._http.get(f"/v1/datasets/{code}", Dataset)

    async def template(self, code: str, file_format: str = "xlsx") -> bytes:
        """Download the empty form of a dataset, as `csv` or `xlsx`."""
        response = await self._http.request("GET", f"/v1/datasets/{code}/template", params={"format": file_format})
        return response.content

    async def record(self, code: str, period: str, record: Mapping[str, Any], *, key: str | None = None) -> Receipt:
        """Push a single row, for systems that report as things happen."""
        body = {"period": period, "record": dict(record)}
        return await self._http.post(f"/v1/datasets/{code}/records", body, Receipt, key=key)


class Comparison(Resource):
    """`/v1/comparison-runs`, `/v1/findings`, `/v1/rules`."""

    async def start(self, period: str, *, key: str | None = None) -> ComparisonRun:
        """Start comparing a period; returns while it is queued."""
        return await self._http.post("/v1/comparison-runs", {"period": period}, ComparisonRun, key=key)

    async def what_if(
        self,
        period: str,
        *,
        parameters: Mapping[str, Any] | None = None,
        rules: Sequence[Mapping[str, Any]] = (),
        area: str | None = None,
        key: str | None = None,
    ) -> ComparisonRun:
        """Start to try other parameters or rules out on a period: `difference` of the run says what they would change.

        Args:
            rules: `id` and the entries of its file that are otherwise, or `retired`; all of them for a new rule.
        """
        body = {"period": period, "dry_run": True, "parameters": dict(parameters or {}), "rules": [*map(dict, rules)]}
        if area is not None:
            body["area_code"] = area
        return await self._http.post("/v1/comparison-runs", body, ComparisonRun, key=key)

    def runs(self, **filters: Any) -> AsyncIterator[ComparisonRun]:
        """Yield runs, newest first; `period`, `state`, `area` and others narrow."""
        return self._http.items("/v1/comparison-runs", ComparisonRun, **filters)

    async def get(self, run_id: str) -> ComparisonRun:
        """Read how far a run is."""
        return await self._http.get(f"/v1/comparison-runs/{run_id}", ComparisonRun)

    async def release(self, run_id: str, reason: str) -> ComparisonRun:
        """Believe a held run: it is made again and announces what it finds. Somebody else than who is behind it."""
        return await self._http.post(f"/v1/comparison-runs/{run_id}/release", {"reason": reason}, ComparisonRun)

    async def withdraw(self, run_id: str, reason: str) -> ComparisonRun:
        """Give a held run up: it never announced anything, and what stood before stands."""
        return await self._http.post(f"/v1/comparison-runs/{run_id}/withdraw", {"reason": reason}, ComparisonRun)

    async def wait(
        self,
        run_id: str,
        *,
        timeout_s: float = 600.0,
        poll_s: float = 0.3,
        told: Callable[[ComparisonRun], None] | None = None,
    ) -> ComparisonRun:
        """Wait until a run is done or failed.

        Raises:
            WaitedTooLong: after `timeout_s`.
        """
        ends_at = time.monotonic() + timeout_s
        while True:
            run = await self.get(run_id)
            if told:
                told(run)
            if run.is_over:
                return run
            if time.monotonic() > ends_at:
                raise WaitedTooLong(f"comparison run {run_id} is {run.state} after {timeout_s:.0f} s")
            await asyncio.sleep(poll_s)

    def findings(
        self, *, period: str, rule: str | None = None, area: str | None = None, limit: int = 200
    ) -> AsyncIterator[Finding]:
        """Yield the findings that hold for a period."""
        return self._http.items("/v1/findings", Finding, period=period, rule=rule, area=area, limit=limit)

    def coverage(
        self, period: str, *, area: str | None = None, rule: str | None = None, status: str | None = None
    ) -> AsyncIterator[Coverage]:
        """Yield what the newest comparison of a period said of each rule in each township."""
        return self._http.items("/v1/coverage", Coverage, period=period, area=area, rule=rule, status=status)

    async def finding(self, finding_id: str) -> Finding:
        """Read one finding with its evidence, parameters and sources."""
        return await self._http.get(f"/v1/findings/{finding_id}", Finding)

    async def explanation(self, finding_id: str) -> Answer:
        """Read why a finding is there: conditions, facts with their origin, and what would change it."""
        return await self._http.get(f"/v1/findings/{finding_id}/explanation", Answer)

    async def rules(self) -> list[Answer]:
        """Read all rules with predicate, parameters and source."""
        response = await self._http.request("GET", "/v1/rules")
        return [Answer.model_validate(rule) for rule in response.json()]

    async def rule(self, rule_id: str) -> Answer:
        """Read one rule."""
        return await self._http.get(f"/v1/rules/{rule_id}", Answer)

    async def precision(self, rule_id: str) -> Answer:
        """Read how often a rule's findings were confirmed, excluded or withdrawn."""
        return await self._http.get(f"/v1/rules/{rule_id}/precision", Answer)


class Worklist(Deciding):
    """`/v1/worklist`: rows that a comparison could not use or check, for a person to decide."""

    _decided = "/v1/worklist"

    def list(self, **filters: Any) -> AsyncIterator[WorklistRow]:
        """Yield rows; `dataset`, `kind`, `state` and others narrow."""
        return self._http.items("/v1/worklist", WorklistRow, **filters)

    async def get(self, row_id: str) -> tuple[WorklistRow, str]:
        """Read a row with its ETag."""
        return await self._http.versioned("GET", f"/v1/worklist/{row_id}", WorklistRow)

    async def decide(self, row_id: str, decision: Mapping[str, Any], *, etag: str) -> tuple[WorklistRow, str]:
        """Decide about a row; the next comparison uses it."""
        return await self._http.versioned(
            "POST", f"/v1/worklist/{row_id}/decision", WorklistRow, dict(decision), etag=etag
        )

    async def counts(self, **filters: Any) -> Answer:
        """Count rows by kind, state, dataset and township; filtered as the list is."""
        return await self._http.get("/v1/worklist/counts", Answer, **filters)
