"""A sharing service with a few households, and two departments that agree."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from contracts.registry import HouseholdSnapshotTaken, Member
from servicekit.db import Database
from servicekit.tokens import Tokeniser
from serving import IssuerForTests
from sharing.app import create_app
from sharing.directory.service import take_snapshots
from sharing.settings import SharingSettings

KEY = bytes(range(32))
COUNTY, TOWN, OTHER_TOWN = "990101000000", "990101101000", "990101102000"
VILLAGE, SECOND, ELSEWHERE = "990101101201", "990101101202", "990101102201"
TERMS = {
    "fields": ["area_code", "relief"], "area_codes": [TOWN],
    "legal_basis": "低收入人口动态监测办法", "purpose": "核对救助对象",
    "valid_from": "2026-11-01", "ends_on": "2027-10-31", "rows_per_day": 1000,
}  # fmt: skip
_EMPTY = """
DO $$ BEGIN EXECUTE (
    SELECT 'TRUNCATE ' || string_agg(quote_ident(tablename), ', ') FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> 'alembic_version');
END $$
"""


def id_number(serial: int) -> str:
    """A valid ID number of province 99."""
    digits = f"99010119800101{serial % 1000:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return digits + "10X98765432"[sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11]


@dataclass
class Parties:
    """The service, its callers, and what they do."""

    database: Database
    client: httpx.AsyncClient
    issuer: IssuerForTests
    app: FastAPI
    versions: int = 0

    async def household(self, household_id: str, *members: dict[str, Any], **values: Any) -> None:
        """Take a snapshot of a household in; `serial` of a member stands for its identity."""
        self.versions += 1
        tokeniser = Tokeniser(KEY)
        people = []
        for entry in members:
            number = id_number(entry["serial"])
            fixed = {
                "person_id": f"{household_id}-p{entry['serial']}", "id_token": tokeniser.id_token(number),
                "person_token": tokeniser.person_token(number, "张三"), "birth_date": date(1980, 1, 1), "sex": "1",
                "relation": "head", "labour": "1", "has_finished_compulsory": True,
            }  # fmt: skip
            people.append(Member(**(fixed | {k: v for k, v in entry.items() if k != "serial"})))
        fixed = {"area_code": VILLAGE, "hh_type": "0", "status": "active", "housing_tenure": "owned"}
        given = {"household_id": household_id, "version": self.versions} | fixed | values
        async with self.database.transaction() as session:
            await take_snapshots(session, [HouseholdSnapshotTaken(**given, members=people, incomes=[])])

    def headers(self, who: str, **options: Any) -> dict[str, str]:
        """Authorization of the bureau's approver, of somebody of a department, or of an auditor."""
        scopes = {
            "bureau": ("agreements:read", "agreements:write", "agreements:approve", "households:read"),
            "auditor": ("audit:read",),
        }.get(who, ("agreements:read", "agreements:write", "agreements:approve", "provision:read"))
        department = None if who in ("bureau", "auditor") else who.upper()
        given = {"client_id": who, "department": department, "areas": [COUNTY]} | options
        return self.issuer.headers(*scopes, **given)

    async def call(self, who: str, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request as a caller."""
        headers = self.headers(who, **options.pop("as_", {})) | options.pop("headers", {})
        return await self.client.request(method, path, headers=headers, **options)

    async def step(self, who: str, agreement: dict[str, Any], what: str, **options: Any) -> httpx.Response:
        """Take a step on the version of an agreement that stands."""
        now = await self.call("bureau", "GET", f"/v1/agreements/{agreement['id']}")
        headers = {"If-Match": now.headers["etag"]}
        return await self.call(who, "POST", f"/v1/agreements/{agreement['id']}/{what}", headers=headers, **options)

    async def drafted(
        self, product: str = "low-income-tags", receiver: str = "CIV", mode: str = "list", **terms: Any
    ) -> dict[str, Any]:
        """Draft an agreement."""
        given = TERMS | ({"fields": []} if mode == "check" else {}) | terms
        body = {"product": product, "receiver": receiver, "mode": mode, "terms": given}
        answer = await self.call("bureau", "POST", "/v1/agreements", json=body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def agreed(
        self, product: str = "low-income-tags", receiver: str = "CIV", mode: str = "list", **terms: Any
    ) -> dict[str, Any]:
        """Draft, offer and approve by both sides."""
        agreement = await self.drafted(product, receiver, mode, **terms)
        for who, what in (("bureau", "offer"), ("bureau", "approve"), (receiver.lower(), "approve")):
            answer = await self.step(who, agreement, what)
            assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def rows(self, agreement: dict[str, Any], who: str = "civ", **params: Any) -> httpx.Response:
        """Draw a page."""
        return await self.call(who, "GET", f"/v1/provision/{agreement['id']}/rows", params=params)

    async def query(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        """Query the database."""
        async with self.database.transaction() as session:
            return [tuple(row) for row in await session.execute(text(sql), values)]


@pytest.fixture(scope="module")
def database_url(service_database_url: Callable[[str], str]) -> str:
    """One database a module; each test begins with empty tables."""
    return service_database_url("sharing")


@pytest.fixture
async def parties(
    database_url: str,
    make_client: Callable[[FastAPI], AbstractAsyncContextManager[httpx.AsyncClient]],
    issuer: IssuerForTests,
    test_issuers: list[Any],
    tmp_path: Path,
    move_clock: Callable[[float], None],
) -> AsyncIterator[Parties]:
    """Four households on 10 November 2026: on relief, monitored, neither; and one of another township."""
    settings = SharingSettings(
        mode="embedded", database_url=database_url, bus_url=f"embedded:{database_url}", issuers=test_issuers,
        token_key="aes-cmac:" + base64.b64encode(KEY).decode(),
        reject_key=base64.b64encode(bytes(range(32, 64))).decode(), data_dir=tmp_path,
    )  # fmt: skip
    app = create_app(settings)
    move_clock((datetime(2026, 11, 10, 1, tzinfo=UTC) - datetime.now(UTC)).total_seconds())
    database = Database(database_url, service="sharing")
    async with make_client(app) as client:
        opened = Parties(database, client, issuer, app)
        async with database.transaction() as session:
            await session.execute(text(_EMPTY))
        await opened.household("h1", {"serial": 1, "relief": "dibao"}, {"serial": 2, "relation": "spouse"})
        await opened.household(
            "h2", {"serial": 3}, is_monitored=True, monitor_category="1", open_risks=["01"], area_code=SECOND
        )
        await opened.household("h3", {"serial": 4})
        await opened.household("h4", {"serial": 5, "relief": "tekun"}, area_code=ELSEWHERE, hh_type="1")
        yield opened
    await database.dispose()
