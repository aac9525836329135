"""Who is signed in to the pages: begun at the issuer, exchanged for a token here, renewed, ended."""

from __future__ import annotations

import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from gateway.access.service import Credentials, Exchange, PeopleDesk, SignedIn
from gateway.audit.service import record_own
from gateway.console import store
from gateway.console.oidc import Door, IssuerTokens, new_secret
from gateway.console.problems import FormForeign
from gateway.console.store import tidy
from gateway.pages import ConsoleClient
from gateway.people import service as people
from gateway.problems import OAuthProblem
from gateway.request import entry_of
from servicekit.crypto import FieldCipher
from servicekit.db import Database

__all__ = ["Begun", "Choosing", "Console", "Person", "tidy"]

_SIGN_IN_S = 600  # to come back from the issuer, and to choose a term
_RENEW_BEFORE_S = 30.0
_FORM_TOKEN_CHARACTERS = 32


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in.

    Attributes:
        cookie: The session's, as the browser has it.
        draft: What was typed before the sign-in had to be repeated; given once.
    """

    cookie: str
    token: str
    staff_id: str
    role: str
    area_code: str
    draft: Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class Choosing:
    """Somebody who signed in and has several terms."""

    cookie: str
    terms: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in that has begun: where the browser goes, and the cookie with which it comes back."""

    address: str
    cookie: str


class Console:
    """Signs people in to the pages."""

    def __init__(self, console: ConsoleClient, door: Door, desk: PeopleDesk, database: Database, key: bytes,
                 cipher: FieldCipher) -> None:  # fmt: skip
        """Serve as the client that `console` declares.

        Args:
            key: A key of the gateway's, for the tokens of forms.
        """
        self._console = console
        self._door = door
        self._desk = desk
        self._database = database
        self._key = hmac.digest(key, b"bangfu gateway console form v1", "sha256")
        self._cipher = cipher

    async def begin(self, draft: Mapping[str, list[str]] | None = None, back_to: str = "/m") -> Begun:
        """Begin a sign-in; what was typed is given back after it.

        Raises:
            IssuerAway
        """
        state, verifier, cookie = new_secret(), new_secret(), new_secret()
        address = await self._door.beginning(state, verifier)
        said = {"state": state, "verifier": verifier, "draft": dict(draft or {}), "back_to": back_to}
        async with self._database.transaction() as session:
            await store.keep(session, self._cipher, cookie, said, good_s=_SIGN_IN_S)
        return Begun(address, cookie)

    async def come_back(
        self, request: Request, cookie: str, state: str, code: str
    ) -> tuple[Person | Choosing, str] | None:
        """Take somebody in who comes from the issuer; give the person and the page to go on with.

        None where the browser did not begin this sign-in, or the issuer does not take the code.

        Raises:
            SignInRefused: why the person gets no token here.
            IssuerAway
        """
        async with self._database.transaction() as session:
            begun = await store.find(session, self._cipher, cookie, idle_s=_SIGN_IN_S)
            await store.forget(session, cookie)  # once only
        if begun is None or not hmac.compare_digest(str(begun.get("state", "")), state):
            return None
        tokens = await self._door.redeem(code, begun["verifier"])
        if tokens is None:
            return None
        kept = {"draft": begun["draft"], "back_to": begun["back_to"]}
        return await self._taken_in(request, tokens, None, kept), str(begun["back_to"])

    async def choose(self, request: Request, cookie: str, appointment_id: str) -> tuple[Person | Choosing, str] | None:
        """Go on as who chose a term; None where nobody is about to choose.

        Raises:
            SignInRefused, IssuerAway
        """
        async with self._database.transaction() as session:
            said = await store.find(session, self._cipher, cookie, idle_s=_SIGN_IN_S)
            if said is None or "terms" not in said:
                return None
            await store.forget(session, cookie)
        tokens = IssuerTokens(said["subject"], said["refresh"])
        return await self._taken_in(request, tokens, appointment_id, said), str(said["back_to"])

    async def _taken_in(
        self, request: Request, tokens: IssuerTokens, term: str | None, kept: Mapping[str, Any]
    ) -> Person | Choosing:
        cookie = new_secret()  # a new one at every sign-in
        said = {
            "subject": tokens.access_token,
            "refresh": tokens.refresh_token,
            "draft": kept["draft"],
            "back_to": kept["back_to"],
        }
        try:
            made = await self._exchanged(request, tokens.access_token, term)
        except OAuthProblem as problem:
            terms = problem.extensions.get("terms")
            if not terms or term is not None:
                raise
            async with self._database.transaction() as session:
                await store.keep(session, self._cipher, cookie, {**said, "terms": terms}, good_s=_SIGN_IN_S)
            return Choosing(cookie, terms)
        said |= {"term": term, **_signed(made)}
        async with self._database.transaction() as session:
            await record_own(
                session, entry_of(request, made.principal, scope="", purpose=f"sign-in as {made.role}"), 200
            )
            await store.keep(session, self._cipher, cookie, said, good_s=self._console.absolute_s)
        return _person(cookie, said)

    async def signed_in(self, request: Request, cookie: str | None) -> Person | Choosing | None:
        """Give who is signed in, with a token that is good; None for nobody.

        Raises:
            IssuerAway: the token cannot be renewed now.
        """
        if not cookie:
            return None
        async with self._database.transaction() as session:
            said = await store.find(session, self._cipher, cookie, idle_s=self._console.idle_s)
        if said is None:
            return None
        if "terms" in said:
            return Choosing(cookie, said["terms"])
        if "token" not in said:  # a sign-in that has only begun
            return None
        if said["token_until_s"] - _RENEW_BEFORE_S <= time.time():
            renewed = await self._renewed(request, said)
            async with self._database.transaction() as session:
                if renewed is None:
                    await store.forget(session, cookie)
                    return None
                said |= renewed
                await store.keep(session, self._cipher, cookie, said, good_s=self._console.absolute_s)
        return _person(cookie, said)

    async def drop_draft(self, person: Person) -> None:
        """Forget what was typed before the sign-in: it is on the page now, or was sent."""
        async with self._database.transaction() as session:
            said = await store.find(session, self._cipher, person.cookie, idle_s=self._console.idle_s)
            if said is not None and said.get("draft"):
                said["draft"] = {}
                await store.keep(session, self._cipher, person.cookie, said, good_s=self._console.absolute_s)

    async def sign_out(self, cookie: str | None) -> None:
        """End a session here."""
        if cookie:
            async with self._database.transaction() as session:
                await store.forget(session, cookie)

    def form_token(self, person: Person) -> str:
        """Give what a form of this person's carries: it outlives the session, so that what was typed can be sent."""
        digest = hmac.digest(self._key, f"{person.staff_id}".encode(), "sha256")
        return digest.hex()[:_FORM_TOKEN_CHARACTERS]

    def require_own_form(self, person: Person, given: str) -> None:
        """Take a form only from a page that this person was given.

        Raises:
            FormForeign
        """
        if not hmac.compare_digest(given.encode(), self.form_token(person).encode()):
            raise FormForeign("the form does not carry the token of whoever is signed in")

    async def _renewed(self, request: Request, said: Mapping[str, Any]) -> dict[str, Any] | None:
        if said["refresh"] is None:
            return None
        tokens = await self._door.renew(said["refresh"])
        if tokens is None:
            return None
        try:
            made = await self._exchanged(request, tokens.access_token, said["term"])
        except OAuthProblem:  # the term is over, the person was switched off
            return None
        return {"subject": tokens.access_token, "refresh": tokens.refresh_token, **_signed(made)}

    async def _exchanged(self, request: Request, subject: str, term: str | None) -> SignedIn:
        def note(client_id: str, person: str | None) -> None:
            request.scope["state"] |= {"client_id": client_id, "person": person}

        source = request.client.host if request.client else "unknown"
        credentials = Credentials(self._console.client_id, self._console.client_secret.get_secret_value())
        return await self._desk.exchange(credentials, Exchange(subject, None, term), source, note)


def _signed(made: SignedIn) -> dict[str, Any]:
    return {
        "token": made.token.access_token,
        "token_until_s": time.time() + made.token.expires_in,
        "staff_id": made.principal.person,
        "role": made.role,
        "area_code": made.principal.areas[0],
    }


def _person(cookie: str, said: Mapping[str, Any]) -> Person:
    known = {name: str(said[name]) for name in ("token", "staff_id", "role", "area_code")}
    return Person(cookie=cookie, draft=said["draft"], **known)


def door_of(console: ConsoleClient, issuers: list[people.PeopleIssuer], here: str, client: Any) -> Door:
    """Give the door to the issuer that the pages' client names.

    Raises:
        ValueError: people do not sign in there, or not through this client.
    """
    for declared in issuers:
        if declared.issuer == console.issuer and console.oidc_client_id in declared.client_ids:
            return Door(console, declared, here, client)
    raise ValueError("GATEWAY_CONSOLE: issuer and oidc_client_id must be among GATEWAY_PEOPLE_ISSUERS")
