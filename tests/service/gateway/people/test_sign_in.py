"""People sign in elsewhere, and an application acts for them: the gateway, its worker, an issuer on loopback."""

from __future__ import annotations

import asyncio
import base64
import json
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
import pytest
from gateway_processes import Process, until
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from sign_in_office import (
    ACCESS_TOKEN,
    APP_SCOPES,
    COUNTY,
    ELSEWHERE,
    EXCHANGE,
    TOWN,
    Office,
    Somebody,
    claims_of,
)
from sqlalchemy import text
from token_forms import keyring_of

from contracts.envelope import envelope_of
from contracts.vocabulary import Department, StaffRole
from promptly import promptly
from servicekit import clock
from servicekit.bus import open_bus
from servicekit.bus.port import OutMessage
from servicekit.ids import new_id


@pytest.fixture(scope="module")
async def office(gateway: Any, people_issuer: Any, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    worker = Process(
        [sys.executable, "-m", "gateway", "worker"],
        gateway.environment | {"GATEWAY_AUDIT_SEAL_INTERVAL_S": "60"},
        tmp_path_factory.mktemp("worker") / "worker.log",
    )
    worker.start()
    bus = open_bus(f"embedded:{gateway.database.url}", client="test-registry")
    await bus.start()
    await gateway.client("town-app", scopes=APP_SCOPES)
    try:
        yield Office(gateway, bus, people_issuer, until)
    finally:
        await bus.close()
        worker.stop()


async def test_an_application_acts_for_who_signed_in_in_one_term(office: Office) -> None:
    person = await office.announce(office.somebody().with_term())
    answer = await office.ask(office.issuer.token(person.account, exp=int(time.time()) + 200))
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert (body["issued_token_type"], body["token_type"]) == (ACCESS_TOKEN, "Bearer")
    assert 190 <= body["expires_in"] <= 200, "never beyond the sign-in itself"
    claims = claims_of(body["access_token"])
    assert claims == claims | {
        "sub": f"staff:{person.staff_id}", "person": person.staff_id, "act": {"sub": "town-app"},
        "client_id": "town-app",
        "areas": [TOWN], "role": "TOWN", "appointment_id": person.terms[0].appointment_id, "roster_version": 1,
        "scope": "areas:read clues:read clues:verify episodes:write",
    }  # fmt: skip
    assert not {"person_stand_in", "dept", "grid"} & set(claims)
    narrow = claims_of(await office.token_for(person, scope="clues:read"))
    assert narrow["scope"] == "clues:read"


async def test_metadata_list_the_exchange(office: Office) -> None:
    async with office.http() as http:
        found = (await http.get("/.well-known/oauth-authorization-server")).json()
    assert found["grant_types_supported"] == ["client_credentials", EXCHANGE]


async def test_the_grid_and_the_department_of_the_term_stand_in_the_token(office: Office) -> None:
    person = office.somebody().with_term(StaffRole.GRID, area_code="990101101201", grid="2")
    claims = claims_of(await office.token_for(await office.announce(person)))
    assert (claims["areas"], claims["grid"]) == (["990101101201"], "2")
    await office.gateway.client("edu-app", scopes=["areas:read", "deliveries:write"], department="EDU")
    liaison = office.somebody().with_term(StaffRole.LIAISON, area_code=COUNTY, department=Department.EDU)
    claims = claims_of(await office.token_for(await office.announce(liaison), client="edu-app"))
    assert (claims["dept"], claims["areas"], claims["scope"]) == ("EDU", [COUNTY], "areas:read deliveries:write")
    # A township's auditor has no department; through a department's application he would see every one.
    town = await office.announce(office.somebody().with_term())
    refused = await office.ask(office.issuer.token(town.account), client="edu-app")
    assert refused.json()["code"] == "gateway.sign_in.other_department"


async def test_of_several_terms_the_application_chooses_one(office: Office) -> None:
    person = await office.announce(office.somebody().with_term().with_term(StaffRole.VILLAGE, area_code="990101101201"))
    token = office.issuer.token(person.account)
    answer = await office.ask(token)
    assert (answer.status_code, answer.json()["code"]) == (400, "gateway.sign_in.several_terms")
    assert answer.json()["error"] == "invalid_request"
    terms = answer.json()["terms"]
    assert [term["role"] for term in terms] == ["TOWN", "VILLAGE"]
    assert "name" not in json.dumps(terms)
    chosen = await office.ask(token, appointment_id=terms[1]["appointment_id"])
    assert claims_of(chosen.json()["access_token"])["areas"] == ["990101101201"]


async def test_bad_sign_ins_are_refused_by_their_reason(office: Office) -> None:
    """Each with its code, none with half a session."""
    issuer, today = office.issuer, clock.today()
    yesterday = today - timedelta(days=1)
    known = await office.announce(office.somebody().with_term())
    over = await office.announce(office.somebody().with_term(last_on=yesterday))
    later = await office.announce(office.somebody().with_term(first_on=today + timedelta(days=1)))
    off = office.somebody().with_term()
    off.is_active = False
    await office.announce(off)
    away = await office.announce(office.somebody().with_term(area_code="990102101000"))
    stranger = RSAKey.generate_key(2048, parameters={"kid": issuer.keys[0].kid})
    good, past = issuer.token(known.account), int(time.time()) - 1
    body = good.split(".")[1]
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none","typ":"at+jwt"}').decode().rstrip("=") + f".{body}."
    cases: list[tuple[str, str, dict[str, str]]] = [
        ("unknown_account", issuer.token("nobody"), {}),
        ("inactive", issuer.token(off.account), {}),
        ("no_term", issuer.token(over.account), {}),
        ("term_over", issuer.token(over.account), {"appointment_id": over.terms[0].appointment_id}),
        ("term_not_begun", issuer.token(later.account), {"appointment_id": later.terms[0].appointment_id}),
        ("term_unknown", good, {"appointment_id": over.terms[0].appointment_id}),
        ("outside_areas", issuer.token(away.account), {}),
        ("scope_beyond_role", good, {"scope": "episodes:approve"}),
        ("scope_beyond_client", good, {"scope": "plans:write"}),
        ("second_factor_missing", issuer.token(known.account, acr="1"), {}),
        ("token_expired", issuer.token(known.account, exp=past), {}),
        ("token_audience", issuer.token(known.account, aud="other", client_id="other"), {}),
        ("token_type", issuer.token(known.account, typ="JWT"), {}),
        ("token_type", issuer.token(known.account, typ="JWT", nonce="n", scope=None, client_id=None), {}),
        ("token_signature", unsigned, {}),
        ("token_signature", issuer.token(known.account, key=stranger), {}),
        ("token_signature", issuer.token(known.account, key=ECKey.generate_key("P-256", auto_kid=True)), {}),
        ("token_signature", good[:-8] + "AAAAAAAA", {}),
        ("issuer_unknown", issuer.token(known.account, iss="https://elsewhere.test"), {}),
        ("issuer_unknown", await office.gateway.token("town-app"), {}),
        ("token_malformed", "no.token", {}),
        ("token_malformed", good + "x" * 8192, {}),
        ("token_kind", good, {"subject_token_type": "urn:ietf:params:oauth:token-type:saml2"}),
    ]
    for reason, token, form in cases:
        answer = await office.ask(token, **form)
        assert (answer.status_code, answer.json()["code"]) == (400, f"gateway.sign_in.{reason}"), (reason, answer.text)
        assert answer.json()["error"] == ("invalid_scope" if reason.startswith("scope") else "invalid_request")
        assert answer.json()["title"]
        assert answer.json()["advice"]
        assert "access_token" not in answer.text


async def test_a_refused_sign_in_is_recorded_with_its_person_and_application(
    office: Office, http: httpx.AsyncClient
) -> None:
    person = await office.announce(office.somebody().with_term())
    refused = await office.ask(office.issuer.token(person.account), scope="episodes:approve")
    assert refused.status_code == 400

    async def recorded() -> bool:
        entries = (await http.get("/v1/audit", params={"person": person.staff_id})).json()["items"]
        return [(entry["client_id"], entry["code"], entry["route"]) for entry in entries] == [
            ("town-app", "gateway.sign_in.scope_beyond_role", "/oauth2/token")
        ]

    await office.until(recorded, "the refusal in the record")


async def test_what_rfc_8693_has_and_this_does_not_is_refused_and_not_ignored(office: Office) -> None:
    person = await office.announce(office.somebody().with_term())
    token = office.issuer.token(person.account)
    for form, error in (
        ({"subject_token": ""}, "invalid_request"),
        ({"actor_token": token, "actor_token_type": ACCESS_TOKEN}, "invalid_request"),
        ({"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"}, "invalid_request"),
        ({"audience": "somebody-else"}, "invalid_target"),
        ({"resource": "https://elsewhere.test"}, "invalid_target"),
    ):
        answer = await office.ask(token, **form)
        assert (answer.status_code, answer.json()["error"]) == (400, error), answer.text
    assert (await office.ask(token, audience="bangfu")).status_code == 200
    async with office.http() as http:
        form = {"grant_type": EXCHANGE, "subject_token": token, "subject_token_type": ACCESS_TOKEN}
        alone = await http.post("/oauth2/token", data=form)
        wrong = await http.post("/oauth2/token", data=form, auth=("town-app", "wrong"))
    assert (alone.status_code, wrong.status_code) == (400, 401), "a person's token is no client's"


async def test_an_account_of_two_people_signs_nobody_in(office: Office) -> None:
    """The registry gives an account to one person; its events of two may come in any order, and neither is believed."""
    one = await office.announce(office.somebody().with_term())
    other = office.somebody().with_term()
    other.account = one.account
    await office.announce(other)
    answer = await office.ask(office.issuer.token(one.account))
    assert answer.json()["code"] == "gateway.sign_in.shared_account"
    one.has_account = False
    await office.announce(one)
    assert claims_of(await office.token_for(other))["person"] == other.staff_id


async def test_an_older_event_that_comes_late_changes_nothing(office: Office) -> None:
    person = await office.announce(office.somebody().with_term())
    person.is_active = False
    await office.announce(person)
    old = envelope_of(
        person.event().model_copy(update={"version": 1, "is_active": True}),
        event_id=new_id(), source="/bangfu/registry", at=datetime.now(UTC),
    )  # fmt: skip
    await office.bus.publish(
        [OutMessage("registry.staff.v1", person.staff_id, orjson.dumps(old.model_dump(mode="json")))]
    )
    await office.announce(office.somebody())  # behind it on the bus
    answer = await office.ask(office.issuer.token(person.account))
    assert answer.json()["code"] == "gateway.sign_in.inactive"


@pytest.mark.parametrize("change", ["term ended", "switched off", "account removed"])
async def test_a_change_on_the_roster_ends_a_token_within_two_seconds(office: Office, change: str) -> None:

    async def ends(_: int) -> float:
        person = await office.announce(office.somebody().with_term())
        token = await office.token_for(person)
        async with office.http(token) as http:
            assert (await http.get("/v1/clients")).status_code == 403, "taken, and without the scope"
            match change:
                case "term ended":
                    over = person.terms[0].model_copy(update={"last_on": clock.today() - timedelta(days=1)})
                    person.terms = [over]
                case "switched off":
                    person.is_active = False
                case _:
                    person.has_account = False
            started = time.monotonic()
            await office.announce(person)

            async def refused() -> bool:
                answer = await http.get("/v1/clients")
                return answer.status_code == 401 and answer.json()["code"] == "token_invalid"

            await office.until(refused, "the end of the token", 20)
            took_s = time.monotonic() - started
        assert (await office.ask(office.issuer.token(person.account))).status_code == 400
        return took_s

    await promptly(ends, within_s=2)


async def test_a_term_that_ends_in_mid_step_cuts_the_step_off(office: Office) -> None:
    """The request is under way at the service; its person's term ends; nobody gets an answer any more."""
    await office.gateway.client("slow-app", scopes=["things:read", "areas:read"])
    machine = await office.gateway.token("slow-app")
    person = await office.announce(office.somebody().with_term())
    token = await _with_things(office, person)
    async with office.http(token) as http, office.http(machine) as other:
        step = asyncio.create_task(http.get("/v1/slow", params={"seconds": 8}))
        beside = asyncio.create_task(other.get("/v1/slow", params={"seconds": 2}))
        async with http.stream("GET", "/v1/events") as events:
            lines = events.aiter_lines()
            assert await anext(lines)  # the service has all three
            person.terms = [person.terms[0].model_copy(update={"last_on": clock.today() - timedelta(days=1)})]
            await office.announce(person)
            async with asyncio.timeout(5):
                async for _ in lines:
                    pass
        answer = await step
        assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")
        assert (await beside).status_code == 200, "another caller's step goes on"


async def _with_things(office: Office, person: Somebody) -> str:
    """A person's token with scopes of the service behind, which no role of the real table has: signed as given."""
    token = await office.token_for(person)
    key = (await keyring_of(office.gateway)).signer()
    assert key.private is not None
    header = {"alg": "ES256", "typ": "at+jwt", "kid": key.stored.kid}
    return jwt.encode(header, claims_of(token) | {"scope": "things:read people:read"}, key.private)


async def test_a_session_used_elsewhere_is_refused_and_recorded(office: Office, http: httpx.AsyncClient) -> None:
    person = await office.announce(office.somebody().with_term())
    token = await _with_things(office, person)
    async with office.http(token) as own, office.http(token, source=ELSEWHERE) as thief:
        assert (
            await own.get("/v1/people/p-7", headers={"X-Request-Id": f"own-{person.version}-01"})
        ).status_code == 200
        stolen = await thief.get("/v1/people/p-7")
        forged = await thief.get("/v1/people/p-7", headers={"X-Forwarded-For": "127.0.0.1"})
        assert (await own.get("/v1/people/p-7")).status_code == 200, "its owner goes on"
    for answer in (stolen, forged):
        assert (answer.status_code, answer.json()["code"]) == (401, "session_elsewhere")
        assert answer.headers["www-authenticate"].startswith("Bearer")

    async def recorded() -> bool:
        entries = (await http.get("/v1/audit", params={"person": person.staff_id})).json()["items"]
        return {entry["code"] for entry in entries} >= {None, "session_elsewhere"}

    await office.until(recorded, "the refusal in the record")
    entries = (await http.get("/v1/audit", params={"person": person.staff_id})).json()["items"]
    elsewhere = [entry for entry in entries if entry["code"] == "session_elsewhere"]
    assert {entry["source"] for entry in elsewhere} == {ELSEWHERE}
    # Who and through what: the sign-in, the use, the refusals.
    assert {(entry["person"], entry["client_id"]) for entry in entries} == {(person.staff_id, "town-app")}
    assert "sign-in as TOWN" in {entry["purpose"] for entry in entries}
    assert [entry for entry in entries if entry["route"] == "/v1/people/{person_id}" and entry["status"] == 200]
    other = (await http.get("/v1/audit", params={"person": new_id()})).json()["items"]
    assert other == []


async def test_an_issuer_that_is_away_is_said_and_its_known_keys_stand(office: Office) -> None:
    person = await office.announce(office.somebody().with_term())
    answer = await office.ask(office.issuer.token(person.account, iss="http://127.0.0.1:1/away"))
    assert (answer.status_code, answer.json()["code"]) == (503, "gateway.sign_in.issuer_away")
    assert answer.headers["retry-after"]
    assert await office.token_for(person)
    office.issuer.faults |= {"/realms/county/keys", "/realms/county/.well-known/openid-configuration"}
    try:
        assert await office.token_for(person)
    finally:
        office.issuer.faults.clear()


async def test_a_new_key_of_the_issuer_is_learnt(office: Office) -> None:
    person = await office.announce(office.somebody().with_term())
    office.issuer.keys.insert(0, RSAKey.generate_key(2048, auto_kid=True))

    async def learnt() -> bool:
        return (await office.ask(office.issuer.token(person.account))).status_code == 200

    await office.until(learnt, "the new key", 10)
    reads = len(office.issuer.reads)
    for _ in range(5):
        await office.ask(office.issuer.token(person.account, key=RSAKey.generate_key(2048, auto_kid=True)))
    assert len(office.issuer.reads) - reads <= 1, "unknown keys do not make us ask again and again"


async def test_entries_sealed_before_people_were_named_still_verify(office: Office, http: httpx.AsyncClient) -> None:
    """The line of an entry without a person is the line of before: its digest is what any earlier release made."""
    from gateway.audit.store import _ENTRY_LINE

    before = _ENTRY_LINE.partition("||")[0]
    person = await office.announce(office.somebody().with_term())
    await office.token_for(person)
    async with office.gateway.database.transaction() as session:
        found = await session.execute(
            text(f"SELECT person IS NULL, {before} = {_ENTRY_LINE} FROM audit_entry ORDER BY id DESC LIMIT 500")
        )
        rows = found.all()
    assert {True, False} == {is_machine for is_machine, _ in rows}
    assert all(is_machine == is_same for is_machine, is_same in rows)


async def test_two_people_at_one_application_are_two_managers_and_one_is_not(office: Office) -> None:
    await office.gateway.client("desk-app", scopes=["clients:manage"], grants=["*"])
    one, other = [
        await office.announce(office.somebody().with_term(StaffRole.SYSTEM_ADMIN, area_code=COUNTY)) for _ in range(2)
    ]
    wanted = {"client_id": f"finder-{one.staff_id[-8:]}", "name": "x", "scopes": ["persons:search"], "areas": [TOWN]}
    tokens = [await office.token_for(person, client="desk-app") for person in (one, other)]
    async with office.http(tokens[0]) as first, office.http(tokens[1]) as second:
        proposed = await first.post("/v1/clients", json=wanted)
        assert (proposed.status_code, proposed.json()["proposed_by"]) == (202, f"staff:{one.staff_id}")
        approve = f"/v1/client-proposals/{proposed.json()['id']}/approve"
        alone = await first.post(approve)
        assert (alone.status_code, alone.json()["code"]) == (403, "gateway.proposal.same_manager")
        assert (await second.post(approve)).status_code == 200
