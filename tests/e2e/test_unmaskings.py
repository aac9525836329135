"""Through the gateway: many are seen in full by who asked when a second one has agreed; the audit has whom."""

from __future__ import annotations

import pytest

from bangfu_local.embedded import ClientSpec, EmbeddedSystem

from .test_following import QUIET, Call, call, register, until, with_check_digit

__all__ = ["call"]

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

NUMBER = with_check_digit("99010319660203041")
WANTED = {
    "fields": ["name", "id_no"],
    "purpose_code": "petition",
    "legal_basis": "信访工作条例",
    "reason": "集体来信核对",
}


async def test_who_asked_reads_what_another_confirmed_and_the_audit_has_whom(
    call: Call, running_system: EmbeddedSystem
) -> None:
    await running_system.ensure_clients(
        [
            ClientSpec("asks", "申请人", ("persons:unmask",), areas=(QUIET,)),
            ClientSpec("confirms", "复核人", ("unmaskings:confirm", "audit:read"), areas=(QUIET,)),
        ]
    )
    home = await register(call, "99BULK001", NUMBER, "郑批量", "1966-02-03", village=QUIET)
    asked = await call("asks", "POST", "/v1/unmaskings", json=WANTED | {"household_ids": [home]})
    assert asked.status_code == 201, asked.text
    place = f"/v1/unmaskings/{asked.json()['id']}"
    assert (await call("asks", "GET", f"{place}/persons")).status_code == 409
    yes = {"agrees": True, "note": "与来信核对一致"}
    assert (await call("asks", "POST", f"{place}/decision", json=yes)).status_code == 403
    agreed = await call("confirms", "POST", f"{place}/decision", json=yes)
    assert (agreed.status_code, agreed.json()["state"]) == (200, "confirmed"), agreed.text
    assert (await call("confirms", "GET", f"{place}/persons")).status_code == 403
    (row,) = (await call("asks", "GET", f"{place}/persons")).json()["items"]
    assert (row["household_id"], row["name"], row["id_no"]) == (home, "郑批量", NUMBER)
    table = await call("asks", "GET", f"{place}/persons", params={"format": "csv"})
    assert NUMBER in table.text
    assert table.headers["content-disposition"].startswith("attachment")

    async def audited() -> bool:
        found = await call("confirms", "GET", "/v1/audit", params={"shown": row["person_id"], "limit": 100})
        return [each["route"] for each in found.json()["items"]].count("/v1/unmaskings/{request_id}/persons") == 2

    await until(audited)
