"""What one route compares with the caller's areas and department, and how a request for something of B is made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from .two_townships import World

Kind = Literal["object", "list", "import", "open"]
Make = Callable[[World], Awaitable[dict[str, Any]]]


@dataclass(frozen=True)
class Case:
    """How a route is bounded.

    Attributes:
        area: `object`: something of B is asked for, and refused to A; `list`: B's rows are left out; `import`: taken
            in, and nothing of B done; `open`: not about an area, `why` says so.
        department: The same for a caller of another department; `open` where the thing belongs to no department.
        path: Values of the path parameters, from B's ids where a name stands there.
        make: Prepares something of B's own and gives the rest of the request: `path`, `params`, `json`, `content`,
            `headers`.
        owner: Who may: the control.
        other: Who of another department may not.
        marks: What tells that something of B is in a list, where it is not the ids of B's things.
    """

    area: Kind
    department: Kind = "open"
    why: str = ""
    path: dict[str, str] = field(default_factory=dict)
    make: Make | None = None
    owner: str = "town-b"
    other: str = "hrs-b"
    marks: frozenset[str] | None = None


def ids(**names: str) -> dict[str, str]:
    return names


async def nothing(_: World) -> dict[str, Any]:
    return {}


def body(value: Any, **headers: str) -> Make:
    async def make(_: World) -> dict[str, Any]:
        return {"json": value, "headers": headers}

    return make


def query(**params: str) -> Make:
    async def make(_: World) -> dict[str, Any]:
        return {"params": params}

    return make


def matched(path: str, value: Any) -> Make:
    """A change with the ETag that B's caller reads."""

    async def make(world: World) -> dict[str, Any]:
        place = path.format(**world.b)
        return {"json": value, "headers": await world.etag("town-b", place)}

    return make


def fresh(name: str, method: Callable[[World], Awaitable[str]], **rest: Any) -> Make:
    """A request that uses its object up: each gets one of its own."""

    async def make(world: World) -> dict[str, Any]:
        return {"path": {name: await method(world)}, **rest}

    return make


def refused_of(
    place: str, method: str, path: str, said: dict[str, Any] | None = None, *, owner: str = "town-b"
) -> Make:
    """A decision of B that came too late; it is settled once."""

    async def refused_id(world: World) -> str:
        where = place.format(**world.b)
        stale = {"json": said} if said is not None else {}
        answer = await world.call(owner, method, where + path, headers={"If-Match": '"v0"'}, **stale)
        assert answer.status_code in (409, 412), answer.text  # kept either way: closed meanwhile, or stale
        return str((await world.done(owner, "GET", where))["refused"][-1]["id"])

    return fresh("refused_id", refused_id)
