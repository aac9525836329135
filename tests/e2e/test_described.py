"""The API keeps to its own description: schemathesis over the merged document of a running system.

No answer is a 5xx, none is undescribed, no input is accepted that the description forbids. `make described` runs it,
for two minutes with a new seed each time, which it prints; SEED=n repeats one. Reports stand below `build/described`.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
from pathlib import Path

import httpx
import pytest

from bangfu_local.embedded import EmbeddedSystem

from .two_townships import World, build

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "described"
SCHEMATHESIS = "schemathesis==4.32.5"
SECONDS = 120
# What schema-valid values cannot know (an area that exists, a code of the catalogue) may be refused.
NOT_ASKED = "positive_data_acceptance"
# A refusal, too: 413 for more than a body may hold.
_REFUSALS = "expected-statuses = [400, 401, 403, 404, 405, 406, 409, 412, 413, 415, 422, 428, 429]"
ENDLESS = "/v1/alerts/stream"

pytestmark = [pytest.mark.described, pytest.mark.timeout(420)]


def values_of(world: World) -> str:
    """Give the identifiers of what is there to the generator: otherwise it would only ever see 404."""
    lines = ["[checks.negative_data_rejection]", _REFUSALS, "", "[parameters]"]
    lines += [f'"path.{name}_id" = ["{value}"]' for name, value in world.a.items() if name != "import"]
    lines += ['"path.code" = ["DS-MED-COST", "DS-MED-ENROL", "990177101000"]', '"path.rule_id" = ["R-MED-02"]']
    lines += ['"path.region" = ["990177000000"]', f'"path.import_id" = ["{world.a["import"]}"]']
    return "\n".join(lines) + "\n"


async def test_every_answer_is_as_described_and_no_invalid_input_is_accepted(
    running_system: EmbeddedSystem, gateway: httpx.AsyncClient
) -> None:
    document = (await gateway.get("/openapi.json")).json()
    scopes = {
        scope
        for item in document["paths"].values()
        for operation in item.values()
        if isinstance(operation, dict) and "x-bangfu-access" in operation
        for scope in operation["x-bangfu-access"].get("scopes", [])
    }
    world = await build(running_system, gateway, scopes)
    BUILD.mkdir(parents=True, exist_ok=True)
    config = BUILD / "schemathesis.toml"
    config.write_text(values_of(world), encoding="utf-8")
    seed = os.environ.get("SEED") or str(random.SystemRandom().randrange(1 << 32))
    print(f"\nseed {seed}")
    uv = os.environ.get("UV") or shutil.which("uv") or str(ROOT / ".tools" / "uv" / "bin" / "uv")
    running = await asyncio.create_subprocess_exec(
        *(uv, "run", "--no-project", "--isolated", "--with", SCHEMATHESIS, "schemathesis", "--config-file", config),
        *("run", f"{running_system.gateway_url}/openapi.json", "--exclude-path", ENDLESS, "--seed", seed),
        *("--header", f"Authorization: Bearer {world.tokens['province']}", "--max-time", str(SECONDS)),
        *("--generation-with-security-parameters", "false", "--exclude-checks", NOT_ASKED),
        *("--suppress-health-check", "all", "--continue-on-failure", "--request-timeout", "30", "--workers", "1"),
        *("--no-color", "--no-shrink", "--report-ndjson-path", BUILD / "report.ndjson"),
        cwd=BUILD,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said = (await running.communicate())[0].decode(errors="replace")
    (BUILD / "report.txt").write_text(said, encoding="utf-8")
    assert running.returncode == 0, f"seed {seed}\n{said[-20_000:]}"
    assert "401 Unauthorized" not in said, said[-5_000:]
