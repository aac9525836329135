"""The sharing app over real PostgreSQL, with clients of departments."""

from __future__ import annotations

import base64
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from servicekit import clock
from servicekit.db import Database
from servicekit.identity import check_digit
from sharing.app import create_app
from sharing.deliveries.context import Intake
from sharing.settings import SharingSettings

AREA = "990101000000"
PERIOD = "2026-10"
NDJSON = {"Content-Type": "application/x-ndjson"}
WRITER = ("deliveries:write", "deliveries:read", "datasets:read", "ledger:read")


def number18(index: int, birth: str = "19800101") -> str:
    """Give a valid synthetic ID number of province 99."""
    first_17 = f"990101{birth}{index % 1000:03d}"
    return first_17 + check_digit(first_17)


def person(index: int) -> dict[str, str]:
    """Give a synthetic person; indices up to 27,000 give different numbers."""
    day = index // 1000
    return {"id_no": number18(index, f"19800{1 + day // 27}{1 + day % 27:02d}"), "name": "张伟"}


def fee(index: int, **changes: Any) -> dict[str, Any]:
    """Give a valid DS-EDU-FEE row."""
    return person(index) | {
        "school_year": "2026-2027", "stage": "普通高中", "tuition": "2000.00", "board": "800.00", "books": "200.50",
        "aid_total": "1000.00", "self_paid": "2000.50",
    } | changes  # fmt: skip


@pytest.fixture(scope="module")
def settings(sharing_database: Database, tmp_path_factory: pytest.TempPathFactory) -> SharingSettings:
    """Settings of an embedded sharing service with small limits."""
    return SharingSettings(
        mode="embedded",
        database_url=SecretStr(sharing_database.url),
        bus_url=SecretStr("embedded:" + sharing_database.url),
        token_key=SecretStr("aes-cmac:" + base64.b64encode(os.urandom(32)).decode()),
        reject_key=SecretStr(base64.b64encode(os.urandom(32)).decode()),
        data_dir=tmp_path_factory.mktemp("sharing"),
        part_max_bytes=32 << 20,
        part_max_inflated_bytes=512 << 20,
        workbook_max_inflated_bytes=64 << 20,
    )


@pytest.fixture(scope="module")
def app(settings: SharingSettings) -> FastAPI:
    return create_app(settings)


@pytest.fixture(scope="module", autouse=True)
def business_clock(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Put the business date at 2026-11-10, inside the due days of PERIOD."""
    import json
    import time
    from datetime import UTC, datetime

    path = tmp_path_factory.mktemp("clock") / "clock.json"

    def move(to: datetime) -> None:
        path.write_text(json.dumps({"offset_s": to.timestamp() - time.time()}))
        clock.use_clock_file(path)

    move(datetime(2026, 11, 10, 1, tzinfo=UTC))
    yield move
    clock.use_clock_file(None)


@dataclass
class Api:
    """A client of one department."""

    http: httpx.AsyncClient
    headers: dict[str, str]
    intake: Intake

    async def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = self.headers | options.pop("headers", {})
        return await self.http.request(method, path, headers=headers, **options)

    async def get(self, path: str, **options: Any) -> httpx.Response:
        return await self.call("GET", path, **options)

    async def post(self, path: str, **options: Any) -> httpx.Response:
        return await self.call("POST", path, **options)

    async def open(self, dataset: str = "DS-EDU-FEE", period: str = PERIOD, **fields: Any) -> str:
        answer = await self.post("/v1/deliveries", json={"dataset": dataset, "period": period} | fields)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def put(self, delivery: str, number: int, content: Any, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.call(
            "PUT", f"/v1/deliveries/{delivery}/parts/{number}", content=content, headers=NDJSON | named
        )

    async def commit(self, delivery: str, **body: Any) -> httpx.Response:
        return await self.post(f"/v1/deliveries/{delivery}/commit", json=body or {"part_count": 1})

    async def deliver(self, content: bytes, dataset: str = "DS-EDU-FEE", **options: Any) -> dict[str, Any]:
        delivery = await self.open(dataset, **options)
        part = await self.put(delivery, 1, content)
        assert part.status_code == 200, part.text
        receipt = await self.commit(delivery)
        assert receipt.status_code == 200, receipt.text
        return dict(receipt.json())


@pytest.fixture(scope="module")
async def client(app: FastAPI, make_client: Any) -> AsyncIterator[httpx.AsyncClient]:
    async with make_client(app) as opened:
        yield opened


@pytest.fixture(scope="module")
def api_of(app: FastAPI, client: httpx.AsyncClient, token: Callable[..., str]) -> Callable[..., Api]:
    """Give the client of a department: api_of("EDU")."""

    def make(department: str | None, *scopes: str, areas: tuple[str, ...] = (AREA,)) -> Api:
        bearer = token(scopes=scopes or WRITER, department=department, areas=areas, client_id=f"client-{department}")
        return Api(client, {"Authorization": f"Bearer {bearer}"}, app.state.intake)

    return make


@pytest.fixture
def edu(api_of: Callable[..., Api]) -> Api:
    return api_of("EDU")


@pytest.fixture
def lake_files(settings: SharingSettings) -> Callable[[str], list[Path]]:
    """Give the files of a delivery in the lake."""

    def find(delivery_id: str) -> list[Path]:
        return sorted(Path(settings.lake).glob(f"*/*/*/{delivery_id}/*"))

    return find
