"""A department delivers: open, parts, commit, receipts, supersession."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
import zstandard
from sqlalchemy import text

from servicekit.db import Database
from servicekit.tokens import tokenisers
from sharing.deliveries.service import effective_parts
from sharing.settings import SharingSettings

from .conftest import PERIOD, Api, fee, person


def ndjson(rows: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


async def test_delivered_rows_are_typed_and_tokenised_in_the_lake(
    edu: Api, settings: SharingSettings, lake_files: Callable[[str], list[Path]]
) -> None:
    receipt = await edu.deliver(ndjson([fee(1), fee(2, self_paid="1.00")]))
    assert (receipt["rows_accepted"], receipt["rows_rejected"]) == (1, 1)
    files = lake_files(receipt["delivery_id"])
    assert [file.suffix for file in files] == [".parquet", ".sealed"]
    columns = duckdb.sql(f"DESCRIBE SELECT * FROM '{files[0]}'").fetchall()
    assert {name: kind for name, kind, *_ in columns} == {
        "part_no": "INTEGER", "line_no": "BIGINT", "id_token": "VARCHAR", "person_token": "VARCHAR", "as_of": "DATE",
        "school_year": "VARCHAR", "stage": "VARCHAR", "tuition": "DECIMAL(14,2)", "board": "DECIMAL(14,2)",
        "books": "DECIMAL(14,2)", "aid_total": "DECIMAL(14,2)", "self_paid": "DECIMAL(14,2)",
    }  # fmt: skip
    tokeniser = tokenisers(settings.keyring("token_key"))["k1"]
    row = duckdb.sql(
        f"SELECT part_no, line_no, id_token, person_token, as_of::text, stage, self_paid::text FROM '{files[0]}'"
    ).fetchall()
    who = person(1)
    assert row == [
        (1, 1, tokeniser.id_token(who["id_no"]), tokeniser.person_token(number18=who["id_no"], name="张伟"),
         "2026-10-31", "senior", "2000.50")
    ]  # fmt: skip


async def test_id_numbers_and_names_are_nowhere_in_clear(
    edu: Api, sharing_database: Database, lake_files: Callable[[str], list[Path]]
) -> None:
    rows = [fee(10), fee(11, tuition="many")]
    receipt = await edu.deliver(ndjson(rows))
    secrets = [row["id_no"].encode() for row in rows] + ["张伟".encode()]
    for file in lake_files(receipt["delivery_id"]):
        content = file.read_bytes()
        assert not any(secret in content for secret in secrets), file.name
    async with sharing_database.transaction() as session:
        dump = await session.execute(
            text("SELECT string_agg(t::text, '') FROM (SELECT d::text t FROM delivery d UNION ALL"
                 " SELECT p::text FROM delivery_part p UNION ALL SELECT o::text FROM outbox o) x")
        )  # fmt: skip
        stored = str(dump.scalar_one()).encode()
    assert not any(secret in stored for secret in secrets)


async def test_second_commit_of_a_delivery_returns_the_same_receipt(edu: Api, sharing_database: Database) -> None:
    delivery = await edu.open()
    part = (await edu.put(delivery, 1, ndjson([fee(20)]))).json()
    body = {"parts": [{"number": 1, "sha256": part["sha256"]}]}
    first, second = await edu.commit(delivery, **body), await edu.commit(delivery, **body)
    assert first.json() == second.json()
    async with sharing_database.transaction() as session:
        found = await session.execute(
            text("SELECT count(*) FROM outbox WHERE data->>'delivery_id' = :id"), {"id": delivery}
        )
        assert found.scalar_one() == 1


async def test_concurrent_commits_give_one_receipt(edu: Api) -> None:
    delivery = await edu.open()
    await edu.put(delivery, 1, ndjson([fee(21)]))
    answers = await asyncio.gather(*(edu.commit(delivery) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["receipt_no"] for answer in answers}) == 1


async def test_same_bytes_again_give_the_same_answer_and_other_bytes_conflict(
    edu: Api, lake_files: Callable[[str], list[Path]]
) -> None:
    delivery = await edu.open()
    first = await edu.put(delivery, 1, ndjson([fee(30)]))
    again = await edu.put(delivery, 1, ndjson([fee(30)]))
    assert again.json() == first.json()
    other = await edu.put(delivery, 1, ndjson([fee(31)]))
    assert (other.status_code, other.json()["code"]) == (409, "sharing.part.conflict")
    assert len([file for file in lake_files(delivery) if file.suffix == ".parquet"]) == 1
    await edu.commit(delivery)
    assert (await edu.put(delivery, 1, ndjson([fee(30)]))).json() == first.json()
    late = await edu.put(delivery, 2, ndjson([fee(32)]))
    assert (late.status_code, late.json()["code"]) == (409, "sharing.delivery.not_open")


async def test_a_part_uploaded_twice_at_once_is_stored_once(edu: Api, lake_files: Callable[[str], list[Path]]) -> None:
    delivery = await edu.open()
    content = ndjson([fee(index) for index in range(200)])
    answers = await asyncio.gather(*(edu.put(delivery, 1, content) for _ in range(4)))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({answer.text for answer in answers}) == 1
    assert len([file for file in lake_files(delivery) if file.suffix == ".parquet"]) == 1


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
async def test_compressed_parts_are_read_and_digests_checked(edu: Api, coding: str) -> None:
    delivery = await edu.open()
    plain = ndjson([fee(index) for index in range(40, 60)])
    packed = gzip.compress(plain) if coding == "gzip" else zstandard.compress(plain)
    digest = base64.b64encode(hashlib.sha256(packed).digest()).decode()
    answer = await edu.put(delivery, 1, packed, Content_Encoding=coding, Content_Digest=f"sha-256=:{digest}:")
    assert answer.status_code == 200, answer.text
    assert answer.json()["accepted"] == 20
    assert answer.json()["sha256"] == hashlib.sha256(packed).hexdigest()
    assert answer.json()["size_bytes"] == len(packed)


async def test_commit_with_a_missing_part_says_which_and_keeps_the_delivery_open(edu: Api) -> None:
    delivery = await edu.open()
    part = (await edu.put(delivery, 1, ndjson([fee(60)]))).json()
    for body, named in (
        ({"part_count": 2}, {"missing": [2], "different": [], "unannounced": []}),
        ({"parts": [{"number": 1, "sha256": "0" * 64}]}, {"missing": [], "different": [1], "unannounced": []}),
        ({"parts": [{"number": 3, "sha256": part["sha256"]}]}, {"missing": [3], "different": [], "unannounced": [1]}),
    ):
        answer = await edu.commit(delivery, **body)
        assert (answer.status_code, answer.json()["code"]) == (409, "sharing.delivery.part_missing")
        assert {key: answer.json()[key] for key in named} == named
        assert answer.json()["advice"]
    assert (await edu.get(f"/v1/deliveries/{delivery}")).json()["state"] == "open"
    assert (await edu.commit(delivery, part_count=1)).status_code == 200


async def test_strict_delivery_with_a_reject_is_refused_and_nothing_is_kept(
    edu: Api, sharing_database: Database, settings: SharingSettings, lake_files: Callable[[str], list[Path]]
) -> None:
    delivery = await edu.open(period="2026-09", strict=True)
    await edu.put(delivery, 1, ndjson([fee(70), fee(71, tuition="-1")]))
    for _ in range(2):
        answer = await edu.commit(delivery)
        assert answer.status_code == 409
    state = (await edu.get(f"/v1/deliveries/{delivery}")).json()
    assert (state["state"], state["receipt"]) == ("refused", None)
    assert [file.suffix for file in lake_files(delivery)] == [".sealed"]
    rejects = await edu.get(f"/v1/deliveries/{delivery}/rejects")
    assert [json.loads(line)["code"] for line in rejects.text.splitlines()] == ["tuition.range"]
    async with sharing_database.transaction() as session:
        found = await session.execute(
            text("SELECT count(*) FROM outbox WHERE data->>'delivery_id' = :id"), {"id": delivery}
        )
        assert found.scalar_one() == 0
        sources = await effective_parts(session, ["DS-EDU-FEE"], "2026-09", edu.intake.lake)
    assert sources == []


async def test_same_period_again_supersedes(api_of: Callable[..., Api], sharing_database: Database) -> None:
    edu = api_of("EDU")
    row = person(80) | {"reason": "身体原因", "evidence_no": "A1"}
    first = await edu.deliver(ndjson([row]), "DS-EDU-EXEMPT", period="2026-08")
    second = await edu.deliver(ndjson([row]), "DS-EDU-EXEMPT", period="2026-08")
    assert second["supersedes"] == first["delivery_id"]
    shown = (await edu.get(f"/v1/deliveries/{first['delivery_id']}")).json()
    assert shown["superseded_by"] == second["delivery_id"]
    async with sharing_database.transaction() as session:
        sources = await effective_parts(session, ["DS-EDU-EXEMPT"], PERIOD, edu.intake.lake)
    assert [source.delivery_id for source in sources] == [second["delivery_id"]]


async def test_concurrent_commits_for_one_period_leave_one_current_delivery(
    edu: Api, sharing_database: Database
) -> None:
    deliveries = []
    for index in range(5):
        delivery = await edu.open(period="2026-07")
        await edu.put(delivery, 1, ndjson([fee(90 + index)]))
        deliveries.append(delivery)
    answers = await asyncio.gather(*(edu.commit(delivery) for delivery in deliveries))
    assert {answer.status_code for answer in answers} == {200}
    async with sharing_database.transaction() as session:
        found = await session.execute(
            text("SELECT count(*) FROM delivery WHERE period = '2026-07' AND dataset = 'DS-EDU-FEE'"
                 " AND state = 'committed' AND superseded_by IS NULL")
        )  # fmt: skip
        assert found.scalar_one() == 1


async def test_equal_rows_collapse_and_of_contradictory_ones_none_counts(edu: Api, sharing_database: Database) -> None:
    delivery = await edu.open(period="2026-06")
    fifteen = fee(100) | {"id_no": person(100)["id_no"][:6] + person(100)["id_no"][8:17]}
    await edu.put(delivery, 2, ndjson([fee(101), fifteen | {"books": "0.00", "self_paid": "1800.00"}]))
    await edu.put(delivery, 1, ndjson([fee(100), fee(102), fee(102)]))
    receipt = (await edu.commit(delivery, part_count=2)).json()
    assert (receipt["rows_accepted"], receipt["rows_rejected"], receipt["rows_duplicate"]) == (2, 2, 1)
    assert receipt["rows_quarantined"] == 2
    async with sharing_database.transaction() as session:
        (source,) = await effective_parts(session, ["DS-EDU-FEE"], "2026-06", edu.intake.lake)
    assert duckdb.sql(f"SELECT * FROM '{source.exclusion}' ORDER BY ALL").fetchall() == [
        (1, 1, "contradicts"), (1, 3, "repeated"), (2, 2, "contradicts")
    ]  # fmt: skip
    rejects = [json.loads(line) for line in (await edu.get(f"/v1/deliveries/{delivery}/rejects")).text.splitlines()]
    assert [(row["part"], row["line"], row["code"]) for row in rejects] == [
        (1, 1, "row.duplicate_key"), (2, 2, "row.duplicate_key")
    ]  # fmt: skip
    assert rejects[1]["row"]["书本费"] == "0.00"
    assert [(row["row"]["证件号码"], row["row"]["姓名"]) for row in rejects] == [tuple(person(100).values())] * 2


async def test_abandoning_deletes_the_files_and_can_be_repeated(
    edu: Api, lake_files: Callable[[str], list[Path]]
) -> None:
    delivery = await edu.open()
    await edu.put(delivery, 1, ndjson([fee(110), fee(111, stage="?")]))
    assert len(lake_files(delivery)) == 3  # rows, who they are about, and a rejected one
    for _ in range(2):
        assert (await edu.call("DELETE", f"/v1/deliveries/{delivery}")).status_code == 204
    assert lake_files(delivery) == []
    assert (await edu.commit(delivery)).json()["code"] == "sharing.delivery.not_open"
    committed = await edu.deliver(ndjson([fee(112)]))
    answer = await edu.call("DELETE", f"/v1/deliveries/{committed['delivery_id']}")
    assert answer.status_code == 409


async def test_lists_are_paged_newest_first_and_filtered(api_of: Callable[..., Api]) -> None:
    hou = api_of("HOU")
    ids = [await hou.open("DS-HOU-GRADE") for _ in range(3)]
    first = (await hou.get("/v1/deliveries", params={"limit": 2, "dataset": "DS-HOU-GRADE"})).json()
    assert [item["id"] for item in first["items"]] == ids[:0:-1]
    rest = (await hou.get("/v1/deliveries", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [item["id"] for item in rest["items"]] == ids[:1]
    assert rest["next_cursor"] is None
    assert (await hou.get("/v1/deliveries", params={"cursor": "x"})).status_code == 422


async def test_repeated_open_with_the_same_key_opens_once(edu: Api) -> None:
    body = {"dataset": "DS-EDU-FEE", "period": PERIOD}
    first = await edu.post("/v1/deliveries", json=body, headers={"Idempotency-Key": "k-1"})
    again = await edu.post("/v1/deliveries", json=body, headers={"Idempotency-Key": "k-1"})
    assert again.json() == first.json()
    assert again.headers["Idempotent-Replayed"] == "true"
