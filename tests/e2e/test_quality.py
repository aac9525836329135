"""What is wrong in the register, through the gateway: it is listed in its village, and gone once it is mended."""

from __future__ import annotations

from typing import Any

import pytest

from bangfu_local.embedded import EmbeddedSystem, township_client

from .test_following import Call, call, until

__all__ = ["call"]

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

TOWN, VILLAGE = "990103101000", "990103101203"
RULE = "Q-P12"


async def test_a_wrong_pupil_is_listed_in_the_village_until_corrected(
    running_system: EmbeddedSystem, call: Call
) -> None:
    """F-F23, RP-15."""
    town = township_client(TOWN).client_id
    head = {"person_no": "99QUAL00101", "name": "孙核对", "birth_date": "1970-01-01", "sex": "1", "relation": "head"}
    pupil = {"person_no": "99QUAL00102", "name": "孙小学", "birth_date": "1999-01-01", "sex": "2", "relation": "child"}
    body = {
        "hh_no": "99QUAL001", "village_code": VILLAGE, "hh_type": "0",
        "members": [head | {"labour": "1"}, pupil | {"labour": "1", "school_stage": "primary"}],
    }  # fmt: skip
    made = await call("bureau", "POST", "/v1/households", json=body)
    assert made.status_code == 201, made.text
    home = made.json()["id"]

    async def listed(client: str = town, **more: str) -> list[dict[str, Any]]:
        params = {"area": VILLAGE, "rule": RULE, "limit": "200", **more}
        answer = await call(client, "GET", "/v1/quality/errors", params=params)
        assert answer.status_code == 200, answer.text
        return [item for item in answer.json()["items"] if item["household_id"] == home]

    async def is_listed() -> bool:
        return len(await listed()) == 1

    async def is_gone() -> bool:
        return await listed() == []

    await until(is_listed)
    [error] = await listed()
    assert error["title"]["household"]["hh_no"] == "99QUAL001"
    assert error["person"]["name"] == "孙**"
    assert error["evidence"] == {"school_stage": "primary", "age": 27}
    counts = await call(town, "GET", "/v1/quality/counts", params={"area": VILLAGE, "rule": RULE})
    assert [item["open"] >= 1 for item in counts.json()["items"]] == [True]

    read = await call(town, "GET", f"/v1/households/{home}")
    [member] = [each["id"] for each in read.json()["members"] if each["relation"] == "child"]
    change = {"members": [{"id": member, "school_stage": None}]}
    headers = {"If-Match": read.headers["etag"]}
    patched = await call("bureau", "PATCH", f"/v1/households/{home}", json=change, headers=headers)
    assert patched.status_code == 200, patched.text
    await until(is_gone)
    [closed] = await listed(state="closed")
    assert closed["id"] == error["id"]
