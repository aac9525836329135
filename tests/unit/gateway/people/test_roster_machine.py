"""People come, change terms, are switched off and sign in through applications, beside a model that knows no code.

The model answers one question from the facts of the moment: may this person do this here, through this application?
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from contracts.scopes import SCOPES
from contracts.staff import ROLES, UNITS
from contracts.vocabulary import Department, StaffRole, UnitKind
from gateway.people.decisions import Application, Asked, Grant, Person, Term, decide, seconds_left
from servicekit.clock import CHINA

AREAS = {
    "province": "990000000000",
    "city": "990100000000",
    "county": "990101000000",
    "town": "990101101000",
    "village": "990101101201",
}
OTHERS = ("990101102000", "990101102201", "990102000000")
PEOPLE = ("wang", "li", "zhao")
TTL_S = 600.0
START = datetime(2028, 2, 27, 22, 0, tzinfo=CHINA)  # before a leap day


@dataclass(frozen=True)
class Token:
    person: str
    version: int
    app: Application
    grant: Grant
    expires_at: datetime


class SignIns(RuleBasedStateMachine):
    """The county's roster and its applications."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.people = {name: Person(name, 1, True, []) for name in PEOPLE}
        self.apps: dict[str, Application] = {}
        self.tokens: list[Token] = []
        self.count = 0

    @property
    def today(self) -> date:
        return self.now.astimezone(CHINA).date()

    # ---- the model
    def may(self, name: str, app: Application, scope: str, area: str) -> bool:
        """Tell by the bare facts whether a person may use a scope in an area through an application."""
        person = self.people[name]
        return person.is_active and any(
            scope in ROLES[term.role].scopes
            and scope in app.scopes
            and term.first_on <= self.today <= (term.last_on or self.today)
            and area.startswith(bare(term.area_code))
            and any(bare(term.area_code).startswith(bare(root)) for root in app.areas)
            and app.department in (None, term.department)
            for term in person.terms
        )

    def is_good(self, token: Token) -> bool:
        """Tell whether the gateway takes a token: not expired, and of the roster's version that it knows."""
        return self.now < token.expires_at and token.version >= self.people[token.person].version

    # ---- what happens
    @initialize()
    def registers(self) -> None:
        for name, kind in (("bureau", "county"), ("town-app", "town"), ("village-app", "village")):
            self.apps[name] = Application(name, frozenset(SCOPES), [AREAS[kind]], None)
        self.apps["edu"] = Application("edu", frozenset({"deliveries:write", "plans:write"}), [AREAS["county"]], "EDU")
        self.apps["nowhere"] = Application("nowhere", frozenset(SCOPES), [], None)

    @rule(
        name=st.sampled_from(PEOPLE),
        role=st.sampled_from(StaffRole),
        data=st.data(),
        begins=st.integers(-3, 3),
        days=st.none() | st.integers(0, 3),
    )
    def begins_a_term(self, name: str, role: StaffRole, data: Any, begins: int, days: int | None) -> None:
        kind: UnitKind = data.draw(st.sampled_from(sorted(ROLES[role].units)), label="unit")
        level = data.draw(st.sampled_from(sorted(ROLES[role].areas)), label="level")
        area = data.draw(st.sampled_from([AREAS[level], *OTHERS]), label="area")
        first = self.today + timedelta(days=begins)
        self.count += 1
        term = Term(
            appointment_id=f"t-{self.count}",
            role=role,
            area_code=area,
            department=data.draw(st.sampled_from([Department.EDU, Department.MED]))
            if UNITS[kind].has_department
            else None,
            grid="1" if ROLES[role].has_grid else None,
            first_on=first,
            last_on=None if days is None else first + timedelta(days=days),
        )
        self._change(name, terms=[*self.people[name].terms, term])

    @rule(name=st.sampled_from(PEOPLE), data=st.data())
    def ends_a_term(self, name: str, data: Any) -> None:
        """Yesterday was the last day: what is out ends now, not with its token."""
        person = self.people[name]
        if person.terms:
            ended = data.draw(st.sampled_from(list(person.terms)))
            over = replace(ended, last_on=self.today - timedelta(days=1))
            self._change(name, terms=[over if term is ended else term for term in person.terms])

    @rule(name=st.sampled_from(PEOPLE), is_active=st.booleans())
    def is_switched(self, name: str, is_active: bool) -> None:
        self._change(name, is_active=is_active)

    @rule(minutes=st.sampled_from([1, 9, 11, 90, 60 * 14, 60 * 24]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @precondition(lambda self: self.apps)
    @rule(name=st.sampled_from(PEOPLE), data=st.data(), scope=st.none() | st.sampled_from(sorted(SCOPES)))
    def signs_in(self, name: str, data: Any, scope: str | None) -> None:
        person = self.people[name]
        app = self.apps[data.draw(st.sampled_from(sorted(self.apps)))]
        wanted = data.draw(st.none() | st.sampled_from([term.appointment_id for term in person.terms] or ["none"]))
        asked = Asked(wanted, None if scope is None else frozenset({scope}))
        found = decide(person, asked, app, self.today)
        if isinstance(found, Grant):
            left_s = seconds_left(found.term, self.now)
            good_s = min(TTL_S, TTL_S if left_s is None else left_s)
            assert good_s > 0
            self.tokens.append(Token(name, person.version, app, found, self.now + timedelta(seconds=good_s)))
        elif wanted is not None and scope is not None:
            # Refused in one term: the model may allow it in another one only.
            mine = [term for term in person.terms if term.appointment_id == wanted]
            others = self.people[name]
            self.people[name] = replace(person, terms=mine)
            assert not any(self.may(name, app, scope, term.area_code) for term in mine)
            self.people[name] = others

    # ---- what always holds
    @invariant()
    def no_good_token_goes_beyond_the_facts_of_now(self) -> None:
        for token in self.tokens:
            if self.is_good(token):
                area = token.grant.term.area_code
                assert all(self.may(token.person, token.app, scope, area) for scope in token.grant.scopes)

    @invariant()
    def who_is_out_has_no_good_token(self) -> None:
        for token in self.tokens:
            assert not (self.is_good(token) and not self.people[token.person].is_active)

    def _change(self, name: str, **changes: Any) -> None:
        person = self.people[name]
        self.people[name] = replace(person, version=person.version + 1, **changes)


def bare(area: str) -> str:
    """The digits of an area that its subtree begins with, by a table of ends of its own."""
    for end in (2, 4, 6, 9):
        if not area[end:].strip("0"):
            return area[:end] if area.strip("0") else ""
    return area


TestSignIns = SignIns.TestCase
TestSignIns.settings = settings(
    max_examples=60, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
