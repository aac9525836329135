"""Signing in and acting for oneself: what the command keeps, renews, checks and refuses."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import stat
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from bangfu.cli import app, people
from bangfu.cli.loopback import listening
from bangfu.sdk import Bangfu, SessionFile, SignedIn, SignInFailed
from bangfu.sdk.alerts import Duties
from bangfu.sdk.sign_in import CodeFlow, Issuer, is_safe

from .small_issuer import World, serving

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[World]:
    """The issuer; the command knows gateway and application, its browser goes wherever it is sent."""
    for name in [name for name in os.environ if name.startswith("BANGFU_")]:
        monkeypatch.delenv(name)
    with serving() as served:
        for name, value in {
            "BANGFU_CONFIG_DIR": str(tmp_path / "config"),
            "BANGFU_CREDENTIALS": str(tmp_path / "none.json"),
            "BANGFU_URL": served.address,
            "BANGFU_CLIENT_ID": "town",
            "BANGFU_CLIENT_SECRET": "s3cret",
            "BANGFU_ISSUER": served.address,
            "COLUMNS": "200",
        }.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(people.webbrowser, "open", lambda address: httpx.get(address, follow_redirects=True))
        yield served


@pytest.fixture
def file(world: World, tmp_path: Path) -> SessionFile:
    """Where the session is kept."""
    return SessionFile(tmp_path / "config" / "session.json")


def bangfu(*arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(app, arguments)


def test_a_person_signs_in_and_the_session_is_readable_by_its_owner_only(world: World, file: SessionFile) -> None:
    done = bangfu("login")
    assert done.exit_code == 0, done.output
    assert "0199-person" in done.output
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.path.parent.stat().st_mode) == 0o700
    sent = world.forms("/authorization")[0]
    assert (sent["response_type"], sent["code_challenge_method"], sent["scope"]) == ("code", "S256", "openid")
    assert sent["redirect_uri"].startswith("http://127.0.0.1:")
    assert world.forms("/oauth2/token")[0]["grant_type"] == EXCHANGE
    assert "s3cret" not in file.path.read_text()


def test_commands_act_for_the_person_only_when_told_so(world: World) -> None:
    bangfu("login")
    world.seen.clear()
    assert bangfu("duties", "--as-me").exit_code == 0
    assert world.forms("/oauth2/token")[0]["grant_type"] == EXCHANGE
    world.seen.clear()
    assert bangfu("duties").exit_code == 0
    assert world.forms("/oauth2/token")[0]["grant_type"] == "client_credentials"


def test_one_asks_for_what_one_has_in_hand(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def listed(_: Duties, **filters: Any) -> AsyncIterator[Any]:
        async def nothing() -> AsyncIterator[Any]:
            for duty in ():
                yield duty

        asked.append(filters)
        return nothing()

    monkeypatch.setattr(Duties, "list", listed)
    bangfu("login")
    for arguments in (("--mine", "--as-me"), ("--as-me",)):
        assert bangfu("duties", *arguments).exit_code == 0
    assert [filters.get("assignee") for filters in asked] == ["me", None]


def test_whoever_has_several_terms_chooses_one_without_signing_in_again(world: World, file: SessionFile) -> None:
    world.has_several_terms = True
    asked = bangfu("login")
    assert asked.exit_code == 1
    assert "term-b" in asked.output
    assert "--term" in asked.output
    world.seen.clear()
    chosen = bangfu("login", "--term", "term-b")
    assert chosen.exit_code == 0, chosen.output
    assert world.forms("/authorization") == []
    assert world.forms("/oauth2/token")[0]["appointment_id"] == "term-b"
    session = file.load()
    assert session is not None
    assert session.appointment_id == "term-b"


def test_a_session_is_renewed_before_it_ends_and_the_refresh_token_replaced(world: World, file: SessionFile) -> None:
    world.lifetime_s = 10
    bangfu("login")
    before = file.load()
    assert bangfu("duties", "--as-me").exit_code == 0
    after = file.load()
    assert before is not None
    assert after is not None
    assert before.refresh_token != after.refresh_token
    assert [form["grant_type"] for form in world.forms("/token")][-1] == "refresh_token"
    assert world.forms("/oauth2/token")[-1]["subject_token"] == after.access_token


def test_two_commands_that_renew_at_once_use_a_refresh_token_once(world: World, file: SessionFile) -> None:
    world.lifetime_s = 10
    bangfu("login")
    world.lifetime_s = 300
    signed_in = [SignedIn(file), SignedIn(file)]
    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(lambda each: asyncio.run(each.access_token()), signed_in)
    assert first == second
    assert [form["grant_type"] for form in world.forms("/token")].count("refresh_token") == 2  # one of them by `login`


def test_a_session_that_is_over_says_to_sign_in_again(world: World) -> None:
    world.lifetime_s = 10
    bangfu("login")
    world.refresh_tokens.clear()
    over = bangfu("duties", "--as-me")
    assert over.exit_code == 1
    assert "bangfu login" in over.output


def test_nobody_signed_in_is_said_before_anything_is_sent(world: World) -> None:
    for arguments in (("duties", "--as-me"), ("whoami",)):
        missing = bangfu(*arguments)
        assert missing.exit_code == 2
        assert "bangfu login" in missing.output
    assert world.seen == []


def test_logout_ends_the_session_here_and_at_the_issuer(world: World, file: SessionFile) -> None:
    bangfu("login")
    session = file.load()
    assert session is not None
    assert bangfu("logout").exit_code == 0
    assert world.forms("/revoke")[0]["token"] == session.refresh_token
    assert file.load() is None
    assert bangfu("logout").exit_code == 0


def test_an_issuer_that_is_away_is_told_from_a_gateway_that_is_away(world: World, file: SessionFile) -> None:
    world.lifetime_s = 10
    bangfu("login")
    session = file.load()
    assert session is not None
    file.save(session.model_copy(update={"issuer": "http://127.0.0.1:9"}))
    for arguments in (("login", "--issuer", "http://127.0.0.1:9"), ("duties", "--as-me")):
        away = bangfu(*arguments)
        assert away.exit_code == 1
        assert "登录系统没有应答" in away.output
    left = bangfu("logout")
    assert left.exit_code == 0
    assert "本机已退出" in left.output
    assert file.load() is None


def test_somebody_whom_the_gateway_refuses_is_not_signed_in(world: World, file: SessionFile) -> None:
    world.refusal = {
        "code": "gateway.sign_in.unknown_person",
        "title": "人员名册中没有此账号",
        "advice": "请联系管理员",
    }
    refused = bangfu("login")
    assert refused.exit_code == 1
    assert "人员名册中没有此账号" in refused.output
    assert file.load() is None


@pytest.mark.parametrize(
    "wrong",
    [{"nonce": "another"}, {"iss": "https://other.example"}, {"aud": "other-app"}, {"azp": "other-app"}, {"exp": 1}],
    ids=str,
)
def test_an_id_token_of_another_attempt_issuer_application_or_day_is_refused(
    world: World, file: SessionFile, wrong: dict[str, Any]
) -> None:
    world.id_token = wrong
    refused = bangfu("login")
    assert refused.exit_code == 1
    assert next(iter(wrong)) in refused.output
    assert file.load() is None


def test_an_answer_of_another_issuer_is_refused(world: World) -> None:
    world.answered = {"iss": "https://other.example"}
    assert "iss" in bangfu("login").output
    assert world.forms("/token") == []


def test_an_answer_with_another_state_changes_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    statuses: list[int] = []

    def browse(address: str) -> None:
        world.answered = {"state": "another"}
        statuses.append(httpx.get(address, follow_redirects=True).status_code)
        world.answered = {}
        statuses.append(httpx.get(address, follow_redirects=True).status_code)

    monkeypatch.setattr(people.webbrowser, "open", browse)
    assert bangfu("login").exit_code == 0
    assert statuses == [400, 200]


@pytest.mark.parametrize(
    "line", [b"", b"GET\r\n", b"\xff\xfe\r\n", b"GET /" + b"x" * 100_000, b"GET //[ HTTP/1.1\r\n"], ids=len
)
async def test_rubbish_at_the_loopback_address_gets_an_answer_and_changes_nothing(line: bytes) -> None:
    async with listening(lambda answered: answered == {"state": "mine"}) as loopback:
        parts = httpx.URL(loopback.address)
        reader, writer = await asyncio.open_connection(parts.host, parts.port)
        with contextlib.suppress(ConnectionError):
            writer.write(line)
            writer.write_eof()
            assert (await reader.read()).startswith(b"HTTP/1.1 400")
        writer.close()
        async with httpx.AsyncClient() as browser:
            assert (await browser.get(f"{loopback.address}?state=mine")).status_code == 200
        assert await loopback.answer == {"state": "mine"}


async def test_state_is_compared_before_a_code_is_redeemed(world: World) -> None:
    async with httpx.AsyncClient() as http:
        flow = CodeFlow(Issuer(http, world.address, "bangfu-app"))
        with pytest.raises(SignInFailed, match="state"):
            await flow.redeem({"code": "code-1", "state": "another"})
        with pytest.raises(SignInFailed, match="access_denied"):
            await flow.redeem({"error": "access_denied", "state": flow.state})


async def test_a_discovery_document_of_another_issuer_is_refused() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        places = dict.fromkeys(("authorization_endpoint", "token_endpoint"), "https://id.example/x")
        return httpx.Response(200, json={"issuer": "https://other.example", **places})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        with pytest.raises(SignInFailed, match=r"other\.example"):
            await Issuer(http, "https://id.example", "bangfu-app").endpoints()


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://id.example", True), ("http://127.0.0.1:8080/realms/x", True), ("http://localhost:1", True),
        ("http://[::1]:1", True), ("http://id.example", False), ("http://127.0.0.1.example", False), ("ftp://x", False),
    ],
)  # fmt: skip
def test_codes_and_tokens_go_over_https_or_stay_on_this_machine(address: str, expected: bool) -> None:
    assert is_safe(address) is expected
    if not expected:
        with pytest.raises(SignInFailed, match="HTTPS"):
            Issuer(httpx.AsyncClient(), address, "bangfu-app")


async def test_the_sdk_acts_for_a_person_and_says_for_whom(world: World, file: SessionFile) -> None:
    await asyncio.to_thread(bangfu, "login")
    async with Bangfu(world.address, "town", "s3cret").act_for(SignedIn(file)) as opened:
        acting = await opened.acting_as()
    assert (acting.person, acting.role, acting.areas) == ("0199-person", "TOWN", ["990101101000"])
    async with Bangfu(world.address, "town", "s3cret") as machine:
        assert (await machine.acting_as()).person is None


def test_a_session_file_that_cannot_be_read_counts_as_none(file: SessionFile) -> None:
    file.path.parent.mkdir(parents=True)
    file.path.write_text(json.dumps({"issuer": "x"}))
    assert file.load() is None
