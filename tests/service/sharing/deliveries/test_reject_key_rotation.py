"""The key of rejected rows is changed: departments go on reading what has to be corrected."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from servicekit import keys
from servicekit.db import Database
from servicekit.identity import check_digit
from sharing.app import create_app
from sharing.keys.service import rotate_encryption, uses
from sharing.settings import SharingSettings


def rows(count: int, bad: Callable[[int], bool]) -> bytes:
    lines = []
    for index in range(count):
        first = f"99010119800101{index % 1000:03d}"
        row = {
            "id_no": first + check_digit(first), "name": "张伟", "school_year": "2026-2027", "stage": "普通高中",
            "tuition": "-1" if bad(index) else "2000.00", "board": "800.00", "books": "200.50", "aid_total": "1000.00",
            "self_paid": "2000.50",
        }  # fmt: skip
        lines.append(json.dumps(row, ensure_ascii=False))
    return "\n".join(lines).encode()


async def test_rejected_rows_are_sealed_anew_block_by_block_and_read_the_same(
    edu: Any,
    settings: SharingSettings,
    sharing_database: Database,
    lake_files: Callable[[str], list[Path]],
    make_client: Any,
) -> None:
    made = [await edu.deliver(rows(900, lambda n: n % 3 > 0), period=period) for period in ("2026-09", "2026-10")]
    # Whom contradictory rows are about is sealed too, and comes back with them; an open delivery is not touched.
    twice = [json.loads(line) for line in rows(20, lambda _: False).splitlines()]
    twice.append(twice[3] | {"tuition": "1.00", "self_paid": "1.50"})
    unclear = await edu.deliver(
        "\n".join(json.dumps(row, ensure_ascii=False) for row in twice).encode(), period="2026-08"
    )
    assert unclear["rows_quarantined"] == 2
    unclear_path = f"/v1/deliveries/{unclear['delivery_id']}/rejects"
    about = (await edu.get(unclear_path)).text
    assert [json.loads(line)["row"]["证件号码"] for line in about.splitlines()] == [twice[3]["id_no"]] * 2
    still_open = await edu.open(period="2026-07")
    await edu.put(still_open, 1, rows(3, lambda n: n == 1))
    before = [(await edu.get(f"/v1/deliveries/{each['delivery_id']}/rejects")).text for each in made]
    assert [len(text.splitlines()) for text in before] == [600, 600]
    old = settings.reject_key.get_secret_value()
    turned = settings.model_copy(
        update={
            "reject_key": SecretStr(base64.b64encode(os.urandom(32)).decode()),
            "reject_key_id": "r2",
            "other_reject_keys": {"r1": SecretStr(old)},
        }
    )
    ring = turned.keyring("reject_key")
    async with sharing_database.transaction() as session:
        await keys.check_in(session, [ring])
        with pytest.raises(
            keys.KeyMismatch,
            match="3 files of rejected rows, 1 files of whom contradictory rows are about, 1 parts of open",
        ):
            await keys.retire(session, ring, "r1", await uses(session, "reject", "r1"))

    assert await rotate_encryption(turned, sharing_database, 1) == 3
    assert await rotate_encryption(turned, sharing_database, 1) == 0
    async with sharing_database.transaction() as session:
        left = {what: count for what, count in (await uses(session, "reject", "r1")).items() if count}
        assert left == {"files of rejected rows": 1, "parts of open deliveries": 1}
    await edu.call("DELETE", f"/v1/deliveries/{still_open}")

    async with sharing_database.transaction() as session:
        await keys.retire(session, ring, "r1", await uses(session, "reject", "r1"))
    alone = turned.model_copy(update={"other_reject_keys": {}})
    async with make_client(create_app(alone)) as client:
        assert (await client.get(unclear_path, headers=edu.headers)).text == about
        for each, text in zip(made, before, strict=True):
            answer = await client.get(f"/v1/deliveries/{each['delivery_id']}/rejects", headers=edu.headers)
            assert answer.status_code == 200
            assert answer.text == text
            newest = max(
                (file for file in lake_files(each["delivery_id"]) if file.name.startswith("rejects-")),
                key=lambda file: file.stat().st_mtime,
            )
            lines = newest.read_text().splitlines()
            assert len(lines) == 3
            assert all(line.startswith("v1.aesgcm.r2.") for line in lines)
