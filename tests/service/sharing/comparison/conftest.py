"""A sharing service with an empty county: deliveries through its API, households as snapshots, runs by its worker."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from contracts.envelope import CloudEvent, EventData, envelope_of
from contracts.registry import HouseholdSnapshotTaken, Member, PolicyProfileActivated, YearIncome
from servicekit.db import Database
from servicekit.ids import new_id
from servicekit.tokens import Tokeniser
from serving import IssuerForTests
from sharing.app import create_app
from sharing.comparison.executor import Executor
from sharing.directory.service import take_snapshots
from sharing.lake.service import lake_of
from sharing.policy.service import take_profiles
from sharing.settings import SharingSettings

KEY, OLD_KEY = bytes(range(32)), bytes(range(64, 96))
VILLAGE = "990101101201"
# The rules that these tests plant cases of. Whatever else the catalogue holds may find something in the same
# households.
PLANTED = frozenset({"R-AGR-01", "R-CIV-02", "R-HOU-02", "R-MED-02"})
SCOPES = (
    "deliveries:write",
    "deliveries:read",
    "comparison:run",
    "comparison:read",
    "findings:read",
    "rules:read",
    "departments:any",
)


def id_number(serial: int, born: str = "19800101") -> str:
    """A valid ID number of province 99."""
    digits = f"990101{born}{serial % 1000:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return digits + "10X98765432"[sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11]


def event(data: EventData) -> CloudEvent[Any]:
    """Wrap a fact as the bus delivers it."""
    return envelope_of(data, event_id=new_id(), source="/bangfu/registry", at=datetime.now(UTC))


def snapshot_of(household_id: str, version: int, *members: dict[str, Any], **values: Any) -> HouseholdSnapshotTaken:
    """Give a household's snapshot; `serial` of a member stands for its identity."""
    incomes = [
        YearIncome(year=year, net=amount, per_capita_net=amount, ref_per_capita=amount, self_paid=Decimal(0))
        for year, amount in values.pop("incomes", {}).items()
    ]
    tokeniser = Tokeniser(KEY)
    people = []
    for entry in members:
        number, name = id_number(entry["serial"]), entry.get("name", "张三")
        fixed = {
            "person_id": f"{household_id}-p{entry['serial']}",
            "id_token": tokeniser.id_token(number),
            "person_token": tokeniser.person_token(number, name),
            "birth_date": date(1980, 1, 1),
            "sex": "1",
            "relation": "head",
            "labour": "1",
            "has_finished_compulsory": True,
        }
        people.append(Member(**(fixed | {k: v for k, v in entry.items() if k not in ("serial", "name")})))
    fixed = {"area_code": VILLAGE, "hh_type": "0", "status": "active", "housing_tenure": "owned"}
    given = {"household_id": household_id, "version": version} | fixed | values
    return HouseholdSnapshotTaken(**given, members=people, incomes=incomes)


@dataclass
class World:
    """One service of the test's own: database, API client, executor."""

    database: Database
    client: httpx.AsyncClient
    executor: Executor
    issuer: IssuerForTests
    folder: Path
    period: str = "2026-10"
    versions: int = 0

    def headers(self, *scopes: str, **options: Any) -> dict[str, str]:
        """Authorization of the bureau, unless told otherwise."""
        return self.issuer.headers(*(scopes or SCOPES), **options)

    async def household(self, household_id: str, *members: dict[str, Any], **values: Any) -> None:
        """Take a snapshot of a household in; `serial` of a member stands for its identity."""
        self.versions += 1
        snapshot = snapshot_of(household_id, self.versions, *members, **values)
        async with self.database.transaction() as session:
            await take_snapshots(session, [snapshot])

    async def profile(self, version: int = 1, effective_from: date = date(2021, 1, 1), **parameters: str) -> None:
        """Activate a policy profile for the whole nation."""
        values = {name.replace("__", "."): Decimal(value) for name, value in parameters.items()}
        profile = PolicyProfileActivated(
            region="000000000000",
            version=version,
            effective_from=effective_from,
            source_document="文号",
            parameters=values,
        )
        async with self.database.transaction() as session:
            await take_profiles(session, [profile])

    async def deliver(self, dataset: str, *rows: dict[str, Any], department: str = "MED", **options: Any) -> str:
        """Deliver rows as the department does."""
        headers = self.headers(department=department, **options)
        if not rows:
            body = {"dataset": dataset, "period": self.period, "reason": "本期无数据"}
            answer = await self.client.post("/v1/deliveries/nil", json=body, headers=headers)
            assert answer.status_code in (200, 201), answer.text
            return answer.json()["delivery_id"]
        opened = await self.client.post(
            "/v1/deliveries", json={"dataset": dataset, "period": self.period}, headers=headers
        )
        assert opened.status_code == 201, opened.text
        delivery = opened.json()["id"]
        lines = "\n".join(json.dumps(self.row(row), ensure_ascii=False) for row in rows)
        part = await self.client.put(
            f"/v1/deliveries/{delivery}/parts/1",
            content=lines.encode(),
            headers=headers | {"Content-Type": "application/x-ndjson"},
        )
        assert part.status_code == 200, part.text
        assert part.json()["rejected"] == 0, part.text
        committed = await self.client.post(f"/v1/deliveries/{delivery}/commit", json={"part_count": 1}, headers=headers)
        assert committed.status_code == 200, committed.text
        return delivery

    @staticmethod
    def row(row: dict[str, Any]) -> dict[str, Any]:
        """Give the row with its identity."""
        rest = {key: value for key, value in row.items() if key not in ("serial", "name")}
        return {"id_no": id_number(row["serial"]), "name": row.get("name", "张三")} | rest

    async def compare(self, headers: dict[str, str] | None = None, **body: Any) -> dict[str, Any]:
        """Ask for a run and let the worker do it; give the finished run."""
        answer = await self.client.post(
            "/v1/comparison-runs", json={"period": self.period} | body, headers=headers or self.headers()
        )
        assert answer.status_code == 202, answer.text
        assert answer.headers["Location"] == f"/v1/comparison-runs/{answer.json()['id']}"
        while await self.executor.work_once():
            pass
        return await self.run(answer.json()["id"])

    async def run(self, run_id: str) -> dict[str, Any]:
        """Read a run."""
        answer = await self.client.get(f"/v1/comparison-runs/{run_id}", headers=self.headers())
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def events(self, rules: Collection[str] | None = PLANTED) -> list[tuple[str, dict[str, Any]]]:
        """Take what is in the outbox on findings: (last word of the type, data) of `rules`; it is then empty."""
        async with self.database.transaction() as session:
            found = await session.execute(
                text("DELETE FROM outbox WHERE topic = 'sharing.finding.v1' RETURNING id, type, key, data")
            )
            rows = sorted(found)
        for _, _, key, data in rows:
            assert data["household_id"] == key
        return [(kind.split(".")[-2], data) for _, kind, _, data in rows if rules is None or data["rule_id"] in rules]

    async def findings(
        self, headers: dict[str, str] | None = None, rules: Collection[str] | None = PLANTED, **query: Any
    ) -> list[dict[str, Any]]:
        """Read all pages of findings; give those of `rules`."""
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            query_now = query | ({"cursor": cursor} if cursor else {})
            answer = await self.client.get("/v1/findings", params=query_now, headers=headers or self.headers())
            assert answer.status_code == 200, answer.text
            found += answer.json()["items"]
            cursor = answer.json()["next_cursor"]
            if cursor is None:
                return [finding for finding in found if rules is None or finding["rule_id"] in rules]

    async def rows(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        """Query the database."""
        async with self.database.transaction() as session:
            return [tuple(row) for row in await session.execute(text(sql), values)]


@pytest.fixture(scope="module")
def database_url(service_database_url: Callable[[str], str]) -> str:
    """One database a module; each test begins with empty tables."""
    return service_database_url("sharing")


_EMPTY = """
DO $$ BEGIN EXECUTE (
    SELECT 'TRUNCATE ' || string_agg(quote_ident(tablename), ', ') FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> 'alembic_version');
END $$
"""


@pytest.fixture
async def world(
    database_url: str,
    make_client: Callable[[FastAPI], AbstractAsyncContextManager[httpx.AsyncClient]],
    issuer: IssuerForTests,
    test_issuers: list[Any],
    tmp_path: Path,
    move_clock: Callable[[float], None],
) -> AsyncIterator[World]:
    """A fresh service on 10 November 2026 with a policy profile and no household."""
    url = database_url
    settings = SharingSettings(
        mode="embedded",
        database_url=url,
        bus_url=f"embedded:{url}",
        issuers=test_issuers,
        token_key="aes-cmac:" + base64.b64encode(KEY).decode(),
        other_token_keys={"k0": "aes-cmac:" + base64.b64encode(OLD_KEY).decode()},
        reject_key=base64.b64encode(bytes(range(32, 64))).decode(),
        data_dir=tmp_path,
    )
    app = create_app(settings)
    move_clock((datetime(2026, 11, 10, 1, tzinfo=UTC) - datetime.now(UTC)).total_seconds())
    database = Database(url, service="sharing")
    executor = Executor(database, lake_of(settings), tmp_path / "comparison")
    async with make_client(app) as client:
        opened = World(database, client, executor, issuer, tmp_path / "comparison")
        async with database.transaction() as session:
            await session.execute(text(_EMPTY))
        await opened.profile()
        yield opened
    await database.dispose()
