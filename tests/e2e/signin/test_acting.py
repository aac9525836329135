"""People of a roster sign in at Keycloak and act through the gateway; machines, strangers and former holders do not."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import httpx
import pytest

from bangfu_local.embedded import ClientSpec, EmbeddedSystem, people_clients, people_settings
from bangfu_local.embedded.clients import PEOPLE
from promptly import promptly

from .browser import Person, Realm, tokens_of, visit

pytestmark = [pytest.mark.keycloak, pytest.mark.timeout(300)]

COUNTY, TOWN_A, TOWN_B = "990188000000", "990188101000", "990188102000"
VILLAGE_A, VILLAGE_B = "990188101201", "990188102201"
AREAS = "code,name,parent_code,valid_from\n" + "".join(
    f"{code},区域{code},{parent},2020-01-01\n"
    for code, parent in (
        ("990000000000", ""), ("990100000000", "990000000000"), (COUNTY, "990100000000"), (TOWN_A, COUNTY),
        (TOWN_B, COUNTY), (VILLAGE_A, TOWN_A), (VILLAGE_B, TOWN_B),
    )
)  # fmt: skip
TODAY = datetime.now(timezone(timedelta(hours=8))).date()  # in China, as the system counts
SINCE = TODAY - timedelta(days=30)
CLERK = ClientSpec(
    "clerk", "县级录入", ("areas:read", "areas:write", "staff:read", "staff:write", "clues:report", "clues:read"),
    areas=("990000000000",),
)  # fmt: skip
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"


@dataclass
class World:
    """The system, the issuer, and who is on the roster: staff id and terms by account."""

    system: EmbeddedSystem
    gateway: httpx.AsyncClient
    realm: Realm
    staff: dict[str, str]
    terms: dict[str, list[str]]

    async def machine(self, client_id: str) -> dict[str, str]:
        """Authorization of an application that acts for itself."""
        login = (client_id, self.system.secrets.clients[client_id])
        answer = await self.gateway.post("/oauth2/token", data={"grant_type": "client_credentials"}, auth=login)
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    async def done(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        """Send a request as the clerk, which must succeed."""
        headers = await self.machine("clerk") | more.pop("headers", {})
        answer = await self.gateway.request(method, path, headers=headers, **more)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return dict(answer.json())

    async def exchange(self, token: str, **more: str) -> httpx.Response:
        """Exchange a token of the issuer as the application."""
        form = {"grant_type": EXCHANGE, "subject_token": token, "subject_token_type": ACCESS_TOKEN} | more
        login = (PEOPLE, self.system.secrets.clients[PEOPLE])
        return await self.gateway.post("/oauth2/token", data=form, auth=login)

    async def person(self, account: Person, **more: str) -> dict[str, str]:
        """Sign somebody in; give the Authorization that the application then has."""
        tokens = await tokens_of(self.realm, account)
        async with asyncio.timeout(30):
            while not (answer := await self.exchange(tokens["access_token"], **more)).is_success:
                # The gateway learns the roster from the bus.
                assert answer.json()["code"] in ("gateway.sign_in.unknown_account", "gateway.sign_in.no_term")
                await asyncio.sleep(0.1)
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    async def clue(self, village: str) -> str:
        """What somebody applied for in a village."""
        said = {"area_code": village, "risk_type": "01", "via": "paper", "applied_on": TODAY.isoformat()}
        return str((await self.done("POST", "/v1/applications", json=said))["clue_id"])

    async def accept(self, clue: str, headers: Mapping[str, str]) -> httpx.Response:
        """Take a clue in hand: a step that a person must take."""
        return await self.gateway.post(f"/v1/clues/{clue}/accept", json={}, headers={**headers, "If-Match": "*"})


@pytest.fixture(scope="module")
async def world(realm: Realm, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """One system for all: people sign in at Keycloak, no machine stands in for them."""
    settings = people_settings(realm.issuer, realm.client_id, realm.silent_client_id, amr_values=["otp"])
    async with (
        EmbeddedSystem(tmp_path_factory.mktemp("signin") / "data", durable=False, extra_environment=settings) as system,
        httpx.AsyncClient(base_url=system.gateway_url, timeout=60) as gateway,
    ):
        await system.ensure_clients([*people_clients(), CLERK])
        world = World(system, gateway, realm, {}, {})
        made = await world.done(
            "POST", "/v1/areas/import?wait_s=60", content=AREAS, headers={"Content-Type": "text/csv"}
        )
        while made["state"] not in ("done", "failed"):
            made = await world.done("GET", f"/v1/areas/import/{made['import_id']}?wait_s=60")
        anna, berta, carla, *_ = realm.people
        await enrol(world, anna, TOWN_A, ["TOWN"])
        await enrol(world, berta, TOWN_B, ["TOWN"])
        await enrol(world, carla, TOWN_A, ["TOWN", "ENTRY"])
        yield world


async def enrol(world: World, account: Person, town: str, roles: list[str]) -> None:
    """Put somebody on the roster, with an account and terms."""
    unit = await world.done(
        "POST", "/v1/units", json={"kind": "town", "name": f"{account.username}所在镇", "area_code": town}
    )
    staff = await world.done("POST", "/v1/staff", json={"name": account.username, "unit_id": unit["id"]})
    place = f"/v1/staff/{staff['id']}"
    await world.done("POST", f"{place}/accounts", json={"issuer": world.realm.issuer, "subject": account.subject})
    for role in roles:
        term = {"role": role, "area_code": town, "first_on": SINCE.isoformat()}
        staff = await world.done("POST", f"{place}/appointments", json=term)
    world.staff[account.username] = staff["id"]
    world.terms[account.username] = [term["id"] for term in staff["appointments"]]


async def test_a_person_takes_a_step_and_the_record_names_the_person(world: World) -> None:
    anna = world.realm.people[0]
    clue = await world.clue(VILLAGE_A)
    accepted = await world.accept(clue, await world.person(anna))
    assert accepted.status_code == 200, accepted.text
    assert accepted.json()["accepted_by"] == f"staff:{world.staff[anna.username]}"


async def test_two_people_of_the_roster_verify_and_the_audit_names_who_told_it(world: World) -> None:
    anna, _, carla, *_ = world.realm.people
    clue, headers = await world.clue(VILLAGE_A), await world.person(anna)
    visitors = [world.staff[anna.username], world.staff[carla.username]]
    said = {
        "result": "unreachable",
        "note": "两次入户均无人在家",
        "verifiers": visitors,
        "visited_on": TODAY.isoformat(),
    }
    verified = await world.gateway.post(
        f"/v1/clues/{clue}/verification", json=said | {"verifiers": visitors}, headers=headers | {"If-Match": "*"}
    )
    assert verified.status_code == 200, verified.text
    (record,) = verified.json()["verifications"]
    assert [name.removeprefix("staff:") for name in record["verifiers"]] == visitors
    audit = await world.gateway.get(
        f"/v1/audit?person={world.staff[anna.username]}&limit=200", headers=await world.machine("admin")
    )
    assert audit.status_code == 200, audit.text
    assert {entry["client_id"] for entry in audit.json()["items"]} == {PEOPLE}
    assert f"/v1/clues/{clue}/verification" in audit.text


async def test_the_application_cannot_take_that_step_for_itself(world: World) -> None:
    refused = await world.accept(await world.clue(VILLAGE_A), await world.machine(PEOPLE))
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")


async def test_to_a_person_of_another_township_the_clue_does_not_exist(world: World) -> None:
    clue = await world.clue(VILLAGE_A)
    headers = await world.person(world.realm.people[1])
    assert (await world.accept(clue, headers)).status_code == 404
    assert (await world.gateway.get(f"/v1/clues/{clue}", headers=headers)).status_code == 404


async def test_an_id_token_another_applications_and_one_without_a_second_factor_are_refused(world: World) -> None:
    anna = world.realm.people[0]
    tokens = await tokens_of(world.realm, anna)
    other = await tokens_of(world.realm, anna, client_id=world.realm.other_client_id)
    silent = await tokens_of(world.realm, anna, client_id=world.realm.silent_client_id)
    for token, reason in (
        (tokens["id_token"], "token_type"),
        (other["access_token"], "token_audience"),
        (silent["access_token"], "second_factor_missing"),
    ):
        refused = await world.exchange(token)
        assert (refused.status_code, refused.json()["code"]) == (400, f"gateway.sign_in.{reason}"), refused.text


async def test_a_forged_token_and_somebody_who_is_not_on_the_roster_are_refused(world: World) -> None:
    stranger = (await tokens_of(world.realm, world.realm.people[5]))["access_token"]
    refused = await world.exchange(stranger)
    assert refused.json()["code"] == "gateway.sign_in.unknown_account", refused.text
    head, claims, signature = stranger.split(".")
    forged = await world.exchange(f"{head}.{claims}.{signature[::-1]}")
    assert forged.json()["code"] == "gateway.sign_in.token_signature", forged.text


async def test_whoever_has_several_terms_says_which(world: World) -> None:
    carla = world.realm.people[2]
    token = (await tokens_of(world.realm, carla))["access_token"]
    asked = (await world.exchange(token)).json()
    assert asked["code"] == "gateway.sign_in.several_terms"
    assert {term["appointment_id"] for term in asked["terms"]} == set(world.terms[carla.username])
    for term in asked["terms"]:
        headers = await world.person(carla, appointment_id=term["appointment_id"])
        status = (await world.accept(await world.clue(VILLAGE_A), headers)).status_code
        assert status == (200 if term["role"] == "TOWN" else 403), term


async def test_a_person_signs_in_on_the_command_line_and_is_signed_out_again(world: World, tmp_path: Path) -> None:
    berta = world.realm.people[1]
    known = {
        "BANGFU_URL": world.system.gateway_url, "BANGFU_CLIENT_ID": PEOPLE,
        "BANGFU_CLIENT_SECRET": world.system.secrets.clients[PEOPLE], "BANGFU_ISSUER": world.realm.issuer,
        "BANGFU_CONFIG_DIR": str(tmp_path), "COLUMNS": "200", "PYTHONUNBUFFERED": "1",
    }  # fmt: skip

    async def bangfu(*arguments: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bangfu", *arguments, env=os.environ | known, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip

    await world.person(berta)  # the gateway knows her by now
    login = await bangfu("login", "--no-browser")
    assert login.stdout is not None
    address = ""
    while not re.match("https?://", address):
        address = (await login.stdout.readline()).decode().strip()
    back = (await visit(address, berta)).location
    assert back is not None
    async with httpx.AsyncClient() as browser:
        page = await browser.get(back)
    assert "可以关闭本页" in page.text
    said = (await login.stdout.read()).decode()
    assert await login.wait() == 0, said
    assert world.staff[berta.username] in said
    assert world.terms[berta.username][0] in said

    for arguments, status, expected in (
        (("whoami",), 0, world.staff[berta.username]),
        (("duties", "--as-me"), 0, "到期须办事项"),
        (("logout",), 0, "已退出"),
        (("whoami",), 2, "bangfu login"),
    ):
        process = await bangfu(*arguments)
        shown = (await process.communicate())[0].decode()
        assert process.returncode == status, shown
        assert expected in shown


async def test_a_term_that_ends_takes_the_token_with_it_within_two_seconds(world: World) -> None:
    anna = world.realm.people[0]
    terms = world.terms[anna.username]

    async def ends(attempt: int) -> float:
        if attempt:
            another = {"role": ("ENTRY", "HELPER")[attempt - 1], "area_code": TOWN_A, "first_on": SINCE.isoformat()}
            staff = await world.done("POST", f"/v1/staff/{world.staff[anna.username]}/appointments", json=another)
            terms.extend(term["id"] for term in staff["appointments"] if term["id"] not in terms)
        headers = await world.person(anna)
        assert (await world.gateway.get("/v1/clues", headers=headers)).status_code == 200
        ended = {"last_on": (TODAY - timedelta(days=1)).isoformat(), "reason": "调离本镇"}
        await world.done("POST", f"/v1/appointments/{terms[-1]}/end", json=ended)
        began = time.monotonic()
        async with asyncio.timeout(30):
            while (await world.gateway.get("/v1/clues", headers=headers)).status_code != 401:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        return time.monotonic() - began

    await promptly(ends, within_s=2)
    again = await world.exchange((await tokens_of(world.realm, anna))["access_token"])
    assert again.json()["code"] in ("gateway.sign_in.no_term", "gateway.sign_in.term_over"), again.text
