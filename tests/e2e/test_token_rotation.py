"""The token key is changed in mid-month: what either took gives the oracle's findings."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import psycopg
import pytest
from rich.progress import Progress

from bangfu_county import generate
from bangfu_county.oracle import expected
from bangfu_local.demo import month
from bangfu_local.embedded import EmbeddedSystem, standard_clients
from bangfu_local.embedded.clients import BUREAU, DEPARTMENTS, SECOND
from bangfu_local.embedded.policy import set_policy
from bangfu_local.embedded.settle import settle

from .replacing import replace

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

PERIOD, COUNTY = "2026-10", "990101000000"
FIRST = ("EDU", "MED")
REST = sorted(DEPARTMENTS.keys() - set(FIRST))


async def run(environment: Mapping[str, str], *arguments: str) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *arguments, env=dict(environment), stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return out.decode()


async def test_a_month_delivered_under_two_token_keys_gives_exactly_the_oracles_findings(tmp_path: Path) -> None:
    """P2: no finding is lost or invented by the change; every step leaves the system serving."""
    manifest = generate(tmp_path / "county", households=400, seed=7, period=PERIOD)
    first, second = ("aes-cmac:" + base64.b64encode(os.urandom(32)).decode() for _ in range(2))
    async with EmbeddedSystem(
        tmp_path / "data",
        clock_start=datetime(2026, 11, 10, 1, tzinfo=UTC),
        durable=False,
        extra_environment={"REGISTRY_TOKEN_KEY": first, "SHARING_TOKEN_KEY": first},
    ) as system:
        await system.ensure_clients(standard_clients(COUNTY))
        async with system.client(BUREAU) as bureau:
            await bureau.areas.import_file(tmp_path / "county/registry/areas.csv")
            async with system.client(SECOND) as confirming:
                await set_policy(bureau, confirming, COUNTY, datetime(2026, 1, 1, tzinfo=UTC).date())
            await bureau.households.import_file(tmp_path / "county/registry/households.ndjson")
        await settle(system)
        with Progress(disable=True) as progress:
            pushed = await month.push_month(system, tmp_path / "county", manifest, progress, departments=FIRST)
            for service in ("SHARING", "REGISTRY"):
                both = {f"{service}_OTHER_TOKEN_KEYS": json.dumps({"k2": second})}
                for role in ("api", "worker"):
                    await replace(system, f"{service.lower()}-{role}", both)
            await run(system.family["registry-api"].command.environment, "registry", "rotate-tokens")
            await settle(system)
            sharing = system.family["sharing-api"].command.environment
            status = await run(sharing, "sharing", "key-status")
            assert "token\tk2\tother\t0 deliveries with its tokens, 0 persons without its tokens" in status
            turned = {
                "SHARING_TOKEN_KEY": second,
                "SHARING_TOKEN_KEY_ID": "k2",
                "SHARING_OTHER_TOKEN_KEYS": json.dumps({"k1": first}),
            }
            for role in ("api", "worker"):
                await replace(system, f"sharing-{role}", turned)
            pushed |= await month.push_month(system, tmp_path / "county", manifest, progress, departments=REST)
        compared = await month.compare(system, PERIOD, timeout_s=300)
        assert month.matching_failures(compared, pushed, manifest) == []
        found = await month.read_findings(system, PERIOD, await month.read_register(system))
        truth: set[month.Case] = set(expected(tmp_path / "county"))
        assert truth
        assert month.finding_failures(found, truth, manifest) == []
        assert _keys_of_deliveries(system) == {each: {"k1"} for each in FIRST} | {each: {"k2"} for each in REST}
        assert not _tokens(system, "EDU") & _tokens(system, "CIV"), "the same persons have other tokens"


def _keys_of_deliveries(system: EmbeddedSystem) -> dict[str, set[str]]:
    with psycopg.connect(system.database_url("sharing")) as connection:
        rows = connection.execute("SELECT department, array_agg(DISTINCT token_key_id) FROM delivery GROUP BY 1")
        return {department: set(keys) for department, keys in rows.fetchall()}


def _tokens(system: EmbeddedSystem, department: str) -> set[str]:
    pattern = f"{system.data_dir}/sharing/lake/DS-{department}-*/**/part-*.parquet"
    with duckdb.connect() as db:
        rows = db.execute("SELECT DISTINCT id_token FROM read_parquet(?, union_by_name = true)", [pattern]).fetchall()
    assert rows
    return {row[0] for row in rows}
