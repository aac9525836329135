"""People come, change terms, are switched off and sign in through applications, beside a model that knows no code.

The model is a table by the facts of the moment: which scopes somebody has in a term through an application.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import cycle, product
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from contracts.scopes import SCOPES
from contracts.staff import ROLES, UNITS
from contracts.vocabulary import Department, StaffRole, UnitKind
from gateway.people.decisions import Application, Asked, Grant, Person, Term, decide, seconds_left
from servicekit.auth import Principal
from servicekit.clock import CHINA

AREAS = {
    "province": "990000000000",
    "city": "990100000000",
    "county": "990101000000",
    "town": "990101101000",
    "village": "990101101201",
}
GRIDS = ("1", "2")
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
        self.homes: dict[str, tuple[str, str | None]] = {"first": (AREAS["village"], "1"), "second": (OTHERS[1], None)}
        self.count = 0
        self.scopes = cycle(sorted(SCOPES))

    @property
    def today(self) -> date:
        return self.now.astimezone(CHINA).date()

    # ---- the model
    def table(self, name: str, app: Application, term: Term) -> set[str]:
        """Give the scopes that a person has in a term through an application, by the bare facts of now."""
        area = bare(term.area_code)
        is_here = any(area.startswith(bare(root)) for root in app.areas)
        is_now = term.first_on <= self.today <= (term.last_on or self.today)
        is_theirs = app.department in (None, term.department)
        if not (self.people[name].is_active and is_here and is_now and is_theirs):
            return set()
        return {scope for scope in SCOPES if scope in ROLES[term.role].scopes and scope in app.scopes}

    def is_good(self, token: Token) -> bool:
        """Tell whether the gateway takes a token: not expired, and of the roster's version that it knows."""
        return self.now < token.expires_at and token.version >= self.people[token.person].version

    # ---- what happens
    @initialize(roles=st.lists(st.sampled_from(StaffRole), min_size=len(PEOPLE), max_size=len(PEOPLE)), data=st.data())
    def begins(self, roles: list[StaffRole], data: Any) -> None:
        """Three applications of three levels, one of a department, one of nowhere; everybody is in office."""
        for name, kind in (("bureau", "county"), ("town-app", "town"), ("province", "province")):
            self.apps[name] = Application(name, frozenset(SCOPES), [AREAS[kind]], None)
        few = frozenset({"deliveries:write", "plans:write", "duties:read", "clues:read"})
        self.apps["edu"] = Application("edu", few, [AREAS["county"]], "EDU")
        self.apps["nowhere"] = Application("nowhere", frozenset(SCOPES), [], None)
        for name, role in zip(PEOPLE, roles, strict=True):
            self.begins_a_term(name, role, data, -1, data.draw(st.sampled_from([1, 2, None])), is_other=False)

    @rule(
        name=st.sampled_from(PEOPLE),
        role=st.sampled_from(StaffRole),
        data=st.data(),
        begins=st.sampled_from([-1, 0, 1]),
        days=st.none() | st.integers(0, 2),
        is_other=st.booleans(),
    )
    def begins_a_term(
        self, name: str, role: StaffRole, data: Any, begins: int, days: int | None, is_other: bool
    ) -> None:
        kind: UnitKind = data.draw(st.sampled_from(sorted(ROLES[role].units)), label="unit")
        level = data.draw(st.sampled_from(sorted(ROLES[role].areas)), label="level")
        area = data.draw(st.sampled_from(OTHERS), label="area") if is_other else AREAS[level]
        first = self.today + timedelta(days=begins)
        self.count += 1
        term = Term(
            appointment_id=f"t-{self.count}",
            role=role,
            area_code=area,
            department=data.draw(st.sampled_from([Department.EDU, Department.MED]))
            if UNITS[kind].has_department
            else None,
            grid=data.draw(st.sampled_from(GRIDS), label="grid") if ROLES[role].has_grid else None,
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

    @rule(name=st.sampled_from(PEOPLE), is_active=st.sampled_from([True, False]))
    def is_switched(self, name: str, is_active: bool) -> None:
        self._change(name, is_active=is_active)

    @rule(
        name=st.sampled_from(["first", "second"]),
        village=st.sampled_from([AREAS["village"], OTHERS[1]]),
        grid=st.sampled_from([*GRIDS, None]),
    )
    def a_household_moves(self, name: str, village: str, grid: str | None) -> None:
        self.homes[name] = (village, grid)

    @rule()
    def midnight_comes_near(self) -> None:
        self.now = max(self.now, self.now.replace(hour=23, minute=55))

    @rule(minutes=st.sampled_from([1, 9, 11, 90, 60 * 14, 60 * 24]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    # ---- what always holds
    @invariant()
    def everybody_gets_what_the_table_gives_and_nothing_else(self) -> None:
        """Everybody signs in through every application, in each term and in none named, with a scope and without."""
        scope = next(self.scopes)
        for name, app in product(PEOPLE, self.apps.values()):
            for wanted in (None, *(term.appointment_id for term in self.people[name].terms)):
                self._signs_in(name, app, wanted, None)
                self._signs_in(name, app, wanted, scope)

    @invariant()
    def no_good_token_goes_beyond_the_facts_of_now(self) -> None:
        self.tokens = [token for token in self.tokens if self.is_good(token)]
        for token in self.tokens:
            assert token.grant.scopes <= self.table(token.person, token.app, token.grant.term)

    @invariant()
    def every_token_covers_the_households_of_its_area_or_grid_and_no_other(self) -> None:
        for term in (token.grant.term for token in self.tokens if self.is_good(token)):
            caller = Principal("app", areas=(term.area_code,), grid=term.grid)
            for village, grid in self.homes.values():
                is_in_grid = term.role is not StaffRole.GRID or term.grid == grid
                assert caller.covers(village, grid) == (village.startswith(bare(term.area_code)) and is_in_grid)

    def _signs_in(self, name: str, app: Application, wanted: str | None, scope: str | None) -> None:
        person = self.people[name]
        given = {
            term.appointment_id: scopes
            for term in person.terms
            if wanted in (None, term.appointment_id) and (scopes := self.table(name, app, term))
        }
        if len(given) != 1 or (scope is not None and scope not in next(iter(given.values()))):
            given = {}
        found = decide(person, Asked(wanted, None if scope is None else frozenset({scope})), app, self.today)
        if not isinstance(found, Grant):
            assert not given, found.reason
            return
        assert found.scopes == ({scope} if scope else given[found.term.appointment_id])
        left_s = seconds_left(found.term, self.now)
        good_s = min(TTL_S, TTL_S if left_s is None else left_s)
        self.tokens.append(Token(name, person.version, app, found, self.now + timedelta(seconds=good_s)))

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
    max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
