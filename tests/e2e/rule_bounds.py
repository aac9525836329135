"""What the routes of rules compare with the caller's areas: where a rule was retired or activated."""

from __future__ import annotations

from typing import Any

from .route_case import Case, Make
from .two_townships import TOWN_B, World

# Of a dataset that no journey delivers; the second one is retired by the province only, so that B may activate it.
_RETIRED_BY_B, _RETIRED_ABOVE = "R-PET-01", "R-BNK-02"
_BODY = {"area_code": TOWN_B, "reason": "走查:口径核对"}


def _standing(rule_id: str, state: str) -> Make:
    """A request about a rule in B, which stands there so: the province has decided where it does not."""

    async def make(world: World) -> dict[str, Any]:
        place = f"/v1/rules/{rule_id}"
        where = f"{place}?area={TOWN_B}"
        if (await world.done("town-b", "GET", where))["life"]["state"] != state:
            step = "retire" if state == "retired" else "activate"
            tag = await world.etag("province", where)
            await world.done("province", "POST", f"{place}/{step}", json=_BODY, headers=tag)
        return {"path": {"rule_id": rule_id}, "json": _BODY, "headers": await world.etag("town-b", where)}

    return make


async def _read(world: World) -> dict[str, Any]:
    await _standing(_RETIRED_ABOVE, "retired")(world)
    return {"path": {"rule_id": _RETIRED_ABOVE}}


_MARKS = frozenset({TOWN_B})

RULES: dict[tuple[str, str], Case] = {
    ("GET", "/v1/rules"): Case("list", make=_read, marks=_MARKS),
    ("GET", "/v1/rules/{rule_id}"): Case("list", make=_read, marks=_MARKS),
    ("GET", "/v1/rules/{rule_id}/steps"): Case("list", make=_read, marks=_MARKS),
    ("POST", "/v1/rules/{rule_id}/retire"): Case("object", "object", make=_standing(_RETIRED_BY_B, "active")),
    ("POST", "/v1/rules/{rule_id}/activate"): Case("object", "object", make=_standing(_RETIRED_ABOVE, "retired")),
}
