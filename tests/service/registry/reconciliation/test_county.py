"""An export that the county generator writes with planted differences: the comparison finds exactly these."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from import_files import XLSX
from registry_world import send

from bangfu_county import Difference, generate, write_national

pytestmark = pytest.mark.timeout(300)

PROVINCE = "990000000000"


async def _found(client: httpx.AsyncClient, headers: dict[str, str], run: str) -> list[Difference]:
    found: list[Difference] = []
    wanted: dict[str, Any] = {"limit": 200, "state": "open"}
    while True:
        page = (await client.get(f"/v1/reconciliations/{run}/differences", params=wanted, headers=headers)).json()
        found += [
            Difference(each["kind"], each["subject"], each["field"], each["hh_no"], each["person_no"] or "")
            for each in page["items"]
        ]
        if page["next_cursor"] is None:
            return sorted(found)
        wanted["cursor"] = page["next_cursor"]


async def test_a_reconciliation_finds_exactly_what_was_planted(
    client: httpx.AsyncClient, headers: Any, tmp_path: Path
) -> None:
    """F-E11, CK-17: neither width, blanks, headings, their order nor the form of the file is a difference."""
    generate(tmp_path, households=400)
    truth = write_national(tmp_path)
    assert len(truth) >= 14
    register = tmp_path / "registry"
    caller = headers(areas=[PROVINCE])
    areas = await send(client, (register / "areas.csv").read_bytes(), caller, kind="text/csv", path="/v1/areas/import")
    assert areas.json()["rows_rejected"] == 0, areas.text
    homes = (await send(client, (register / "households.ndjson").read_bytes(), caller)).json()
    assert (homes["state"], homes["rows_rejected"]) == ("done", 0), homes
    runs = []
    for name, kind in (("national-export.csv", "text/csv; charset=gb18030"), ("national-export.xlsx", XLSX)):
        answer = await send(
            client, (register / name).read_bytes(), caller, kind=kind, path="/v1/reconciliations/import"
        )
        done = answer.json()
        assert (done["state"], done["reject_codes"]) == ("done", {})
        assert await _found(client, caller, done["import_id"]) == truth
        runs.append(done["import_id"])
    # What the later export tells again is open there alone.
    assert await _found(client, caller, runs[0]) == []
