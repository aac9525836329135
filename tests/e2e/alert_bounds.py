"""What the routes of clues, duties, alerts and subscriptions compare with the caller's areas and department."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from .route_case import Case, Make, body, fresh, ids, matched, query, refused_of
from .two_townships import TOWN_B, World

DUTY = ids(duty_id="duty")


async def of_household(world: World) -> dict[str, Any]:
    return {"params": {"household_id": world.b["household"]}}


async def _clue_to_verify(world: World) -> dict[str, Any]:
    clue = world.b["clue"]
    said = {
        "result": "excluded", "reason": "data_error", "note": "误报", "verifiers": ["s-1", "s-2"],
        "visited_on": "2026-11-10",
    }  # fmt: skip
    return {"json": said, "headers": await world.etag("town-b", f"/v1/clues/{clue}")}


def _reported(said: dict[str, Any]) -> Make:
    async def make(world: World) -> dict[str, Any]:
        return {"json": {"risk_type": "04", "note": "x", "household_id": world.b["household"]} | said}

    return make


def _subscription(world: World) -> Awaitable[str]:
    return world.subscription("town-b")


ALERTS: dict[tuple[str, str], Case] = {
    ("GET", "/v1/clues"): Case("list"),
    ("GET", "/v1/clues/timeline"): Case("object", "list", make=of_household),
    ("GET", "/v1/clues/changes"): Case("list", make=query(limit="200")),
    ("GET", "/v1/clues/{clue_id}"): Case("object", path=ids(clue_id="clue")),
    ("POST", "/v1/clues/{clue_id}/accept"): Case("object", path=ids(clue_id="clue")),
    ("POST", "/v1/clues/{clue_id}/verification"): Case("object", path=ids(clue_id="clue"), make=_clue_to_verify),
    ("POST", "/v1/clues/{clue_id}/confirmation"): Case(
        "object", path=ids(clue_id="clue"), owner="med-b",
        make=matched("/v1/clues/{clue}", {"agrees": False, "note": "走查:未核实"}),
    ),
    ("POST", "/v1/clues/{clue_id}/refused/{refused_id}/settle"): Case(
        "object", path=ids(clue_id="clue"), make=refused_of("/v1/clues/{clue}", "POST", "/accept")
    ),
    ("POST", "/v1/applications"): Case(
        "object", make=_reported({"via": "app", "applied_on": "2026-11-10"}),
    ),
    ("POST", "/v1/visits"): Case(
        "object", make=_reported({"visited_on": "2026-11-10", "visitors": ["s-1"]}),
    ),
    ("GET", "/v1/duties"): Case("list", "list", make=query(limit="200")),
    ("GET", "/v1/duties/changes"): Case("list", "list", make=query(limit="200")),
    ("GET", "/v1/duties/counts"): Case("list", "list", marks=frozenset({"990177102"})),
    ("GET", "/v1/duties/{duty_id}"): Case("object", "object", path=DUTY),
    ("GET", "/v1/duties/{duty_id}/clock"): Case("object", "object", path=DUTY),
    ("POST", "/v1/duties/{duty_id}/accept"): Case("object", "object", path=DUTY),
    ("POST", "/v1/duties/{duty_id}/refused/{refused_id}/settle"): Case(
        "object", "object", path=DUTY, make=refused_of("/v1/duties/{duty}", "POST", "/accept")
    ),
    ("POST", "/v1/duties/{duty_id}/hand-over"): Case("object", "object", path=DUTY, make=body({"to": "town-b"})),
    ("POST", "/v1/duties/{duty_id}/notes"): Case("object", "object", path=DUTY, make=body({"text": "走查"})),
    ("GET", "/v1/alerts"): Case("list", make=query(limit="100")),
    ("GET", "/v1/alerts/stream"): Case("object", make=query(area=TOWN_B)),
    ("POST", "/v1/subscriptions"): Case(
        "object", make=body({"name": "走查", "channel": "pull", "areas": [TOWN_B]})
    ),
    ("GET", "/v1/subscriptions"): Case("list"),
    ("GET", "/v1/subscriptions/{subscription_id}"): Case("object", path=ids(subscription_id="subscription")),
    ("PATCH", "/v1/subscriptions/{subscription_id}"): Case(
        "object", path=ids(subscription_id="subscription"),
        make=matched("/v1/subscriptions/{subscription}", {"name": "走查"}),
    ),
    ("DELETE", "/v1/subscriptions/{subscription_id}"): Case("object", make=fresh("subscription_id", _subscription)),
    ("POST", "/v1/subscriptions/{subscription_id}/rotate-secret"): Case(
        "object", path=ids(subscription_id="subscription")
    ),
    ("GET", "/v1/subscriptions/{subscription_id}/public-keys"): Case(
        "object", path=ids(subscription_id="subscription")
    ),
    ("POST", "/v1/subscriptions/{subscription_id}/enable"): Case("object", path=ids(subscription_id="subscription")),
    ("GET", "/v1/subscriptions/{subscription_id}/deliveries"): Case(
        "object", path=ids(subscription_id="subscription")
    ),
    ("POST", "/v1/subscriptions/{subscription_id}/deliveries/{position}/resend"): Case(
        "object", path=ids(subscription_id="subscription", position="=1")
    ),
    ("POST", "/v1/subscriptions/{subscription_id}/revoke-previous-secret"): Case(
        "object", path=ids(subscription_id="subscription")
    ),
    ("GET", "/v1/subscriptions/{subscription_id}/attempts"): Case("object", path=ids(subscription_id="subscription")),
    ("POST", "/v1/subscriptions/{subscription_id}/test"): Case("object", path=ids(subscription_id="subscription")),
    ("POST", "/v1/subscriptions/{subscription_id}/replay"): Case(
        "object", path=ids(subscription_id="subscription"), make=body({"after": 0})
    ),
}  # fmt: skip
