"""Token exchange (RFC 8693): an application gets a token to act for somebody who signed in, in one term."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from gateway.access.problems import InvalidTarget
from gateway.access.rules import Credentials
from gateway.access.schemas import TokenOut
from gateway.access.tables import Client
from gateway.access.tokens import TokenIssuer
from gateway.people import service as people
from gateway.problems import OAuthProblem
from servicekit import clock
from servicekit.auth import Principal
from servicekit.persons import STAFF_PREFIX

log = structlog.get_logger(__name__)

GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
Note = Callable[[str, str | None], None]
_UNSUPPORTED = ("actor_token", "actor_token_type")


@dataclass(frozen=True, slots=True)
class Exchange:
    """What an application asks for."""

    subject_token: str
    scopes: frozenset[str] | None
    appointment_id: str | None

    @classmethod
    def of(cls, form: Mapping[str, str], audience: str) -> Exchange:
        """Read a form.

        Raises:
            OAuthProblem: it is not one of RFC 8693 as far as that is supported here.
        """
        if not form.get("subject_token"):
            raise OAuthProblem("subject_token is missing")
        if form.get("subject_token_type") not in people.TOKEN_TYPES:
            raise people.refused(people.Reason.KIND)
        if form.get("requested_token_type", people.ACCESS_TOKEN) not in (people.ACCESS_TOKEN, people.JWT):
            raise OAuthProblem("only access tokens are issued")
        if any(name in form for name in _UNSUPPORTED):
            raise OAuthProblem("the actor is the client itself; leave actor_token out")
        if "resource" in form or form.get("audience", audience) != audience:
            raise InvalidTarget("tokens are issued for this system only")
        scopes = frozenset(form.get("scope", "").split())
        return cls(form["subject_token"], scopes or None, form.get("appointment_id") or None)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The answer, with whom it names for the record and in which role."""

    token: TokenOut
    principal: Principal
    role: str


@dataclass(frozen=True, slots=True)
class PeopleDesk:
    """Exchanges tokens of people."""

    tokens: TokenIssuer
    issuers: people.PeopleIssuers
    sessions: people.Sessions

    async def exchange(self, credentials: Credentials, asked: Exchange, source: str, note: Note) -> SignedIn:
        """Give a token in which the application acts for the person.

        Args:
            note: Told whom this is about as far as it is known, for the record of a refusal.

        Raises:
            InvalidClient, ClientLocked: as for a token of the client itself.
            SignInRefused: why, by a reason.
            IssuerAway: who signed in cannot be verified now.
        """
        client = await self.tokens.authenticate(credentials, source)
        note(client.client_id, None)
        subject = await self.issuers.subject_of(asked.subject_token)
        async with self.tokens.database.transaction() as session:
            person = await people.person_of(session, subject)
        if person is not None:
            note(client.client_id, person.staff_id)
        decision = people.decide(
            person,
            people.Asked(asked.appointment_id, asked.scopes, subject.has_second_factor),
            people.Application(client.client_id, frozenset(client.scopes), client.areas, client.department),
            clock.today(),
        )
        if isinstance(decision, people.Refusal):
            log.warning("sign_in.refused", client_id=client.client_id, reason=str(decision.reason))
            raise _problem_of(decision)
        return await self._signed(client, decision, subject, source)

    async def _signed(self, client: Client, grant: people.Grant, subject: people.Subject, source: str) -> SignedIn:
        now_s = time.time()
        left_s = people.seconds_left(grant.term, clock.now())
        good_s = min(self.tokens.ttl_s, subject.expires_at_s - now_s, *(() if left_s is None else (left_s,)))
        if good_s < 1:
            raise people.refused(people.Reason.EXPIRED)
        issued_s, expires_s = int(now_s), int(now_s + good_s)
        scope, term, person = " ".join(sorted(grant.scopes)), grant.term, grant.person.staff_id
        claims = await self.tokens.claims_of(client, issued_s, expires_s)
        claims |= {
            "sub": f"{STAFF_PREFIX}{person}",
            "person": person,
            "act": {"sub": client.client_id},
            "scope": scope,
            "areas": [term.area_code],
            "appointment_id": term.appointment_id,
            "role": str(term.role),
            "roster_version": grant.person.version,
        }
        optional: dict[str, Any] = {"dept": term.department and str(term.department), "grid": term.grid}
        if self.sessions.is_on:
            optional["session"] = self.sessions.bound(claims["jti"], source)
        claims |= {name: value for name, value in optional.items() if value}
        token = TokenOut(
            access_token=self.tokens.sign(claims),
            expires_in=expires_s - issued_s,
            scope=scope,
            issued_token_type="urn:ietf:params:oauth:token-type:access_token",  # noqa: S106 - the name of a type
        )
        principal = Principal(
            client_id=client.client_id,
            department=term.department,
            areas=(term.area_code,),
            person=person,
            grid=term.grid,
        )
        return SignedIn(token, principal, str(term.role))


def _problem_of(refusal: people.Refusal) -> OAuthProblem:
    if refusal.terms:
        terms = [
            {
                "appointment_id": term.appointment_id,
                "role": str(term.role),
                "area_code": term.area_code,
                "department": term.department and str(term.department),
                "grid": term.grid,
                "first_on": term.first_on.isoformat(),
                "last_on": term.last_on and term.last_on.isoformat(),
            }
            for term in refusal.terms
        ]
        return people.refused(refusal.reason, terms=terms)
    detail = f"not given here: {' '.join(sorted(refusal.scopes))}" if refusal.scopes else ""
    return people.refused(refusal.reason, detail)
