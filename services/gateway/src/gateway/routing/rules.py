"""Access decisions and route matching as pure functions on values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from servicekit.areas import is_area_code, is_within

ANY_DEPARTMENT_SCOPE = "departments:any"


class Reason(StrEnum):
    """Why a request was let through or refused; travels in problems, logs and the audit record."""

    ALLOWED = "allowed"
    PUBLIC = "public"
    SCOPE_MISSING = "scope_missing"
    DEPARTMENT_FOREIGN = "department_foreign"
    AREA_MALFORMED = "area_malformed"
    AREA_OUTSIDE = "area_outside"


@dataclass(frozen=True, slots=True)
class Access:
    """What an operation declares about itself in `x-bangfu-access`.

    Who has one of `scopes` passes; without any, the operation is public. `departments` is empty when clients of every
    department (and of none) may call.
    """

    scopes: tuple[str, ...]
    purpose: str
    classes: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()

    @property
    def is_personal(self) -> bool:
        """Tell whether the operation touches personal data and is therefore audited (class S3 or S4)."""
        return bool(self.classes & {"S3", "S4"})


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome of `decide`."""

    is_allowed: bool
    reason: Reason


_ALLOWED = Decision(True, Reason.ALLOWED)
_PUBLIC = Decision(True, Reason.PUBLIC)


def decide(
    scopes: frozenset[str],
    department: str | None,
    areas: Sequence[str],
    access: Access,
    requested_area: str | None = None,
) -> Decision:
    """Decide one request from nothing but the caller's grants and the operation's declaration.

    Args:
        areas: Well-formed area codes; the client may see their subtrees.
        requested_area: The `area` of the query string, if any. Areas in paths and bodies are checked by the owner.
    """
    if not access.scopes:
        return _PUBLIC
    if scopes.isdisjoint(access.scopes):
        return Decision(False, Reason.SCOPE_MISSING)
    # A client of the bureau has no department and may be given the right to act for all of them.
    acts_for_all = department is None and ANY_DEPARTMENT_SCOPE in scopes
    if access.departments and department not in access.departments and not acts_for_all:
        return Decision(False, Reason.DEPARTMENT_FOREIGN)
    if requested_area is not None:
        if not is_area_code(requested_area):
            return Decision(False, Reason.AREA_MALFORMED)
        if not any(is_within(requested_area, subtree) for subtree in areas):
            return Decision(False, Reason.AREA_OUTSIDE)
    return _ALLOWED


@dataclass(frozen=True, slots=True)
class Route:
    """One operation of one service, as the gateway routes it.

    Attributes:
        takes_key: It remembers an Idempotency-Key: a repeat has no second effect.
    """

    upstream: str
    method: str
    template: str
    access: Access
    media_types: frozenset[str] = frozenset()
    encodings: frozenset[str] = frozenset()
    takes_key: bool = False


@dataclass(slots=True)
class _Node:
    static: dict[str, _Node] = field(default_factory=dict)
    parameter: _Node | None = None
    methods: dict[str, Route] = field(default_factory=dict)


class RouteTable:
    """Finds the route of a path; literal segments win over parameters."""

    def __init__(self, routes: Iterable[Route] = ()) -> None:
        self._root = _Node()
        self.routes: list[Route] = []
        for route in routes:
            self._add(route)

    def _add(self, route: Route) -> None:
        node = self._root
        for segment in route.template.split("/")[1:]:
            if segment.startswith("{"):
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.static.setdefault(segment, _Node())
        # The first service that declares an operation owns it: a second one cannot take it over.
        if node.methods.setdefault(route.method, route) is route:
            self.routes.append(route)

    def find(self, path: str) -> Mapping[str, Route]:
        """Give the routes of a decoded path by method; empty when nobody serves it."""
        return self._walk(self._root, path.split("/"), 1)

    def _walk(self, node: _Node, segments: list[str], at: int) -> Mapping[str, Route]:
        if at == len(segments):
            return node.methods
        segment = segments[at]
        child = node.static.get(segment)
        if child is not None:
            found = self._walk(child, segments, at + 1)
            if found:
                return found
        if node.parameter is not None and segment:
            return self._walk(node.parameter, segments, at + 1)
        return {}


_SEPARATOR = re.compile(rb"%(?:2f|5c)", re.IGNORECASE)


def is_plain_path(path: str, raw: bytes = b"") -> bool:
    """Tell whether a path is free of tricks: empty or dot segments, back-slashes, control characters.

    Args:
        path: Decoded.
        raw: As it was sent: an encoded separator would be one for us, and none for whoever stands in front.
    """
    plain = path.removeprefix("/.well-known")
    is_plain = path.isprintable() and not any(trick in plain for trick in ("//", "/.", "\\"))
    return is_plain and (b"%" not in raw or _SEPARATOR.search(raw) is None)
