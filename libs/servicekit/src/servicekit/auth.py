"""Who calls and what they may do, as a verified token says (`servicekit.verifier`).

Every route declares one `requires(scope, purpose=..., classes=...)`, or `public(reason)`; a test walks
the routes of all services and fails for one that does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from fastapi import Depends, Request
from fastapi.routing import APIRoute

from contracts.scopes import OF_PERSONS
from contracts.vocabulary import Department, FieldClass
from servicekit import areas
from servicekit.persons import STAFF_PREFIX
from servicekit.problems import Forbidden, InvalidInput, NotFound, Unauthorized
from servicekit.strictness import require_known_parameters, require_single_names

if TYPE_CHECKING:
    from servicekit.verifier import TokenVerifier

ANY_DEPARTMENT = "departments:any"
IN_ANY_GRID = "true"
"""Condition for `Principal.area_clause` of what is no household's: names of areas, people who work there."""


class InvalidToken(Unauthorized):
    """401: the token is malformed, expired, foreign or not an access token."""

    code = "token_invalid"
    title = "访问令牌无效或已过期"

    def __init__(self, detail: str = "the access token is not valid") -> None:
        super().__init__(detail, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})


class MissingToken(Unauthorized):
    """401: no bearer token was sent."""

    code = "token_missing"
    title = "缺少访问令牌"

    def __init__(self, detail: str = "send Authorization: Bearer <access token>") -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer"})


class MissingScope(Forbidden):
    """403: the token lacks the route's scope."""

    code = "scope_missing"
    title = "缺少权限范围"

    @classmethod
    def of(cls, scopes: Sequence[str]) -> MissingScope:
        """Say which scopes would let the caller in: one of them is enough."""
        return cls(f"this route needs the scope {' or '.join(scopes)}", required_scope=" ".join(scopes))


class WrongDepartment(Forbidden):
    """403: the object belongs to another department."""

    code = "department_mismatch"
    title = "不属于您的部门"
    advice = "请使用该数据所属部门的客户端。"


class OutsideArea(NotFound):
    """404: outside the caller's areas, told as if it did not exist."""

    code = "area_outside"
    title = "未找到,或不在您的管辖区域内"


class PreconditionUnsupported(InvalidInput):
    """422: If-Match was sent to a route that does not honour it: the caller believes to be protected, and is not."""

    code = "if_match_unsupported"
    title = "此接口不支持 If-Match"
    advice = "请去掉 If-Match 后重试:此接口不按版本检查,重复提交的结果相同。"


class AreaNeeded(InvalidInput):
    """422: the caller has several areas and did not say for which one it acts."""

    code = "area_needed"
    title = "您管辖多个区域,须指明本次针对哪一个"
    advice = "请填写 area_code(或查询参数 area):您管辖范围内的12位区划代码。"


@dataclass(frozen=True)
class Principal:
    """The caller, as its token says: an application, acting for itself or for the person who is signed in.

    Attributes:
        client_id: The application.
        areas: Subtree roots (12-digit codes).
        person: Id on the roster of whom it acts for; None if it acts for itself.
        grid: The grid within the area that the person's term is limited to: of what lies in the area, only households
            of this grid, and what is about them, are the caller's.
    """

    client_id: str
    scopes: frozenset[str] = frozenset()
    department: Department | None = None
    areas: tuple[str, ...] = ()
    person: str | None = None
    grid: str | None = None

    @property
    def actor(self) -> str:
        """Give who acts, as records name it: `staff:<id>` of a person, else the client's id.

        No client's id holds a colon, so nobody registers as somebody else.
        """
        return self.client_id if self.person is None else f"{STAFF_PREFIX}{self.person}"

    def reaches(self, area_code: str) -> bool:
        """Tell whether the caller may name the area: it lies within its subtrees, of which it may see a part."""
        return any(areas.is_within(area_code, root) for root in self.areas)

    def covers(self, area_code: str, grid: str | None = None) -> bool:
        """Tell whether a place is the caller's: an area with all in it, or where a household lives, with its grid.

        Somebody with a grid has its households alone: whoever asks without one, or about a household that has none, is
        told no.
        """
        return any(areas.holds(root, self.grid, area_code, grid) for root in self.areas)

    def require_area(self, area_code: str) -> None:
        """Raise `OutsideArea` (404) unless the caller covers the area."""
        if not self.covers(area_code):
            raise OutsideArea("no such object within your areas")

    def require_reach(self, area_code: str) -> None:
        """Raise `OutsideArea` (404) unless the caller may name the area, to narrow a list that asks `area_clause`."""
        if not self.reaches(area_code):
            raise OutsideArea("no such object within your areas")

    def within(self, area_code: str | None) -> Principal:
        """Give the caller with no more of its areas than this one; as it is for None.

        Raises:
            OutsideArea: the area is not the caller's.
        """
        if area_code is None:
            return self
        self.require_reach(area_code)
        return replace(self, areas=(area_code,))

    def acting_area(self, wanted: str | None) -> str:
        """Give the area that the caller acts for: the one it names, else the one that all of its areas lie in.

        Raises:
            OutsideArea: `wanted` is not the caller's, or it has no area at all.
            AreaNeeded: it has several, none of which holds the others.
        """
        if wanted is not None:
            self.require_area(wanted)
            return wanted
        for root in self.areas:
            if all(areas.is_within(other, root) for other in self.areas):
                return root
        if not self.areas:
            raise OutsideArea("this client has no area")
        raise AreaNeeded("this client has several areas; say for which one")

    def acts_for(self, department: Department | str) -> bool:
        """Tell whether the caller may act for `department`."""
        return self.department == department or (self.department is None and ANY_DEPARTMENT in self.scopes)

    def require_department(self, department: Department | str) -> None:
        """Raise `WrongDepartment` (403) unless the caller may act for `department`."""
        if not self.acts_for(department):
            raise WrongDepartment(f"this belongs to department {department}")

    def sees(self, department: Department | str) -> bool:
        """Tell whether a department's things concern the caller: its own do; everybody's, if it has none."""
        return self.department in (None, department)

    def area_clause(self, column: str, in_grid: str | None = None) -> tuple[str, dict[str, str]]:
        """Give a SQL condition and its parameters for rows that are the caller's by their place; false when none is.

        Args:
            column: COLLATE "C", so that the range uses its index.
            in_grid: SQL condition that the row is about a household of `:own_grid`, or `IN_ANY_GRID`; without it,
                somebody with a grid has none of the rows.
        """
        parts: list[str] = []
        parameters: dict[str, str] = {}
        for index, root in enumerate(self.areas):
            low, high = areas.range_of(root)
            parts.append(f"({column} >= :area_low_{index} AND {column} < :area_high_{index})")
            parameters |= {f"area_low_{index}": low, f"area_high_{index}": high}
        if not parts or (self.grid is not None and in_grid is None):
            return "false", {}
        clause = "(" + " OR ".join(parts) + ")"
        if self.grid is not None and in_grid != IN_ANY_GRID:
            clause = f"({clause} AND {in_grid})"
            parameters["own_grid"] = self.grid
        return clause, parameters


def principal_of(claims: dict[str, Any], *, names_people: bool) -> Principal:
    """Give the caller that verified claims name; without a person, no scope of steps that persons take.

    Raises:
        InvalidToken: they are not understood.
    """
    try:
        department = Department(claims["dept"]) if claims.get("dept") else None
        roots = tuple(str(code) for code in claims.get("areas", []))
        client_id = str(claims.get("client_id") or claims["sub"])
    except (KeyError, ValueError, TypeError) as error:
        raise InvalidToken("the token's claims are not understood") from error
    if not all(areas.is_area_code(code) for code in roots):
        raise InvalidToken("the token's areas are not area codes")
    scopes = frozenset(str(claims.get("scope", "")).split())
    person, grid = (_text_of(claims, name) if names_people else None for name in ("person", "grid"))
    if person is None and not (names_people and claims.get("person_stand_in") is True):
        scopes -= OF_PERSONS
    return Principal(client_id=client_id, scopes=scopes, department=department, areas=roots, person=person, grid=grid)


def _text_of(claims: dict[str, Any], name: str) -> str | None:
    value = claims.get(name)
    if value is not None and not (isinstance(value, str) and value):
        raise InvalidToken("the token's claims are not understood")
    return value


@dataclass(frozen=True)
class RequireAccess:
    """A route's access declaration; as a dependency it gives the caller or refuses.

    Who has one of `scopes` passes; where there are several, the use case asks for the one that the object needs. The
    gateway decides by the same declaration, which it reads in the service's OpenAPI document.
    """

    scopes: tuple[str, ...]
    purpose: str
    classes: tuple[FieldClass, ...] = field(default=())

    async def __call__(self, request: Request) -> Principal:
        """Verify the bearer token and its scope, then that every query parameter is known and nothing named twice."""
        verifier: TokenVerifier = request.app.state.verifier
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise MissingToken
        principal = await verifier.verify(token.strip())
        request.scope["state"]["client_id"] = principal.client_id
        if "if-match" in request.headers and "if-match" not in _headers_of(request.scope["route"]):
            raise PreconditionUnsupported("this route does not look at If-Match, so it would protect nothing")
        if principal.scopes.isdisjoint(self.scopes):
            raise MissingScope.of(self.scopes)
        require_known_parameters(request)
        await require_single_names(request)
        return principal


def _headers_of(route: APIRoute) -> frozenset[str]:
    """Give the header fields that a route declares, by their names on the wire."""
    found, waiting = set(), [route.dependant]
    while waiting:
        dependant = waiting.pop()
        waiting += dependant.dependencies
        found |= {param.alias.lower() for param in dependant.header_params}
    return frozenset(found)


@dataclass(frozen=True)
class PublicAccess:
    """Declares that a route needs no token, and why."""

    reason: str

    async def __call__(self, request: Request) -> None:
        """Let everybody in."""
        require_known_parameters(request)


# Any: FastAPI's marker of a dependency, whose type it leaves open.
def requires(*scopes: str, purpose: str, classes: tuple[FieldClass, ...]) -> Any:
    """Declare a route's scopes, purpose and the classes of the fields it shows or takes: `Annotated[Principal, ...]`.

    One of the scopes is enough.
    """
    return Depends(RequireAccess(scopes=scopes, purpose=purpose, classes=classes))


def public(reason: str) -> Any:
    """Declare a route open, with the reason: `dependencies=[...]`."""
    return Depends(PublicAccess(reason))
