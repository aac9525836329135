"""Constant memory: a part of any size costs the same."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from servicekit.identity import check_digit

from .conftest import Api

ROWS_A_MEMBER = 2_000
MEMBERS = 400
MAX_GROWTH_MIB = 250


def member() -> tuple[bytes, int]:
    """Give a gzip member of DS-MED-COST rows and the bytes that it inflates to."""
    lines = []
    for index in range(ROWS_A_MEMBER):
        first = f"990101{1950 + index % 60}{1 + index % 12:02d}{1 + index % 28:02d}{index % 1000:03d}"
        total = 997 * index % 5_000_000
        row = {
            "id_no": first + check_digit(first), "name": "测试" + chr(0x4E00 + index), "as_of": "2026-10-31",
            "year": 2026, "period_to": "2026-10-31", "total": f"{total / 100:.2f}",
            "basic_paid": f"{(total - total // 2) / 100:.2f}", "critical_paid": "0.00", "aid_paid": "0.00",
            "self_paid_ytd": f"{total // 2 / 100:.2f}",
            "inpatient_self_paid": "0.00", "outpatient_self_paid_month": "12.50",
        }  # fmt: skip
        lines.append(json.dumps(row, ensure_ascii=False))
    plain = ("\n".join(lines) + "\n").encode()
    return gzip.compress(plain, 1), len(plain)


def rss_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


async def test_a_part_of_hundreds_of_megabytes_does_not_grow_the_process(api_of: Callable[..., Api]) -> None:
    """800,000 rows, about 220 MiB inflated, stream through; memory grows by less than 250 MiB."""
    packed, plain_bytes = member()
    assert plain_bytes * MEMBERS > 200 << 20
    med = api_of("MED")
    delivery = await med.open("DS-MED-COST")

    async def body(members: int) -> AsyncIterator[bytes]:
        for _ in range(members):
            yield packed
            await asyncio.sleep(0)

    warm = await med.put(delivery, 1, body(2), Content_Encoding="gzip")  # threads, engines and tables come up
    assert warm.json()["accepted"] == 2 * ROWS_A_MEMBER, warm.text

    before, peak, done = rss_mib(), 0.0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.02):
            peak = max(peak, rss_mib())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        answer = await med.put(delivery, 2, body(MEMBERS), Content_Encoding="gzip")
    finally:
        done.set()
        watcher.join()
    assert answer.json()["accepted"] == MEMBERS * ROWS_A_MEMBER, answer.text
    assert peak - before < MAX_GROWTH_MIB
    print(f"grew by {peak - before:.0f} MiB")


async def test_the_event_loop_stays_responsive_while_a_part_is_taken(api_of: Callable[..., Api]) -> None:
    """Small requests are answered while a large part is worked on."""
    packed, _ = member()
    med = api_of("MED")
    delivery = await med.open("DS-MED-COST")
    upload = asyncio.create_task(med.put(delivery, 1, packed * 60, Content_Encoding="gzip"))
    answered = 0
    while not upload.done():
        assert (await med.get("/v1/datasets")).status_code == 200
        answered += 1
        await asyncio.sleep(0.002)  # requests over ASGI never wait for a socket: give the upload its turn
    assert (await upload).status_code == 200
    assert answered > 5
