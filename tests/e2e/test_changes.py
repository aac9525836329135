"""A township's application that was away, through the gateway with the SDK: what changed and what left."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from bangfu.sdk import Bangfu, NotFound, StartAgain
from bangfu.sdk.models import Changes
from bangfu_local.embedded import EmbeddedSystem, township_client

from .test_following import OTHER_TOWN, OTHER_VILLAGE, QUIET, TOWN, Call, call, until

__all__ = ["call"]

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


@dataclass
class Device:
    """Keeps what a township's feeds tell."""

    bangfu: Bangfu
    places: dict[str, str] = field(default_factory=dict)
    copies: dict[str, dict[str, Any]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)

    async def catch_up(self) -> None:
        """Follow the three feeds to their ends."""
        feeds = {"households": self.bangfu.households, "clues": self.bangfu.clues, "duties": self.bangfu.duties}
        for name, feed in feeds.items():
            async for page in feed.changes(self.places.get(name), limit=5):
                await self.keep(name, page)

    async def keep(self, name: str, page: Changes) -> None:
        copy = self.copies.setdefault(name, {})
        copy |= {item.id: item for item in page.items}  # type: ignore[attr-defined]
        for key in page.gone:
            copy.pop(key, None)
        self.gone |= set(page.gone)
        self.places[name] = page.changed_since

    def duties_of(self, household_id: str) -> set[str]:
        """The kinds of a household's open duties."""
        duties = self.copies["duties"].values()
        return {duty.kind for duty in duties if duty.household_id == household_id and duty.state == "open"}


def case(serial: int) -> dict[str, Any]:
    """A household that is helped already, so that it has duties."""
    number = f"99CHANGE{serial:03d}"
    person = {"person_no": f"{number}01", "name": "周离线", "birth_date": "1970-01-01", "sex": "1"}
    return {
        "hh_no": number, "village_code": QUIET, "hh_type": "0",
        "members": [person | {"relation": "head", "labour": "1"}],
        "monitor": {"category": "1", "identified_on": "2026-01-10", "risk_types": ["01"]},
    }  # fmt: skip


async def test_an_application_that_was_away_has_what_the_lists_show(running_system: EmbeddedSystem, call: Call) -> None:
    town, other_town = (township_client(code).client_id for code in (TOWN, OTHER_TOWN))
    made = [await call("bureau", "POST", "/v1/households", json=case(serial)) for serial in (1, 2)]
    stays, moves = (answer.json()["id"] for answer in made)
    async with running_system.client(town) as here, running_system.client(other_town) as there:
        device, other = Device(here), Device(there)

        async def has_both() -> bool:
            await device.catch_up()
            return all(device.duties_of(home) >= {"D06", "D07"} for home in (stays, moves))

        await until(has_both)
        await other.catch_up()
        assert not {stays, moves} & other.copies["households"].keys()
        duties = {key for key, duty in device.copies["duties"].items() if duty.household_id == moves}

        change = {"village_code": OTHER_VILLAGE}
        left = await call("bureau", "PATCH", f"/v1/households/{moves}", json=change, headers={"If-Match": "*"})
        assert left.status_code == 200, left.text
        visit = {"risk_type": "11", "visited_on": "2026-11-10", "visitors": ["s-1"], "note": "漏雨"}
        seen = await call(town, "POST", "/v1/visits", json=visit | {"household_id": stays})
        assert seen.status_code in (200, 201), seen.text
        clue = seen.json()["clue_id"]

        async def has_heard() -> bool:
            await device.catch_up()
            has_left = {moves, *duties} <= device.gone
            return has_left and clue in device.copies["clues"] and "D03" in device.duties_of(stays)

        await until(has_heard)
        assert moves not in device.copies["households"]
        assert device.duties_of(moves) == set()

        async def has_come() -> bool:
            await other.catch_up()
            return moves in other.copies["households"] and other.duties_of(moves) >= {"D06", "D07"}

        await until(has_come)

        async def is_what_the_list_shows() -> bool:
            await device.catch_up()
            return device.copies["households"] == {item.id: item async for item in here.households.list(area=TOWN)}

        await until(is_what_the_list_shows)
        _, tag = await here.households.read(stays)
        assert await here.households.newer(stays, tag) is None, "nothing is sent again"
        with pytest.raises(NotFound):
            await there.households.newer(stays, tag)
        with pytest.raises(StartAgain) as refused:
            async for _ in there.households.changes(device.places["households"]):
                pass
        assert refused.value.code == "changes.start_again"
        page = await here.connection.request("GET", "/v1/households/changes", params={"limit": 200})
        assert (page.headers["content-encoding"], page.json()["is_more"] in (True, False)) == ("gzip", True)
