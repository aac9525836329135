"""A plain telephone: somebody of a village signs in with a browser that knows no script, and reports through forms."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest

from bangfu_local.embedded import EmbeddedSystem, people_clients
from bangfu_local.embedded.clients import PEOPLE, ROSTER
from servicekit.embedded.ports import free_port

from .conftest import token_of

sys.path.insert(0, str(Path(__file__).parent.parent / "service" / "gateway"))

from gateway_processes import Process, until
from people_issuer import APP, PeopleIssuerForTests

COUNTY, TOWN, VILLAGE, OTHER = "990166000000", "990166101000", "990166101201", "990166101202"
AREAS = "code,name,parent_code,valid_from\n" + "".join(
    f"{code},{name},{parent},2020-01-01\n"
    for code, name, parent in (
        ("990000000000", "测试省", ""), ("990100000000", "测试市", "990000000000"), (COUNTY, "手机县", "990100000000"),
        (TOWN, "手机镇", COUNTY), (VILLAGE, "电话村", TOWN), (OTHER, "邻村", TOWN),
    )
)  # fmt: skip
MOST_BYTES = 20 * 1024


class Page(HTMLParser):
    """What an old browser makes of a page: its forms' fields, its links; `tags` is everything that is on it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.fields: list[tuple[str, str]] = []
        self.links: list[str] = []
        self._select = self._area = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.add(tag)
        self.attributes |= set(given)
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "a":
            self.links.append(given.get("href") or "")
        elif tag == "input" and name and (given.get("type") != "checkbox" or "checked" in given):
            self.fields.append((name, value))
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in given:
            self.fields.append((self._select, value))
        elif tag == "textarea":
            self._area = name

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields.append((self._area, data))

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""

    def value(self, name: str) -> str:
        return next((value for field, value in self.fields if field == name), "")


@dataclass
class Telephone:
    """A browser without script that keeps its cookies."""

    http: httpx.AsyncClient
    issuer: PeopleIssuerForTests
    cookies: dict[str, str] = field(default_factory=dict)
    page: Page = field(default_factory=lambda: Page(""))
    text: str = ""

    async def _seen(self, answer: httpx.Response) -> httpx.Response:
        for line in answer.headers.get_list("set-cookie"):
            name, value = re.match(r"([^=]+)=([^;]*)", line).groups()  # type: ignore[union-attr]
            assert name.startswith("__Host-"), line
            assert all(flag in line for flag in ("Secure", "HttpOnly", "Path=/", "SameSite=lax")), line
            self.cookies[name] = value.strip('"')
        self.text = unescape(answer.text)
        self.page = Page(answer.text)
        if answer.headers.get("content-type", "").startswith("text/html"):
            assert len(answer.content) < MOST_BYTES
            assert not self.page.tags & {"script", "style", "img", "iframe", "link"}
            assert not {name for name in self.page.attributes if name.startswith("on")} | (
                self.page.attributes & {"style"}
            )
            assert answer.headers["cache-control"] == "no-store"
        return answer

    def _headers(self) -> dict[str, str]:
        kept = "; ".join(f"{name}={value}" for name, value in self.cookies.items() if value)
        return {"Cookie": kept} if kept else {}

    async def open(self, path: str, **query: str) -> httpx.Response:
        return await self._seen(await self.http.get(path, params=query or None, headers=self._headers()))

    async def send(self, path: str, form: list[tuple[str, str]], **headers: str) -> httpx.Response:
        from urllib.parse import urlencode

        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode(form)
        return await self._seen(await self.http.post(path, content=body, headers=self._headers() | kind | headers))

    async def sign_in(self, account: str) -> httpx.Response:
        begun = await self.open("/m/sign-in")
        assert begun.status_code == 303, begun.text
        back = self.issuer.signs_in(begun.headers["location"], account)
        return await self.open("/m/signed-in", **back)

    async def visit_form(self, household: str) -> list[tuple[str, str]]:
        """Open a visit's form and give its fields as they stand, before anything is typed."""
        opened = await self.open("/m/visits/new", household_id=household)
        assert opened.status_code == 200, opened.text
        return [pair for pair in self.page.fields if pair[0] not in ("way", "outcome", "note")]


@dataclass
class Village:
    system: EmbeddedSystem
    clerk: httpx.AsyncClient
    url: str
    issuer: PeopleIssuerForTests
    household: str = ""
    other: str = ""

    async def done(self, method: str, path: str, client: str = "bureau", **more: Any) -> dict[str, Any]:
        token = await token_of(self.system, self.clerk, client)
        headers = {"Authorization": f"Bearer {token}"} | more.pop("headers", {})
        answer = await self.clerk.request(method, path, headers=headers, **more)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return dict(answer.json())

    async def enrol(self, account: str, village: str, *roles: str) -> str:
        unit = await self.done(
            "POST", "/v1/units", ROSTER, json={"kind": "village", "name": f"{account}村", "area_code": village}
        )
        staff = await self.done("POST", "/v1/staff", ROSTER, json={"name": account, "unit_id": unit["id"]})
        place = f"/v1/staff/{staff['id']}"
        login = {"issuer": self.issuer.url, "subject": account}
        await self.done("POST", f"{place}/accounts", ROSTER, json=login)
        for role in roles:
            term = {"role": role, "area_code": village, "first_on": "2026-01-01"}
            await self.done("POST", f"{place}/appointments", ROSTER, json=term)
        return str(staff["id"])


@pytest.fixture(scope="module")
async def village(
    running_system: EmbeddedSystem, gateway: httpx.AsyncClient, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Village]:
    """A village, and a second process of the gateway that has the pages: one database, one address, one system."""
    issuer = PeopleIssuerForTests(free_port())
    server = await asyncio.start_server(issuer.serve, "127.0.0.1", issuer.port)
    await running_system.ensure_clients(people_clients())
    port = free_port()
    console = {
        "issuer": issuer.url, "oidc_client_id": APP, "client_id": PEOPLE,
        "client_secret": running_system.secrets.clients[PEOPLE],
    }  # fmt: skip
    environment = running_system._environment("gateway") | {
        "GATEWAY_PORT": str(port),
        "GATEWAY_PEOPLE_ISSUERS": json.dumps([{"issuer": issuer.url, "client_ids": [APP]}]),
        "GATEWAY_CONSOLE": json.dumps(console),
    }
    log = tmp_path_factory.mktemp("pages") / "gateway.log"
    process = Process([sys.executable, "-m", "gateway", "api"], environment, log)
    process.start()
    url = f"http://127.0.0.1:{port}"
    made = Village(running_system, gateway, url, issuer)
    try:

        async def ready() -> bool:
            async with httpx.AsyncClient() as http:
                return (await http.get(f"{url}/readyz")).status_code == 200

        await until(ready, f"readiness of the pages ({log})", 60)
        csv = {"Content-Type": "text/csv"}
        begun = await made.done("POST", "/v1/areas/import?wait_s=50", content=AREAS, headers=csv)
        assert begun["state"] == "done", begun
        for hh_no, place in (("99PHONE001", VILLAGE), ("99PHONE002", OTHER)):
            person = {
                "person_no": f"{hh_no}01", "name": "钱电话", "birth_date": "1960-01-01", "sex": "1", "relation": "head",
                "labour": "1",
            }  # fmt: skip
            household = {"hh_no": hh_no, "village_code": place, "hh_type": "0", "members": [person]}
            given = await made.done("POST", "/v1/households", json=household)
            made.household, made.other = (given["id"], "") if place == VILLAGE else (made.household, given["id"])
        await made.enrol("cadre", VILLAGE, "VILLAGE")
        await made.enrol("several", VILLAGE, "VILLAGE", "COLLECTOR")
        yield made
    finally:
        process.stop()
        server.close()


@pytest.fixture
async def phone(village: Village) -> AsyncIterator[Telephone]:
    async with httpx.AsyncClient(base_url=village.url, timeout=60) as http:
        yield Telephone(http, village.issuer)


async def signed_in(phone: Telephone, account: str = "cadre") -> None:
    async with asyncio.timeout(30):  # the gateway learns the roster from the bus
        while (await phone.sign_in(account)).status_code != 303:
            assert "gateway.sign_in" in phone.text, phone.text
            await asyncio.sleep(0.2)


async def contacts(village: Village, household: str) -> list[dict[str, Any]]:
    listed = await village.done("GET", "/v1/contacts", ROSTER, params={"household_id": household})
    return list(listed["items"])


async def test_a_cadre_reports_a_visit_and_a_risk_from_a_plain_telephone(village: Village, phone: Telephone) -> None:
    """F-A17: daily visits by a form without script, and what was suspected is a clue of channel CH2."""
    await phone.open("/m")
    assert "/m/sign-in" in phone.page.links
    await signed_in(phone)
    await phone.open("/m")
    assert "99PHONE001 钱*" in phone.text or "99PHONE001 钱" in phone.text
    assert "电话村" in phone.text
    assert "99PHONE002" not in phone.text, "the neighbour village is not the cadre's"
    form = await phone.visit_form(village.household)
    typed = [*form, ("way", "visit"), ("outcome", "met"), ("risk_types", "01"), ("note", "老人住院")]
    sent = await phone.send("/m/visits", typed)
    assert sent.status_code == 200, phone.text
    assert "已登记" in phone.text
    assert "转乡镇核实" in phone.text
    again = await phone.send("/m/visits", typed)
    assert again.status_code == 200, "pressed twice: answered twice"
    kept = await contacts(village, village.household)
    assert [(row["way"], row["risk_types"], row["note"]) for row in kept] == [("visit", ["01"], "老人住院")]

    async def told() -> bool:
        clues = await village.done("GET", "/v1/clues", params={"household": village.household})
        return [item["channels"] for item in clues["items"]] == [["CH2"]]

    await until(told, "the clue of the visit", 30)


async def test_what_is_refused_says_why_in_chinese_and_keeps_what_was_typed(village: Village, phone: Telephone) -> None:
    await signed_in(phone)
    form = [pair for pair in await phone.visit_form(village.household) if pair[0] != "happened_on"]
    typed = [*form, ("happened_on", "2027年1月5日"), ("way", "phone"), ("outcome", "absent"), ("note", "<b>没人接</b>")]
    refused = await phone.send("/m/visits", typed)
    assert refused.status_code == 422, phone.text
    assert "走访日期" in phone.text
    assert (phone.page.value("happened_on"), phone.page.value("way")) == ("2027年1月5日", "phone")
    assert phone.page.value("note") == "<b>没人接</b>"
    mended = [(name, "2026-11-05" if name == "happened_on" else value) for name, value in typed]
    assert (await phone.send("/m/visits", mended)).status_code == 200, phone.text
    assert "<b>没人接</b>" in {row["note"] for row in await contacts(village, village.household)}


async def test_an_application_is_taken_for_a_household_that_nobody_registered(
    village: Village, phone: Telephone
) -> None:
    """F-A17, CH1: the farmer brings a paper, or tells; the cadre hands it in."""
    await signed_in(phone)
    await phone.open("/m/applications/new")
    assert "电话村" in phone.text
    form = [pair for pair in phone.page.fields if pair[0] in ("form_token", "key", "applied_on")]
    typed = [*form, ("area_code", VILLAGE), ("via", "paper"), ("risk_type", "05"), ("note", "外来户,车祸")]
    assert (await phone.send("/m/applications", typed)).status_code == 200, phone.text
    clues = await village.done("GET", "/v1/clues", params={"area": VILLAGE, "risk_type": "05"})
    assert [(item["channels"], item["is_provisional"]) for item in clues["items"]] == [(["CH1"], True)]


async def test_another_village_is_not_reported_for(village: Village, phone: Telephone) -> None:
    await signed_in(phone)
    opened = await phone.open("/m/visits/new", household_id=village.other)
    assert opened.status_code == 404
    own = await phone.visit_form(village.household)
    stolen = [(name, village.other if name == "household_id" else value) for name, value in own]
    sent = await phone.send("/m/visits", [*stolen, ("way", "visit"), ("outcome", "met")])
    assert sent.status_code == 404, phone.text
    assert await contacts(village, village.other) == []


async def test_a_form_of_another_site_or_without_its_token_does_nothing(village: Village, phone: Telephone) -> None:
    await signed_in(phone)
    form = [*await phone.visit_form(village.household), ("way", "visit"), ("outcome", "met"), ("note", "伪造")]
    before = await contacts(village, village.household)
    bare = [pair for pair in form if pair[0] != "form_token"]
    assert (await phone.send("/m/visits", bare)).status_code == 403
    assert (await phone.send("/m/visits", form, **{"Sec-Fetch-Site": "cross-site"})).status_code == 403
    assert (await phone.send("/m/visits", form, Origin="https://evil.example")).status_code == 403
    assert await contacts(village, village.household) == before


async def test_what_was_typed_outlives_the_sign_in(village: Village, phone: Telephone) -> None:
    await signed_in(phone)
    form = [*await phone.visit_form(village.household), ("way", "visit"), ("outcome", "met"), ("note", "登录前填写")]
    phone.cookies["__Host-bangfu"] = ""
    late = await phone.send("/m/visits", form)
    assert (late.status_code, "登录已过期" in phone.text) == (401, True)
    address = next(link for link in phone.page.links if link.startswith(village.issuer.url))
    back = await phone.open("/m/signed-in", **village.issuer.signs_in(address, "cadre"))
    assert (back.status_code, back.headers["location"]) == (303, "/m/visits/new")
    await phone.open("/m/visits/new")
    assert (phone.page.value("note"), phone.page.value("household_id")) == ("登录前填写", village.household)


async def test_several_terms_are_chosen_from_and_signing_out_ends_the_session(
    village: Village, phone: Telephone
) -> None:
    await signed_in(phone, "several")
    await phone.open("/m")
    assert "村两委干部" in phone.text
    assert "村级采集员" in phone.text
    chosen = phone.page.value("appointment_id")
    assert (await phone.send("/m/term", [("appointment_id", chosen)])).status_code == 303
    await phone.open("/m")
    assert "99PHONE001" in phone.text
    cookie = phone.cookies["__Host-bangfu"]
    assert (await phone.send("/m/sign-out", [])).status_code == 303
    phone.cookies["__Host-bangfu"] = cookie
    await phone.open("/m")
    assert "/m/sign-in" in phone.page.links, "the cookie stands for nothing any more"


async def test_a_sign_in_that_the_browser_did_not_begin_is_not_taken(village: Village, phone: Telephone) -> None:
    begun = await phone.open("/m/sign-in")
    back = village.issuer.signs_in(begun.headers["location"], "cadre")
    phone.cookies.clear()
    stolen = await phone.open("/m/signed-in", **back)
    assert (stolen.status_code, "__Host-bangfu" in phone.cookies) == (400, False)
