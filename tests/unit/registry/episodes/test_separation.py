"""Separation of duty over persons and applications: a naive memory of who did what beside the rules, on any course."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from contracts.parameters import NATION, resolve
from contracts.vocabulary import EpisodeState as S
from contracts.vocabulary import HouseholdType, StaffRole
from registry.episodes import rules
from registry.episodes.situation import Move, Situation, Taken
from registry.episodes.steps import STEPS, is_return, legal_next, part_of
from servicekit.persons import Known, Term, party, staff_id_of

TODAY = date(2026, 11, 21)
POLICY = resolve([], NATION, TODAY)
VILLAGE = "990101101201"
IDS = [f"0198c0de-0000-7000-8000-00000000000{place}" for place in range(6)]
HERE = Known(True, (Term(StaffRole.VILLAGE, VILLAGE, date(2026, 1, 1)),))
PEOPLE = {
    IDS[0]: HERE,
    IDS[1]: HERE,
    IDS[2]: HERE,
    IDS[3]: Known(True, (Term(StaffRole.TOWN, "990101102000", date(2026, 1, 1)),)),
    IDS[4]: Known(True, (Term(StaffRole.VILLAGE, VILLAGE, date(2026, 1, 1), TODAY - timedelta(days=1)),)),
    IDS[5]: Known(False, HERE.terms),
}
IN_OFFICE = set(IDS[:3])
APPLICATIONS = ["phone", "desk"]


def written(staff_id: str, form: int) -> str:
    return (staff_id, f"staff:{staff_id}", staff_id.upper())[form]


class Separation(RuleBasedStateMachine):
    """One episode; anybody may try any legal step with anybody, signed in through any application, or as a machine."""

    def __init__(self) -> None:
        super().__init__()
        self.state, self.steps = S.APPLIED, list[Taken]()
        self.memory: list[tuple[S, set[str], bool]] = []  # state, everybody behind it, whether it was a return

    @initialize()
    def begin(self) -> None:
        self.steps = [Taken(S.APPLIED, TODAY, (), client_id="alerts", recorded_on=TODAY)]
        self.state, self.memory = S.APPLIED, []

    @precondition(lambda self: not legal_next(self.state))
    @rule()
    def another_episode(self) -> None:
        self.begin()

    @precondition(lambda self: legal_next(self.state))
    @rule(
        data=st.data(),
        who=st.sampled_from([*IDS, None]),
        application=st.sampled_from(APPLICATIONS),
        named=st.lists(st.tuples(st.sampled_from(IDS), st.integers(0, 2)), min_size=1, max_size=3),
    )
    def attempt(self, data: Any, who: str | None, application: str, named: list[tuple[str, int]]) -> None:
        to = data.draw(st.sampled_from(legal_next(self.state)))
        actor = application if who is None else f"staff:{who}"
        move = Move(to, TODAY, party(actor, [written(*each) for each in named]), {}, client_id=actor, recorded_on=TODAY)
        found = {error.code for error in rules.refusals(self._situation(), move)}
        about_people = {code for code in found if code.split(".")[0] in ("actors", "client", "person")}
        behind = {staff for staff, _ in named} | ({who} if who else set())
        if who is not None and not behind <= IN_OFFICE:
            assert any(code.startswith("person.") for code in about_people) or "actors.too_few" in about_people
            return
        bars = part_of(self.state, to).not_by
        earlier = [people for state, people, came_back in self.memory if state in bars and not came_back]
        is_barred = any(people & (behind | {actor}) for people in earlier)
        too_few = STEPS[to].is_visit and not is_return(self.state, to) and len(behind) < 2
        assert bool(about_people) == (is_barred or too_few), (to, behind, earlier, about_people)
        if about_people:
            return
        self.memory.append((to, behind | {actor}, is_return(self.state, to)))
        taken = Taken(to, TODAY, move.actors, previous=self.state, client_id=actor, recorded_on=TODAY)
        self.steps.append(taken)
        self.state = to

    def _situation(self) -> Situation:
        return replace(
            Situation(
                state=self.state,
                found_on=TODAY,
                identified_on=None,
                risk_types=(),
                hh_type=HouseholdType.FORMER_POOR,
                labour=(),
                steps=tuple(self.steps),
                policy=POLICY,
            ),
            area_code=VILLAGE,
            people=PEOPLE,
        )

    @invariant()
    def every_step_of_a_person_names_the_person(self) -> None:
        for taken in self.steps:
            if taken.client_id.startswith("staff:"):
                assert taken.client_id in taken.actors
                assert {staff_id_of(actor) for actor in taken.actors} <= IN_OFFICE


TestSeparation = Separation.TestCase
TestSeparation.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
