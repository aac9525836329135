"""Which duties an episode's state implies."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from contracts.parameters import Profile, resolve
from registry.duty import Ground, Known, Promised, Said, changes
from registry.episodes.deadlines import Case, Taken, duties_of

POLICY: Profile = resolve([], "990101000000", date(2026, 11, 10))
OPEN = Case(
    episode_id="e", household_id="h", area_code="990101101201", origin="clue", is_monitored=False, is_active=True,
    looks_back=False, ended_on=date(2026, 11, 3), found_on=date(2026, 11, 1), taken_on=date(2026, 11, 3),
    identify_due_on=date(2026, 11, 16), identified_on=None, eliminated_on=None, can_work=True, looked_back=(),
)  # fmt: skip
MONITORED = replace(OPEN, is_monitored=True, identified_on=date(2026, 11, 12))


def said(case: Case) -> dict[str, Said]:
    return {duty.duty_id: duty for duty in duties_of(case, POLICY)}


def state(case: Case) -> dict[str, tuple[date, str | None]]:
    return {name: (duty.due_on, duty.outcome) for name, duty in said(case).items()}


def test_before_identification_it_is_the_identification() -> None:
    assert state(OPEN) == {"D05-e": (date(2026, 11, 16), None)}


def test_a_decision_against_it_ends_the_identification_as_well() -> None:
    rejected = replace(OPEN, is_active=False, ended_on=date(2026, 11, 9))
    assert said(rejected)["D05-e"].closed_on == date(2026, 11, 9)
    assert state(rejected) == {"D05-e": (date(2026, 11, 16), "done")}


def test_identification_brings_plan_first_measure_and_a_development_measure() -> None:
    assert state(MONITORED) == {
        "D05-e": (date(2026, 11, 16), "done"),
        "D06-e": (date(2026, 11, 22), None),
        "D07-e": (date(2026, 12, 12), None),
        "D08-e": (date(2027, 5, 12), None),
    }
    assert "D08-e" not in state(replace(MONITORED, can_work=False))


def test_each_closes_when_its_subject_moved() -> None:
    helped = replace(MONITORED, plan_on=date(2026, 11, 15), first_on=date(2026, 11, 20))
    assert [said(helped)[name].closed_on for name in ("D06-e", "D07-e", "D08-e")] == [
        date(2026, 11, 15), date(2026, 11, 20), None,
    ]  # fmt: skip


def test_an_imported_case_counts_from_the_day_it_came() -> None:
    """Nobody here could have acted before."""
    imported = replace(
        MONITORED, origin="import", identify_due_on=None, identified_on=date(2024, 2, 29), taken_on=date(2026, 11, 10)
    )
    assert state(imported) == {
        "D06-e": (date(2026, 11, 20), None),
        "D07-e": (date(2026, 12, 10), None),
        "D08-e": (date(2027, 5, 10), None),
    }


def test_a_year_of_look_backs_follows_the_elimination() -> None:
    gone = replace(
        MONITORED, is_monitored=False, is_active=False, looks_back=True, eliminated_on=date(2027, 11, 30),
        ended_on=date(2027, 11, 30), plan_on=date(2026, 11, 15), first_on=date(2026, 11, 20),
        looked_back=(date(2028, 2, 1),),
    )  # fmt: skip
    found = state(gone)
    assert found["D08-e"][1] == "cancelled", "nobody owes a measure any more"
    assert {name: found[name] for name in found if name.startswith("D10")} == {
        "D10-e-1": (date(2028, 2, 29), "done"),
        "D10-e-2": (date(2028, 5, 30), None),
        "D10-e-3": (date(2028, 8, 30), None),
        "D10-e-4": (date(2028, 11, 30), None),
    }
    relapsed = replace(gone, is_monitored=True, is_active=True, looks_back=False, ended_on=date(2028, 3, 1))
    assert {duty.outcome for name, duty in said(relapsed).items() if name.startswith("D10")} == {"done", "cancelled"}


def promised(**changes: Any) -> Promised:
    facts: dict[str, Any] = {
        "kind": "P01", "subject_id": "m", "department": "MED", "agreed_on": date(2026, 11, 14),
        "planned_on": date(2026, 12, 1), "done_on": None, "dropped_on": None,
    }  # fmt: skip
    return Promised(**facts | changes)


@pytest.mark.parametrize(
    ("changes", "outcome", "closed_on"),
    [
        ({}, None, None),
        ({"done_on": date(2026, 11, 30)}, "done", date(2026, 11, 30)),
        ({"done_on": date(2026, 12, 9)}, "done", date(2026, 12, 9)),  # late, and done
        ({"dropped_on": date(2026, 11, 20)}, "cancelled", date(2026, 11, 20)),
    ],
)
def test_a_planned_measure_is_its_departments_until_done_or_given_up(
    changes: dict[str, Any], outcome: str | None, closed_on: date | None
) -> None:
    duty = said(replace(MONITORED, promised=(promised(**changes),)))["P01-m"]
    assert (duty.department, duty.subject_id, duty.counts_from, duty.due_on) == (
        "MED", "m", date(2026, 11, 14), date(2026, 12, 1),
    )  # fmt: skip
    assert (duty.outcome, duty.closed_on) == (outcome, closed_on)


def test_what_was_promised_in_the_green_channel_is_a_duty_until_the_case_is_over() -> None:
    """Help that nobody gave any more ends with the case; the identification is due as ever."""
    green = replace(OPEN, is_green=True, promised=(promised(),))
    (name,) = [name for name in state(green) if name.startswith("P01")]
    assert state(green)[name][1] is None
    assert state(green)["D05-e"] == (date(2026, 11, 16), None), "the procedure stays due"
    assert state(replace(green, is_green=False))[name][1] == "cancelled"
    rejected = replace(green, is_active=False, ended_on=date(2026, 11, 9))
    assert state(rejected)[name][1] == "cancelled"
    given = replace(rejected, promised=(promised(done_on=date(2026, 11, 5)),))
    assert state(given)[name][1] == "done"


def test_a_measure_ends_with_the_monitoring_and_one_whose_day_was_past_counts_from_that_day() -> None:
    gone = replace(MONITORED, is_monitored=False, ended_on=date(2026, 11, 25), promised=(promised(),))
    assert (said(gone)["P01-m"].outcome, said(gone)["P01-m"].closed_on) == ("cancelled", date(2026, 11, 25))
    past = promised(planned_on=date(2026, 11, 1))
    assert said(replace(MONITORED, promised=(past,)))["P01-m"].counts_from == date(2026, 11, 1)


def test_what_cannot_be_done_is_the_townships_until_something_else_is_planned() -> None:
    """Given up without a reason (an earlier release) it is nobody's."""
    dropped = {"dropped_on": date(2026, 11, 20)}
    assert "P02-m" not in said(replace(MONITORED, promised=(promised(**dropped),)))
    back = promised(**dropped, is_returned=True)
    duty = said(replace(MONITORED, promised=(back,)))["P02-m"]
    assert (duty.department, duty.subject_id, duty.counts_from, duty.due_on, duty.outcome) == (
        None, "m", date(2026, 11, 20), date(2026, 11, 30), None,
    )  # fmt: skip
    again = said(replace(MONITORED, promised=(replace(back, replanned_on=date(2026, 11, 24)),)))["P02-m"]
    assert (again.outcome, again.closed_on) == ("done", date(2026, 11, 24))
    gone = replace(MONITORED, is_monitored=False, ended_on=date(2026, 11, 25), promised=(back,))
    assert said(gone)["P02-m"].outcome == "cancelled"


def test_a_task_of_the_plan_is_a_duty_as_a_measure_is() -> None:
    """F-A37."""
    open_, back = promised(kind="P03"), promised(kind="P03", dropped_on=date(2026, 11, 20), is_returned=True)
    assert state(replace(MONITORED, promised=(open_,)))["P03-m"] == (date(2026, 12, 1), None)
    found = state(replace(MONITORED, promised=(back,)))
    assert (found["P03-m"][1], found["P04-m"]) == ("cancelled", (date(2026, 11, 30), None))
    assert not {"P01-m", "P02-m"} & found.keys()


N1, N2, N6, N9 = (date(2026, 11, day) for day in (1, 2, 6, 9))
POSTED = (Taken("APPLIED", None, N1), Taken("PUBLICISED", "REVIEWED", N2))
RETURNED = (*POSTED, Taken("TOWN_AUDITED", "PUBLICISED", date(2026, 11, 8)), Taken("VISITED", "TOWN_AUDITED", N9))
AGAIN = (
    *RETURNED,
    Taken("COMPARED", "VISITED", date(2026, 11, 10)),
    Taken("TOWN_AUDITED", "PUBLICISED", date(2026, 11, 12)),
)


@pytest.mark.parametrize(
    ("which", "steps", "pauses", "due_on"),
    [
        ("none", AGAIN, [], 16),
        ("publicity", POSTED, [(3, 7)], 21),  # the five days that it must be up
        ("publicity", (*POSTED, Taken("OBJECTED", "PUBLICISED", date(2026, 11, 5))), [(3, 5)], 19),
        ("publicity", (*POSTED, Taken("OBJECTED", "PUBLICISED", N2)), [], 16),  # on the day itself
        ("publicity", AGAIN, [(3, 7)], 21),
        ("returns", POSTED, [], 16),
        ("returns", RETURNED, [(10, None)], 16),  # it lasts
        ("returns", AGAIN, [(10, 12)], 19),
        ("both", AGAIN, [(3, 7), (10, 12)], 24),
    ],
)
def test_what_pauses_the_identification_is_the_policys(
    which: str, steps: tuple[Taken, ...], pauses: list[tuple[int, int | None]], due_on: int
) -> None:
    policy = replace(POLICY, values={**POLICY.values, "clock.identify_pauses": which})
    (duty,) = duties_of(replace(OPEN, steps=steps), policy)
    assert [(pause.since.day, pause.until.day if pause.until else None) for pause in duty.pauses] == pauses
    assert duty.due_on == date(2026, 11, due_on)
    assert duty.is_paused == any(until is None for _, until in pauses)


def test_what_was_announced_before_pauses_and_measures_is_not_announced_again() -> None:
    """Whatever a duty does not have is not part of what is compared."""
    ground = Ground("e", OPEN.area_code, "h", "e")
    (duty,) = duties_of(OPEN, POLICY)
    kept = {
        "duty_id": "D05-e", "kind": "D05", "counts_from": "2026-11-01", "due_on": "2026-11-16", "unit": "calendar",
        "is_estimate": False, "outcome": None, "closed_on": None, "household_id": "h",
    }  # fmt: skip
    known = {"D05-e": Known(1, True, kept)}
    assert changes(ground, [duty], known, today=date(2026, 11, 10)) == []
    ((gone, revision),) = changes(ground, [], known, today=date(2026, 11, 10))
    assert (gone.outcome, gone.closed_on, revision) == ("cancelled", date(2026, 11, 10), 2)


def test_the_day_on_which_nobody_had_a_duty_any_more_stays_whatever_follows_in_the_case() -> None:
    """Look-backs and the end of a year move the case's newest step, not the day on which its task went."""
    ground = Ground("e", "990101101201", "h", "e")
    task = Promised("P03", "t-1", "HRS", date(2026, 11, 15), date(2026, 12, 11), None, None)
    eliminated = replace(MONITORED, is_monitored=False, ended_on=date(2026, 12, 15), promised=(task,))
    first = said(eliminated)["P03-t-1"]
    known = {first.duty_id: Known(2, False, ground.content(first))}
    later = said(replace(eliminated, ended_on=date(2027, 3, 10)))["P03-t-1"]
    assert (first.closed_on, later.closed_on) == (date(2026, 12, 15), date(2027, 3, 10))
    assert changes(ground, [later], known, today=date(2027, 3, 10)) == []
    ((again, revision),) = changes(
        ground, [replace(later, outcome=None, closed_on=None)], known, today=date(2027, 3, 10)
    )
    assert (again.outcome, revision) == (None, 3), "the case goes on"
    done = replace(later, outcome="done", closed_on=date(2027, 3, 9))
    assert changes(ground, [done], known, today=date(2027, 3, 10)) == [(done, 3)]
