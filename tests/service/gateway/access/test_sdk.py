"""The SDK's calls of a manager, against a running gateway: what needs two is told as what it is."""

from __future__ import annotations

from typing import Any

import pytest

from bangfu.sdk import Bangfu, Forbidden, Retries
from bangfu.sdk.models import Client, ClientProposal

TOWN = "990101101000"


@pytest.fixture
async def managers(gateway: Any) -> list[Bangfu]:
    found = []
    for name in ("sdk-first", "sdk-second"):
        secret = await gateway.client(name, scopes=["clients:manage"], grants=["*"])
        found.append(Bangfu(gateway.url, name, secret, retries=Retries(5.0)))
    return found


async def test_what_needs_a_second_manager_is_a_proposal(managers: list[Bangfu]) -> None:
    first, second = managers
    async with first, second:
        plain = await first.clients.create("sdk-plain", name="甲", scopes=["things:read"], areas=[TOWN])
        assert isinstance(plain, Client)
        assert plain.client_secret is not None

        proposed = await first.clients.create(
            "sdk-edu", name="教育", scopes=["things:read"], areas=[TOWN], department="EDU"
        )
        assert isinstance(proposed, ClientProposal)
        assert proposed.id in [each.id async for each in second.clients.proposals()]
        with pytest.raises(Forbidden):
            await first.clients.approve(proposed.id)
        made = await second.clients.approve(proposed.id)
        assert (made.client_id, made.department) == ("sdk-edu", "EDU")
        assert made.client_secret is not None

        rotated = await first.clients.rotate_secret("sdk-edu")
        assert isinstance(rotated, ClientProposal)
        assert (await second.clients.reject(rotated.id, "没有必要")).state == "rejected"

        _, etag = await first.clients.get("sdk-plain")
        widened, _ = await first.clients.change("sdk-plain", {"scopes": ["things:read", "persons:unmask"]}, etag)
        assert isinstance(widened, ClientProposal)
        renamed, etag = await first.clients.change("sdk-plain", {"name": "乙"}, etag)
        assert isinstance(renamed, Client)
        await first.clients.remove("sdk-plain", etag)
        assert "sdk-plain" in [each.client_id async for each in first.clients.list(status="removed")]
