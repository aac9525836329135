"""The access decision as a pure function, against an independent statement of the rule."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.routing.rules import Access, Reason, Route, RouteTable, decide, is_plain_path

SCOPES = ["a:read", "a:write", "departments:any"]
DEPARTMENTS = ["EDU", "MED"]
areas = st.builds(
    lambda digits, level: (digits[:level]).ljust(12, "0"),
    st.text("0129", min_size=12, max_size=12),
    st.sampled_from([0, 2, 4, 6, 9, 12]),
)
accesses = st.builds(
    Access,
    scopes=st.lists(st.sampled_from(["a:read", "a:write"]), min_size=1, max_size=2, unique=True).map(tuple),
    purpose=st.just("p"),
    classes=st.frozensets(st.sampled_from(["S1", "S2", "S3", "S4"])),
    departments=st.frozensets(st.sampled_from(DEPARTMENTS)),
)


@given(
    scopes=st.frozensets(st.sampled_from(SCOPES)),
    department=st.sampled_from([None, *DEPARTMENTS]),
    own=st.lists(areas, max_size=3),
    access=accesses,
    requested=st.none() | areas,
)
def test_a_request_is_allowed_exactly_when_scope_department_and_area_all_hold(
    scopes: frozenset[str], department: str | None, own: list[str], access: Access, requested: str | None
) -> None:
    def below(area: str, root: str) -> bool:
        while root and root[-1] == "0" and len(root) > 0 and len(root.rstrip("0")) < len(root):
            root = root.rstrip("0")
        length = next(size for size in (0, 2, 4, 6, 9, 12) if size >= len(root))
        return area[:length] == root.ljust(length, "0")

    expected = (
        any(scope in scopes for scope in access.scopes)
        and (
            not access.departments
            or department in access.departments
            or (department is None and "departments:any" in scopes)
        )
        and (requested is None or any(below(requested, root) for root in own))
    )
    assert decide(scopes, department, own, access, requested).is_allowed == expected


@given(access=accesses, department=st.sampled_from([None, *DEPARTMENTS]), own=st.lists(areas, max_size=3))
def test_nothing_is_allowed_without_a_scope(access: Access, department: str | None, own: list[str]) -> None:
    decision = decide(frozenset(), department, own, access)
    assert (decision.is_allowed, decision.reason) == (False, Reason.SCOPE_MISSING)


@given(
    scopes=st.frozensets(st.sampled_from(SCOPES)),
    more=st.frozensets(st.sampled_from(SCOPES)),
    department=st.sampled_from([None, *DEPARTMENTS]),
    own=st.lists(areas, max_size=2),
    other=st.lists(areas, max_size=2),
    access=accesses,
    requested=st.none() | areas,
)
def test_more_rights_never_take_something_away(
    scopes: frozenset[str],
    more: frozenset[str],
    department: str | None,
    own: list[str],
    other: list[str],
    access: Access,
    requested: str | None,
) -> None:
    if decide(scopes, department, own, access, requested).is_allowed:
        assert decide(scopes | more, department, own + other, access, requested).is_allowed


@pytest.mark.parametrize("area", ["", "9901", "99010100000x", "9901010000000", "９９０１０１００００００"])
def test_malformed_area_is_told_as_such(area: str) -> None:
    access = Access(scopes=("a:read",), purpose="p")
    assert decide(frozenset({"a:read"}), None, ["000000000000"], access, area).reason is Reason.AREA_MALFORMED


def test_only_classes_s3_and_s4_are_audited() -> None:
    assert [Access(("a:read",), "p", frozenset({level})).is_personal for level in ("S1", "S2", "S3", "S4")] == [
        False, False, True, True,
    ]  # fmt: skip


def table(*templates: str) -> RouteTable:
    access = Access(scopes=("a:read",), purpose="p")
    return RouteTable(Route("demo", "GET", template, access) for template in templates)


def test_literal_segments_win_over_parameters_and_dead_ends_are_left() -> None:
    routes = table("/v1/persons/{id}", "/v1/persons/search", "/v1/persons/{id}/unmask", "/v1/{kind}/search/deep")
    assert routes.find("/v1/persons/search")["GET"].template == "/v1/persons/search"
    assert routes.find("/v1/persons/1")["GET"].template == "/v1/persons/{id}"
    assert routes.find("/v1/persons/search/unmask")["GET"].template == "/v1/persons/{id}/unmask"
    assert routes.find("/v1/persons/search/deep")["GET"].template == "/v1/{kind}/search/deep"
    for path in ("/v1/persons", "/v1/persons/", "/v1/persons/1/", "/v1//unmask", "/", "", "/v1/persons/1/unmask/2"):
        assert not routes.find(path), path


def test_second_service_cannot_take_over_an_operation() -> None:
    access = Access(scopes=("a:read",), purpose="p")
    routes = RouteTable([Route("first", "GET", "/v1/x", access), Route("second", "GET", "/v1/x", access)])
    assert routes.find("/v1/x")["GET"].upstream == "first"
    assert len(routes.routes) == 1


@pytest.mark.parametrize(
    ("path", "is_plain"),
    [
        ("/v1/households/01994d5e", True),
        ("/v1/households/张", True),
        ("/v1//households", False),
        ("/v1/../etc", False),
        ("/v1/./x", False),
        ("/v1/.hidden", False),
        ("/v1/a\\b", False),
        ("/v1/a\x00b", False),
        ("/v1/a\nb", False),
    ],
)
def test_paths_with_tricks_are_not_plain(path: str, is_plain: bool) -> None:
    assert is_plain_path(path) is is_plain
