"""The order and number of parts under way while a file is pushed, faked at the wire."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path

import httpx
import pytest

from bangfu.sdk import Bangfu, InvalidInput, Retries
from bangfu.sdk.sharing import Sent

PARTS = 6


class Server:
    """Takes parts; odd ones take longer than even ones, so that answers overtake each other."""

    def __init__(self, refused: int = 0, there: tuple[int, ...] = ()) -> None:
        self.refused = refused
        self.there = there
        self.begun: list[int] = []
        self.sha256: dict[int, str] = {}
        self.under_way: set[int] = set()
        self.most = 0
        self.committed: list[int] | None = None

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/oauth2/token":
            return httpx.Response(200, json={"access_token": "t", "expires_in": 300})
        if path.endswith("/commit"):
            assert not self.under_way
            self.committed = [part["number"] for part in json.loads(request.content)["parts"]]
            receipt = {"delivery_id": "d", "receipt_no": "r", "rows_accepted": 1, "rows_rejected": 0,
                       "committed_at": "2026-11-01T00:00:00Z"}  # fmt: skip
            return httpx.Response(200, json=receipt)
        if "/parts/" in path:
            return await self._part(int(path.rpartition("/")[2]), request)
        parts = [{"number": number, "sha256": self.sha256[number]} for number in self.there]
        delivery = {"id": "d", "dataset": "DS-X", "period": "2026-10", "state": "open", "parts": parts}
        return httpx.Response(200, json=delivery)

    async def _part(self, number: int, request: httpx.Request) -> httpx.Response:
        self.begun.append(number)
        self.under_way.add(number)
        self.most = max(self.most, len(self.under_way))
        try:
            await asyncio.sleep(0.05 if number % 2 else 0.005)
        finally:
            self.under_way.remove(number)
        if number == self.refused:
            return httpx.Response(422, json={"type": "about:blank", "title": "no", "status": 422, "code": "x"})
        self.sha256[number] = digest_of(request)
        return httpx.Response(200, json={"number": number, "sha256": self.sha256[number]})


def digest_of(request: httpx.Request) -> str:
    return base64.b64decode(request.headers["content-digest"].removeprefix("sha-256=:").removesuffix(":")).hex()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rows.ndjson"
    path.write_bytes(b"".join(b'{"n":%06d}\n' % n for n in range(PARTS * 6000)))
    return path


async def push(server: Server, file: Path, *, resume: str | None = None) -> list[Sent]:
    sent: list[Sent] = []
    bangfu = Bangfu(
        "http://gateway", "edu", "s3cret", retries=Retries(0.5, base_s=0.001), transport=httpx.MockTransport(server)
    )
    async with bangfu:
        if resume:
            delivery = await bangfu.deliveries.get(resume)
            pushed = await bangfu.deliveries.send(delivery, [file], part_bytes=70_000, progress=sent.append)
        else:
            pushed = await bangfu.deliveries.push(
                "DS-X", [file], period="2026-10", part_bytes=70_000, progress=sent.append
            )
    assert [part.number for part in pushed.parts] == [item.part.number for item in sent]
    return sent


async def test_two_parts_are_under_way_and_told_in_order(file: Path) -> None:
    server = Server()
    sent = await push(server, file)
    numbers = list(range(1, len(sent) + 1))
    assert len(numbers) >= PARTS
    assert server.most == 2
    assert [item.part.number for item in sent] == numbers
    assert server.begun == numbers
    assert server.committed == numbers


async def test_a_refused_part_ends_the_other_one_and_nothing_is_committed(file: Path) -> None:
    server = Server(refused=2)
    with pytest.raises(InvalidInput):
        await push(server, file)
    assert server.begun == [1, 2, 3]
    assert server.under_way == set()
    assert server.committed is None
    assert 3 not in server.sha256, "what was under way was given up"


async def test_what_is_there_is_not_sent_again(file: Path) -> None:
    server = Server()
    await push(server, file)
    again = Server(there=(1, 2, 4))
    again.sha256 = server.sha256 | {4: "0" * 64}
    sent = await push(again, file, resume="d")
    assert [item.part.number for item in sent if item.was_there] == [1, 2]
    assert again.begun == list(range(3, len(sent) + 1)), "part 4 holds other bytes"
    assert again.committed == list(range(1, len(sent) + 1))
