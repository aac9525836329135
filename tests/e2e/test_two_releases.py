"""An earlier release runs beside today's processes, nothing is lost, and the month ends exact by today's rules."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from dataclasses import replace as with_changes
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.progress import Progress

from bangfu_county import Manifest, generate
from bangfu_county.oracle import expected
from bangfu_local.demo import month
from bangfu_local.embedded import EmbeddedSystem, standard_clients
from bangfu_local.embedded.clients import BUREAU, SECOND
from bangfu_local.embedded.policy import set_policy
from bangfu_local.embedded.settle import settle

from .replacing import replace

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

ROOT = Path(__file__).resolve().parents[2]
BEFORE = "64b55fd"  # the release before, in an upgrade: of a county that has not yet seen today's
PERIOD, COUNTY = "2026-10", "990101000000"


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> str:
    """PYTHONPATH of the earlier release, from the history."""
    known = subprocess.run(
        ["git", "cat-file", "-e", f"{BEFORE}^{{commit}}"], cwd=ROOT, capture_output=True, check=False
    )
    if known.returncode != 0:
        message = f"the history does not hold {BEFORE}: a shallow clone, or an archive without history"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    folder = tmp_path_factory.mktemp("before")
    archive = subprocess.run(
        ["git", "archive", BEFORE, "libs", "services", "clients"], cwd=ROOT, capture_output=True, check=True
    )
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive.stdout, check=True)
    path = os.pathsep.join(str(path) for path in sorted(folder.glob("*/*/src")))
    shown = [sys.executable, "-c", "import bangfu, servicekit, sharing; print(bangfu, servicekit, sharing)"]
    modules = subprocess.run(shown, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=True)
    assert modules.stdout.count(str(folder)) == 3, "today's code would prove nothing"
    return path


def parts(manifest: Manifest, sources: str) -> tuple[Manifest, Manifest]:
    """Give the month twice: the datasets that the earlier release knows, and what it did not take from CIV and HOU."""
    catalogues = (Path(path) / "sharing" / "catalogue" for path in sources.split(os.pathsep))
    known = {folder.name for catalogue in catalogues for folder in catalogue.glob("DS-*")}
    assert known
    early = [entry for entry in manifest.files if entry.dataset in known]
    late = [entry for entry in manifest.files if entry.department not in ("CIV", "HOU") or entry.dataset not in known]
    return with_changes(manifest, files=early), with_changes(manifest, files=late)


async def test_a_month_begun_under_the_earlier_release_ends_exact_under_todays(tmp_path: Path, sources: str) -> None:
    manifest = generate(tmp_path / "county", households=400, seed=11, period=PERIOD)
    early, late = parts(manifest, sources)
    truth: set[month.Case] = set(expected(tmp_path / "county"))
    old, new = {"PYTHONPATH": sources}, {"PYTHONPATH": ""}
    token_key = "aes-cmac:" + base64.b64encode(os.urandom(32)).decode()
    async with EmbeddedSystem(
        tmp_path / "data",
        clock_start=datetime(2026, 11, 10, 1, tzinfo=UTC),
        durable=False,
        extra_environment={
            "REGISTRY_TOKEN_KEY": token_key,
            "SHARING_TOKEN_KEY": token_key,
            "GATEWAY_ROUTES_REFRESH_S": "0.5",  # what only today's apis have is used as soon as they are there
        },
    ) as system:
        await system.ensure_clients(standard_clients(COUNTY))
        async with system.client(BUREAU) as bureau, system.client(SECOND) as second:
            await set_policy(bureau, second, COUNTY, datetime(2026, 1, 1, tzinfo=UTC).date())
        # Workers first, as the runbook says: today's workers, yesterday's apis.
        for service in ("registry", "sharing", "alerts"):
            await replace(system, f"{service}-api", old)
        async with system.client(BUREAU) as bureau:
            await bureau.areas.import_file(tmp_path / "county/registry/areas.csv")
            await bureau.households.import_file(tmp_path / "county/registry/households.ndjson")
        await settle(system)
        with Progress(disable=True) as progress:
            pushed = await month.push_month(system, tmp_path / "county", early, progress, departments=("EDU", "MED"))
            # The reverse: today's apis deliver, yesterday's workers consume, compare and fold.
            for service in ("registry", "sharing", "alerts"):
                await replace(system, f"{service}-api", new)
                await replace(system, f"{service}-worker", old)
            pushed |= await month.push_month(system, tmp_path / "county", early, progress, departments=("CIV", "HOU"))
        async with system.client(BUREAU) as bureau:
            first_id = (await bureau.comparison.start(PERIOD)).id
            by_old = await bureau.comparison.wait(first_id, timeout_s=300)
        # An earlier release reads by its own rules; but it does not fail, and it loses no row.
        assert by_old.state == "done"
        seen = {each.dataset: each.matched + each.quarantined + each.unmatched for each in by_old.matching}
        assert seen == {dataset: done.accepted for dataset, done in pushed.items()}
        for service in ("registry", "sharing", "alerts"):
            await replace(system, f"{service}-worker", new)
        # What the earlier release read is delivered again, and what it does not know: exact by today's rules.
        with Progress(disable=True) as progress:
            pushed |= await month.push_month(system, tmp_path / "county", late, progress)
        by_new = await month.compare(system, PERIOD, timeout_s=300)
        assert month.matching_failures(by_new, pushed, manifest) == []
        found = await month.read_findings(system, PERIOD, await month.read_register(system))
        assert truth
        assert month.finding_failures(found, truth, manifest) == []
        again = await month.compare(system, PERIOD, timeout_s=300)
        assert [(rule.new, rule.withdrawn) for rule in again.rules if rule.new or rule.withdrawn] == []
