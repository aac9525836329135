"""Which terms hold, which areas they reach, and what a receiver gets of what it asks for."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.vocabulary import Department
from sharing.agreements.rules import Terms, in_force, side_of, state_of
from sharing.directory.tables import postgres_columns
from sharing.places.rules import KnownArea, reach_of
from sharing.products.loading import build, load_products
from sharing.provision.rules import share_of

DAY = date(2026, 11, 10)


def terms(number: int, state: str = "approved", first: int = -1, last: int = 1) -> Terms:
    return Terms(number, state, DAY + timedelta(first), DAY + timedelta(last))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("versions", "state", "holding"),
    [
        ([terms(1, "draft")], "draft", None),
        ([terms(1, "offered")], "offered", None),
        ([terms(1, "refused")], "refused", None),
        ([terms(1)], "active", 1),
        ([terms(1, last=0)], "active", 1),
        ([terms(1, last=-1)], "ended", 1),
        ([terms(1, first=1)], "approved", None),
        ([terms(1), terms(2, "offered")], "active", 1),
        ([terms(1), terms(2)], "active", 2),
        ([terms(1), terms(2, first=1)], "active", 1),
        ([terms(1), terms(2, last=-1)], "ended", 2),
    ],
)
def test_the_newest_terms_that_both_approved_and_that_have_begun_hold(
    versions: list[Terms], state: str, holding: int | None
) -> None:
    held = in_force(versions, DAY)
    assert (state_of(versions, DAY, is_revoked=False), held and held.number) == (state, holding)
    assert state_of(versions, DAY, is_revoked=True) == "revoked"


def test_the_bureau_answers_for_the_provider_and_nobody_for_a_stranger() -> None:
    asked = [side_of("AGR", "CIV", each) for each in (None, Department.AGR, Department.CIV, Department.HEA)]
    assert asked == ["provider", "provider", "receiver", None]


OLD, NEW = date(2020, 1, 1), date(2026, 6, 1)
A, B, C, D, TOWN = "990101101201", "990101101202", "990101102203", "990101102204", "990101101000"


def known(*areas: KnownArea) -> dict[str, KnownArea]:
    return {area.code: area for area in areas}


def went(code: str, *successors: str, on: date = NEW) -> KnownArea:
    return KnownArea(code, OLD, on, successors)


@pytest.mark.parametrize(
    ("what", "agreed", "changes", "areas", "lapsed"),
    [
        ("nothing changed", [A], known(), [A], []),
        ("renumbered", [A], known(went(A, C), KnownArea(C, NEW)), [A, C], []),
        ("split", [A], known(went(A, C, D), KnownArea(C, NEW), KnownArea(D, NEW)), [A, C, D], []),
        ("merged with another", [A], known(went(A, C), went(B, C), KnownArea(C, NEW)), [A], [C]),
        ("both agreed", [A, B], known(went(A, C), went(B, C), KnownArea(C, NEW)), [A, B, C], []),
        ("into one that was there", [A], known(went(A, C), KnownArea(C, OLD)), [A], [C]),
        ("into one not announced yet", [A], known(went(A, C)), [A], [C]),
        ("within the township", [TOWN], known(went(A, B), KnownArea(B, OLD)), [TOWN], []),
        ("twice", [A], known(went(A, C, on=OLD), went(C, D), KnownArea(D, NEW)), [A, C, D], []),
    ],
)
def test_an_agreement_follows_its_area_as_far_as_it_reaches_nobody_new(
    what: str, agreed: list[str], changes: dict[str, KnownArea], areas: list[str], lapsed: list[str]
) -> None:
    reach = reach_of(agreed, changes)
    assert (sorted(reach.areas), list(reach.lapsed)) == (sorted(areas), lapsed), what


@given(st.none() | st.lists(st.sampled_from("abcdef")), st.lists(st.sampled_from("abcdef"), unique=True))
def test_a_share_is_what_was_asked_for_and_is_granted(requested: list[str] | None, granted: list[str]) -> None:
    share = share_of(requested, granted)
    assert set(share.given) == set(granted) & set(granted if requested is None else requested)
    assert set(share.withheld) == set(requested or ()) - set(granted)


def test_products_name_what_the_directory_keeps() -> None:
    for product in load_products().values():
        for field in product.fields:
            alias, _, column = field.sql.partition(".")
            assert column in postgres_columns({"h": "household", "p": "person"}[alias]), (product.id, field.name)
    white_list = load_products()["credit-white-list"]
    assert {field.name for field in white_list.fields} == {"area_code", "hh_type"}, "no reason why, no person"


BASE = {
    "zh": "名单", "en": "list", "provider": "AGR", "receivers": ["CIV"], "modes": ["list"], "subject": "household",
    "condition": "true", "basis": "依据", "fields": {"area_code": {"of": "household.area_code"}},
}  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"fields": {}}, {"modes": ["check"]}, {"subject": "person", "modes": ["check", "list"]},
        {"fields": {"x": {"of": "person.relief"}}}, {"fields": {"x": {"of": "household.phone"}}},
        {"fields": {"x": {"of": "household.nothing"}}}, {"fields": {"x": {"sql": "1"}}},
        {"fields": {"X y": {"of": "household.area_code"}}},
        {"receivers": []}, {"more": 1},
    ],
)  # fmt: skip
def test_a_product_that_contradicts_itself_is_refused(change: dict[str, object]) -> None:
    build("good", BASE)
    with pytest.raises(ValueError):  # noqa: PT011 - of several kinds
        build("bad", {**BASE, **change})
