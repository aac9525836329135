"""The product in one process: registry, sharing and alerts with their real databases, and their events carried over."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import psycopg
from fastapi import FastAPI
from psycopg import sql
from sqlalchemy import text

from adversarial.tables import File
from alerts.app import create_app as alerts_app
from alerts.clues.consumers import finding_handler, on_areas, on_households, on_policies
from alerts.settings import AlertsSettings
from contracts import events as event_types
from contracts import topics
from contracts.envelope import envelope_of
from contracts.registry import PolicyProfileActivated
from registry.app import create_app as registry_app
from registry.imports.runner import Runner
from registry.keys.service import rotate_tokens
from registry.settings import RegistrySettings
from servicekit import migrate
from servicekit.db import Database
from servicekit.embedded.postgres import EmbeddedPostgres
from servicekit.ids import new_id
from servicekit.settings import ServiceSettings
from serving import TEST_ISSUERS, IssuerForTests, serve_app
from sharing.app import create_app as sharing_app
from sharing.catalogue.service import Catalogue
from sharing.comparison.consumers import Starters
from sharing.comparison.executor import Executor
from sharing.lake.service import lake_of
from sharing.settings import SharingSettings

COUNTY = "990101000000"
_PASSWORD = "adversarial"
_KEYS = [base64.b64encode(bytes([number]) * 32).decode() for number in range(1, 7)]
_SCOPES = (
    "areas:write", "households:read", "households:write", "households:import", "deliveries:write", "deliveries:read",
    "comparison:run", "comparison:read", "findings:read", "clues:read", "departments:any",
)  # fmt: skip
# Comparisons that start by themselves wait longer than a run: what is judged was asked for.
_STARTERS = Starters(86_400)
# (service, topic) -> who hears of it; the tables are read by name of the topic.
_HEARD = {
    "registry": {
        topics.HOUSEHOLD.name: [("sharing", _STARTERS.on_households),
                                ("alerts", on_households)],
        topics.AREA.name: [("alerts", on_areas)],
    },
    "sharing": {topics.FINDING.name: [("alerts", finding_handler(0))]},
}  # fmt: skip


class ProductRefused(AssertionError):  # noqa: N818 - what happened
    """The product did not take what it must take."""


@dataclass
class Product:
    """What users and the bus do, as short calls."""

    issuer: IssuerForTests
    stack: AsyncExitStack
    settings: dict[str, ServiceSettings]
    databases: Mapping[str, Database]
    executor: Executor
    names: Mapping[str, str]
    read: dict[str, int] = field(default_factory=dict)
    profiles: int = 0
    clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)
    apps: dict[str, FastAPI] = field(default_factory=dict)

    async def serve(self, service: str) -> None:
        """Serve with the settings of now; what was served before is asked no more."""
        self.apps[service] = _APPS[service](self.settings[service])
        self.clients[service] = await self.stack.enter_async_context(serve_app(self.apps[service], self.issuer))

    def headers(self, **options: Any) -> dict[str, str]:
        """Authorization of the bureau, or of a department: `department="MED"`, `areas=[...]`."""
        return self.issuer.headers(*_SCOPES, **options)

    async def register(self, file: File, path: str = "/v1/imports") -> dict[str, Any]:
        """Import households (or areas), and let what was announced arrive; give the finished import."""
        headers = self.headers() | _sent(file)
        answer = await self.clients["registry"].post(path, content=file.body, headers=headers, params={"wait_s": 0})
        _expect(answer, 202)
        state = self.apps["registry"].state
        runner = Runner(state.database, state.keys, self.settings["registry"])
        while await runner.work_once():
            pass
        done = (await self.clients["registry"].get(answer.headers["location"], headers=self.headers())).json()
        if done["state"] != "done" or done.get("rows_rejected"):
            rejects = await self.clients["registry"].get(
                f"{answer.headers['location']}/rejects", headers=self.headers()
            )
            raise ProductRefused(f"import: {done} {rejects.text[:600]}")
        await self.carry()
        return dict(done)

    async def change(self, path: str, body: dict[str, Any], etag_of: str = "") -> dict[str, Any]:
        """Change the register by hand, and let what was announced arrive.

        Args:
            etag_of: Path of what the change is made on, as it was read.
        """
        client, headers = self.clients["registry"], self.headers()
        if etag_of:
            headers["If-Match"] = (await client.get(etag_of, headers=headers)).headers["etag"]
        answer = await client.post(path, json=body, headers=headers)
        if not answer.is_success:
            _expect(answer, 200)
        await self.carry()
        return dict(answer.json())

    async def deliver(self, dataset: str, period: str, files: Sequence[File], **options: Any) -> dict[str, Any]:
        """Deliver files as a department does; give the receipt with the reject counts of the parts.

        Args:
            options: `mode`; others are of the token.
        """
        client, mode = self.clients["sharing"], options.pop("mode", None)
        headers = self.headers(department=dataset.split("-")[1], **options)
        wanted = {"dataset": dataset, "period": period} | ({"mode": mode} if mode else {})
        opened = await client.post("/v1/deliveries", json=wanted, headers=headers)
        _expect(opened, 201)
        delivery, counts = opened.json()["id"], {}
        for number, file in enumerate(files, start=1):
            path = f"/v1/deliveries/{delivery}/parts/{number}"
            part = await client.put(path, content=file.body, headers=headers | _sent(file))
            _expect(part, 200)
            for code, count in part.json()["reject_counts"].items():
                counts[code] = counts.get(code, 0) + count
        done = await client.post(f"/v1/deliveries/{delivery}/commit", json={"part_count": len(files)}, headers=headers)
        _expect(done, 200)
        return done.json() | {"reject_counts": counts, "id": delivery}

    async def decide(self, dataset: str, delivery: str, verb: str) -> None:
        """Release or withdraw a list that is held."""
        headers = self.headers(department=dataset.split("-")[1])
        path = f"/v1/deliveries/{delivery}/{verb}"
        _expect(await self.clients["sharing"].post(path, json={"reason": "已逐户核对"}, headers=headers), 200)

    async def rejects(self, dataset: str, delivery: str) -> str:
        """Give the sheet of rejected rows, as CSV."""
        headers = self.headers(department=dataset.split("-")[1])
        path = f"/v1/deliveries/{delivery}/rejects?format=csv"
        answer = await self.clients["sharing"].get(path, headers=headers)
        _expect(answer, 200)
        return answer.content.decode("utf-8-sig")

    async def push(self, dataset: str, period: str, record: Mapping[str, Any]) -> None:
        """Push a single record; its comparison waits for the next one."""
        headers = self.headers(department=dataset.split("-")[1])
        body = {"period": period, "record": record}
        _expect(await self.clients["sharing"].post(f"/v1/datasets/{dataset}/records", json=body, headers=headers), 201)

    async def begin(self, dataset: str, period: str, file: File) -> None:
        """Send a part and never commit: the delivery was torn off."""
        client, headers = self.clients["sharing"], self.headers(department=dataset.split("-")[1])
        opened = await client.post("/v1/deliveries", json={"dataset": dataset, "period": period}, headers=headers)
        _expect(opened, 201)
        path = f"/v1/deliveries/{opened.json()['id']}/parts/1"
        _expect(await client.put(path, content=file.body, headers=headers | _sent(file)), 200)

    async def compare(self, period: str) -> dict[str, Any]:
        """Compare a month, and let the findings arrive; give the finished run."""
        client = self.clients["sharing"]
        answer = await client.post("/v1/comparison-runs", json={"period": period}, headers=self.headers())
        _expect(answer, 202)
        while await self.executor.work_once():
            pass
        path = f"/v1/comparison-runs/{answer.json()['id']}"
        run = (await client.get(path, headers=self.headers())).json()
        if run["state"] == "held":  # findings jump, as they are drawn to
            second = self.headers(client_id="second")
            _expect(await client.post(f"{path}/release", json={"reason": "已核对"}, headers=second), 200)
            while await self.executor.work_once():
                pass
            run = (await client.get(path, headers=self.headers())).json()
        if run["state"] != "done":
            raise ProductRefused(f"run: {run}")
        await self.carry()
        return dict(run)

    async def profile(self, region: str, parameters: Mapping[str, str], since: date = date(2021, 1, 1)) -> None:
        """Let a policy profile of a region take effect on a day."""
        self.profiles += 1
        profile = PolicyProfileActivated(
            region=region, version=self.profiles, effective_from=since, source_document="文号",
            parameters={name: Decimal(value) for name, value in parameters.items()},
        )  # fmt: skip
        event = envelope_of(profile, event_id=new_id(), source="/bangfu/registry", at=datetime.now(UTC))
        for service, handler in (
            ("sharing", _STARTERS.on_policy),
            ("alerts", on_policies),
        ):
            async with self.databases[service].transaction() as session:
                await handler(session, [event])

    async def turn_key(self) -> None:
        """Change the key of tokens in mid-month: the new one is read first, then everybody gets its tokens."""
        both = {"other_token_keys": {"k2": f"aes-cmac:{_KEYS[5]}"}}
        for service in ("sharing", "registry"):
            self.settings[service] = self.settings[service].model_copy(update=_secret(self.settings[service], both))
            await self.serve(service)
        await rotate_tokens(self.settings["registry"], self.databases["registry"], 200)  # type: ignore[arg-type]
        await self.carry()
        turned = {
            "token_key": f"aes-cmac:{_KEYS[5]}",
            "token_key_id": "k2",
            "other_token_keys": {"k1": f"aes-cmac:{_KEYS[0]}"},
        }
        sharing = self.settings["sharing"]
        self.settings["sharing"] = sharing.model_copy(update=_secret(sharing, turned))
        await self.serve("sharing")

    async def carry(self) -> None:
        """Hand what stands in the outboxes to whoever hears it, in order, at most a thousand events a transaction."""
        for service, heard in _HEARD.items():
            async with self.databases[service].transaction() as session:
                found = await session.execute(
                    text("SELECT id, topic, type, data FROM outbox WHERE id > :last ORDER BY id"),
                    {"last": self.read.get(service, 0)},
                )
                rows = found.all()
            for topic, handlers in heard.items():
                told = [
                    envelope_of(
                        event_types.BY_TYPE[row.type].model_validate(row.data),
                        event_id=new_id(), source=f"/bangfu/{service}", at=datetime.now(UTC),
                    )
                    for row in rows if row.topic == topic
                ]  # fmt: skip
                for start in range(0, len(told), 1000):
                    for listener, handler in handlers:
                        async with self.databases[listener].transaction() as session:
                            await handler(session, told[start : start + 1000])
            if rows:
                self.read[service] = rows[-1].id

    async def rows(self, service: str, sql: str, **values: Any) -> list[Any]:
        """Query a database."""
        async with self.databases[service].transaction() as session:
            return list(await session.execute(text(sql), values))


def _expect(answer: httpx.Response, status: int) -> None:
    if answer.status_code != status:
        raise ProductRefused(
            f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text[:600]}"
        )


def _sent(file: File) -> dict[str, str]:
    encoding = {"Content-Encoding": file.encoding} if file.encoding else {}
    return {"Content-Type": file.kind} | encoding


def _secret(settings: ServiceSettings, values: dict[str, Any]) -> dict[str, Any]:
    """Give values as fields of settings have them."""
    told = settings.model_dump(exclude={*values})
    read = type(settings).model_validate(told | values)
    return {name: getattr(read, name) for name in values}


_APPS: dict[str, Any] = {"registry": registry_app, "sharing": sharing_app, "alerts": alerts_app}


@asynccontextmanager
async def product(
    postgres: EmbeddedPostgres,
    folder: Path,
    catalogue: Catalogue | None = None,
    *,
    copied: Product | None = None,
) -> AsyncIterator[Product]:
    """Open the product on fresh databases of a server that runs.

    Args:
        catalogue: What comparisons go by, instead of what ships.
        copied: A product that was closed; the databases start with what is in its own. Its files are the caller's to
            copy.
    """
    names = {
        service: await asyncio.to_thread(_database, postgres, service, copied and copied.names[service])
        for service in ("registry", "sharing", "alerts")
    }
    urls = {service: _url(postgres, service, name) for service, name in names.items()}
    settings = _settings(urls, folder)
    async with AsyncExitStack() as stack:
        databases = {service: Database(url, service=service) for service, url in urls.items()}
        for database in databases.values():
            stack.push_async_callback(database.dispose)
        lake = lake_of(settings["sharing"])  # type: ignore[arg-type]
        executor = Executor(databases["sharing"], lake, folder / "comparison", catalogue=catalogue)
        opened = Product(
            IssuerForTests(), stack, settings, databases, executor, names,
            dict(copied.read) if copied else {}, copied.profiles if copied else 0,
        )  # fmt: skip
        for service in _APPS:
            await opened.serve(service)
        yield opened


def _settings(urls: Mapping[str, str], folder: Path) -> dict[str, ServiceSettings]:
    common: dict[str, Any] = {"mode": "embedded", "issuers": list(TEST_ISSUERS), "token_key": f"aes-cmac:{_KEYS[0]}"}
    kinds: dict[str, tuple[type[ServiceSettings], dict[str, Any]]] = {
        "registry": (RegistrySettings, {"encryption_key": _KEYS[1], "blind_index_key": _KEYS[2]}),
        "sharing": (SharingSettings, {"reject_key": _KEYS[3]}),
        "alerts": (AlertsSettings, {"secret_key": _KEYS[4], "directory_patience_s": 0}),
    }
    return {
        service: kind.model_validate(
            {name: value for name, value in common.items() if name in kind.model_fields}
            | {"database_url": urls[service], "bus_url": f"embedded:{urls[service]}"}
            | ({"data_dir": folder / service} if "data_dir" in kind.model_fields else {})
            | own
        )
        for service, (kind, own) in kinds.items()
    }


def _database(postgres: EmbeddedPostgres, service: str, copied: str | None) -> str:
    """Give the name of a database that is like another, or empty: a copy too, because migrating takes long."""
    template = f"template_{service}"
    if copied is None:
        url = postgres.create_database(template, role=template, password=_PASSWORD)
        migrate.upgrade(url, service)
    name = f"{service}_{new_id()[-12:]}"
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        copy = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}")
        connection.execute(copy.format(*map(sql.Identifier, (name, copied or template, template))))
    return name


def _url(postgres: EmbeddedPostgres, service: str, name: str) -> str:
    return postgres.url(name, user=f"template_{service}", password=_PASSWORD)


def elapsed(since: float) -> str:
    """Say how long something took."""
    return f"{time.monotonic() - since:.1f} s"
