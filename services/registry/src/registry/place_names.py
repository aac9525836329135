"""How households name the groups, grids and sites that they belong to, and when a name is refused. Pure."""

from __future__ import annotations

from contracts.area_vocabulary import PlaceKind

NAMED_BY = {PlaceKind.GROUP: "group_name", PlaceKind.GRID: "grid", PlaceKind.SITE: "resettlement_site"}
"""The field of a household that names a place of a kind."""

UNKNOWN = {
    PlaceKind.GROUP: "该村没有登记这个村民小组 / the village has no such group; see GET /v1/places",
    PlaceKind.GRID: "该村没有登记这个网格 / the village has no such grid; see GET /v1/places",
    PlaceKind.SITE: "本县没有登记这个安置点 / the county has no such site; see GET /v1/places",
}
"""What is told of a name that `unknown` holds of."""


def unknown(kind: PlaceKind, village: str, name: str) -> str:
    """Give the condition that a name names no place, though the register of places knows some where it would be.

    Where nobody registered any of the kind, every name is taken as it is written.

    Args:
        village: SQL of the village's code; `name`: SQL of the name. `:today` is among the parameters.
    """
    scope = f"left({village}, 6)" if kind == PlaceKind.SITE else village
    there = f"FROM place k WHERE k.kind = '{kind}' AND k.scope = {scope} AND k.valid_from <= :today"
    there += " AND coalesce(k.valid_to >= :today, true)"
    return f"({name} IS NOT NULL AND EXISTS (SELECT {there}) AND NOT EXISTS (SELECT {there} AND k.name = {name}))"
