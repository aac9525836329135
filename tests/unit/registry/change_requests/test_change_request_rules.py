"""What a change request touches, what has come between, who decides, and what of it is shown."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import FieldError
from contracts.parameters import PARAMETERS, resolve
from contracts.vocabulary import Relation, Sex
from registry.change_requests import contents, rules
from registry.change_requests.contents import CONTENTS, HEAD, STATUS
from registry.change_requests.kinds import KINDS
from registry.continued import MoverIn

TODAY = date(2026, 12, 1)
VILLAGE, NEXT_VILLAGE, FAR_VILLAGE = "990101101201", "990101101202", "990101102201"
ANN, BEN = (str(UUID(int=number)) for number in (1, 2))
PROFILE = resolve([], VILLAGE, TODAY)

persons = st.sampled_from([ANN, BEN, str(UUID(int=3))])
relations = st.lists(st.builds(MoverIn, id=persons, relation=st.sampled_from(Relation)), max_size=3)
some_contents = st.one_of(
    st.builds(contents.Leaver, person_id=persons, relations=relations, into=st.none(), relation=st.none()),
    st.builds(contents.Relations, relations=relations.filter(bool)),
    st.builds(contents.Merge, into=persons, relations=relations),
    st.builds(contents.NewNumber, hh_no=st.just("99H1")),
    st.builds(contents.Move, village_code=st.just(VILLAGE)),
    st.builds(contents.Correction, person_id=persons, name=st.just("陈更正")),
)


def test_each_kind_says_what_it_holds_and_who_approves_it() -> None:
    assert {kind.content for kind in KINDS.values()} == CONTENTS.keys(), "nothing that no kind asks for"
    approvals = {name for name in PARAMETERS if name.startswith("changes.approval_")}
    assert approvals == {kind.parameter for kind in KINDS.values()}
    assert set(rules.DUTIES) == {"township", "county"}


@given(some_contents)
def test_whatever_is_asked_for_touches_something_and_rests_on_the_rest(content: contents.Content) -> None:
    assert content.touches()
    assert not content.touches() & content.rests_on()
    assert STATUS in content.touches() | content.rests_on(), "nothing is done to a household that has ended"
    assert all(rules.title_of(path) for path in content.touches() | content.rests_on())


@given(relations.filter(bool))
def test_who_makes_somebody_the_head_touches_the_head(said: list[MoverIn]) -> None:
    touches = contents.Relations(relations=said).touches()
    assert (HEAD in touches) == any(each.relation is Relation.HEAD for each in said)


@given(
    st.dictionaries(st.sampled_from("abc"), st.integers(0, 2)),
    st.dictionaries(st.sampled_from("abcd"), st.integers(0, 2)),
)
def test_contested_is_what_was_seen_and_is_another_now(seen: dict[str, int], now: dict[str, int]) -> None:
    assert rules.contested(seen, seen) == []
    changed = rules.contested(seen, now)
    assert all(seen[path] != now.get(path) for path in changed)
    assert all(seen[path] == now.get(path) for path in seen.keys() - set(changed))


@pytest.mark.parametrize(
    ("kind", "target", "level"),
    [
        ("contact", None, None),
        ("birth", None, "township"),
        ("move", NEXT_VILLAGE, "township"),
        ("move", FAR_VILLAGE, "county"),
        ("split", FAR_VILLAGE, "county"),
        ("merge", None, "county"),
    ],
)
def test_who_decides_is_the_policys_and_a_move_out_of_the_township_is_the_countys(
    kind: str, target: str | None, level: str | None
) -> None:
    assert rules.level(KINDS[kind], PROFILE, VILLAGE, target) == level


def test_who_decides_has_the_whole_township_or_county() -> None:
    assert rules.deciding_area("township", VILLAGE) == "990101101000"
    assert rules.deciding_area("county", VILLAGE) == "990101000000"


MEMBERS = {
    ANN: rules.Someone("陈建国", True, date(1970, 1, 1), Sex.MALE),
    BEN: rules.Someone("陈小明", False, date(2020, 5, 5), Sex.MALE, came_on=date(2025, 3, 1)),
}


def codes(kind: str, content: dict[str, Any], day: date = TODAY, evidence: tuple[str, ...] = ("a",)) -> list[str]:
    asked = rules.Asked(KINDS[kind], KINDS[kind].holds.model_validate(content), day, evidence)
    return [each.code for each in rules.faults(asked, MEMBERS, {"a"}, TODAY)]


@pytest.mark.parametrize(
    ("kind", "content", "day", "expected"),
    [
        ("death", {"person_id": ANN}, date(1969, 12, 31), ["occurred_on.before_birth"]),
        ("death", {"person_id": BEN}, date(2025, 2, 28), ["occurred_on.before_joining"]),
        ("death", {"person_id": BEN}, date(2025, 3, 1), []),
        ("death", {"person_id": ANN}, date(2026, 12, 2), ["occurred_on.future"]),
        ("number", {"person_id": BEN, "id_no": "x"}, TODAY, []),
        ("number", {"person_id": ANN, "id_no": "x"}, TODAY, ["person.has_number"]),
        ("correction", {"person_id": str(UUID(int=9)), "name": "某"}, TODAY, ["person.unknown"]),
        ("head", {"relations": [{"id": ANN, "relation": "head"}, {"id": ANN, "relation": "child"}]}, TODAY,
         ["relations.duplicate"]),
    ],
)  # fmt: skip
def test_dates_and_persons_that_cannot_be(kind: str, content: Any, day: date, expected: list[str]) -> None:
    assert codes(kind, content, day) == expected


def test_evidence_is_asked_for_by_name() -> None:
    asked = rules.Asked(KINDS["death"], contents.Dead(person_id=ANN), TODAY, ())
    [fault] = rules.faults(asked, MEMBERS, set(), TODAY)
    assert (fault.pointer, fault.code) == ("/evidence", "evidence.missing")
    assert KINDS["death"].shows.zh in fault.detail


def test_faults_of_applying_point_into_the_request() -> None:
    leaver = contents.Leaver(person_id=ANN)
    found = [FieldError("/members", "household.no_head", "x"), FieldError("/members/0/id", "person.unknown", "x")]
    assert [each.pointer for each in rules.pointed(leaver, found)] == ["/content/relations", "/content/person_id"]
    joins = contents.Incomer(person=MoverIn(id=ANN, relation=Relation.CHILD_IN_LAW))
    assert [each.pointer for each in rules.pointed(joins, found)] == ["/content/relations", "/content/person/id"]


@given(
    st.text("陈李王明", min_size=2, max_size=4),
    st.from_regex(r"\A99010119[5-9]\d(0[1-9]|1[0-2])(0[1-9]|1\d)\d{3}[\dX]\Z"),
    st.from_regex(r"\A1[3-9]\d{9}\Z"),
)
def test_nothing_that_names_somebody_is_shown(name: str, number: str, phone: str) -> None:
    given_ = {"member": {"name": name, "id_no": number, "birth_date": "1980-02-03", "sex": "1"}, "phone": phone,
              "address": name, "hh_no": "99H1"}  # fmt: skip
    shown = rules.masked(given_, TODAY)
    told = str(shown)
    assert number not in told
    assert name not in told
    assert phone not in told
    assert "1980-02-03" not in told
    assert (shown["member"]["birth_date"], shown["hh_no"], shown["member"]["sex"]) == ("1980", "99H1", "1")
    assert rules.shown_path(f"member.{ANN}.identity", given_["member"], TODAY) == shown["member"]


def test_of_who_was_born_this_year_nothing_of_the_number_is_shown() -> None:
    assert rules.masked({"id_no": "990101202611090013"}, TODAY) == {"id_no": "*" * 18}
