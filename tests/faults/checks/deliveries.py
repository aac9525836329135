"""P1: what was acknowledged is there, once, whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.parquet as parquet

from faults.checks import rows_of, some
from faults.month import COUNTY

if TYPE_CHECKING:
    from faults.month import Month


async def receipts_have_one_effect(month: Month) -> list[str]:
    """Each receipt belongs to one committed delivery with the same numbers; nothing else was committed or left open."""
    stored = {
        row[0]: row[1:]
        for row in await rows_of(
            month.arena,
            "sharing",
            "SELECT id, state, receipt_no, rows_accepted, rows_rejected, superseded_by FROM delivery",
        )
    }
    found: list[str] = []
    for delivery_id, receipt in month.receipts.items():
        if stored.get(delivery_id, ())[:4] != (
            "committed",
            receipt.receipt_no,
            receipt.rows_accepted,
            receipt.rows_rejected,
        ):
            found.append(f"P1: receipt {receipt.receipt_no} is not what is stored: {stored.get(delivery_id)}")
    committed = {key for key, row in stored.items() if row[0] == "committed"}
    if extra := committed - month.receipts.keys():
        found.append(f"P1: committed without a receipt: {some(extra)}")
    if left := {key for key, row in stored.items() if row[0] == "open"}:
        found.append(f"P1: a repeated opening left deliveries open: {some(left)}")
    superseded = sum(row[4] is not None for row in stored.values())
    if superseded != 1:
        found.append(f"P1: {superseded} deliveries were superseded, one was meant to be")
    return found


async def rows_are_where_receipts_say(month: Month) -> list[str]:
    """The rows in the lake are those that the receipts name, file by file and in all."""
    lake = month.arena.data_dir / "sharing" / "lake"
    found: list[str] = []
    in_lake: dict[str, int] = {}
    for delivery_id, number, path, accepted in await rows_of(
        month.arena,
        "sharing",
        "SELECT delivery_id, p.number, p.path, p.accepted FROM delivery_part p JOIN delivery d ON d.id = delivery_id"
        " WHERE d.state = 'committed' AND d.kind <> 'record'",
    ):
        file = lake / path
        if accepted and not file.is_file():
            found.append(f"P1: part {number} of {delivery_id} is listed and not in the lake")
            continue
        rows = parquet.read_metadata(file).num_rows if file.is_file() else 0
        if rows != accepted:
            found.append(f"P1: part {number} of {delivery_id} has {rows} rows, {accepted} were acknowledged")
        in_lake[delivery_id] = in_lake.get(delivery_id, 0) + rows
    for (delivery_id,) in await rows_of(
        month.arena, "sharing", "SELECT id FROM delivery WHERE kind = 'record' AND state = 'committed'"
    ):
        in_lake[delivery_id] = in_lake.get(delivery_id, 0) + 1
    for delivery_id, receipt in month.receipts.items():
        counted = in_lake.get(delivery_id, 0) - receipt.rows_duplicate
        if counted != receipt.rows_accepted:
            found.append(f"P1: {receipt.receipt_no} acknowledged {receipt.rows_accepted} rows, {counted} are there")
    return found


async def rows_were_judged_right(month: Month) -> list[str]:
    """Accepted and rejected rows are those that the generator made good and bad."""
    singles = {row[0] for row in await rows_of(month.arena, "sharing", "SELECT id FROM delivery WHERE kind = 'record'")}
    current = {
        str(receipt.model_dump()["dataset"]): receipt for key, receipt in month.receipts.items() if key not in singles
    }
    return [
        f"P1: {dataset} has {receipt.rows_accepted} accepted and {receipt.rows_rejected} rejected rows,"
        f" {dirt.accepted} and {sum(dirt.rejected.values())} were made"
        for dataset, dirt in month.manifest.dirt.items()
        if (receipt := current.get(dataset)) is not None
        and (receipt.rows_accepted, receipt.rows_rejected) != (dirt.accepted, sum(dirt.rejected.values()))
    ]


async def register_is_whole(month: Month) -> list[str]:
    """Every household of the file is registered once, and known to the services that need it, in its newest state."""
    registered: dict[str, int] = dict(await rows_of(month.arena, "registry", "SELECT id::text, version FROM household"))
    wanted = int(month.manifest.counts["households"])
    found = (
        [] if len(registered) == wanted else [f"P1: {len(registered)} households are registered, {wanted} were sent"]
    )
    profiles = await rows_of(month.arena, "registry", f"SELECT version FROM policy_profile WHERE region = '{COUNTY}'")
    if len(profiles) != 1:
        found.append(f"P1: one policy profile was put, {len(profiles)} versions are there")
    for service, table in (("sharing", "directory_household"), ("alerts", "household")):
        known: dict[str, int] = dict(await rows_of(month.arena, service, f"SELECT household_id, version FROM {table}"))
        different = {key for key, version in registered.items() if known.get(key) != version}
        if different:
            found.append(f"P3: {service} knows {len(different)} households in another version: {some(different)}")
    return found
