"""The steps that an episode may take, written down as the procedure has them, not as the code does; ways in it."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Iterable, Sequence

_EDGES = """
APPLIED          VISITED COMPARED WITHDRAWN
VISITED          COMPARED REJECTED
COMPARED         REVIEWED VISITED REJECTED
REVIEWED         PUBLICISED REJECTED
PUBLICISED       TOWN_AUDITED OBJECTED
OBJECTED         REVIEWED REJECTED
TOWN_AUDITED     COUNTY_APPROVED VISITED REJECTED
COUNTY_APPROVED  ANNOUNCED TOWN_AUDITED REJECTED
ANNOUNCED        MONITORED
MONITORED        PLANNED EXIT_PROPOSED
PLANNED          ASSISTING EXIT_PROPOSED
ASSISTING        ELIM_PROPOSED EXIT_PROPOSED
EXIT_PROPOSED    MONITORED PLANNED ASSISTING ENDED_NATURAL CORRECTED
ELIM_PROPOSED    ELIM_VISITED ASSISTING
ELIM_VISITED     ELIM_REVIEWED ASSISTING
ELIM_REVIEWED    ELIM_PUBLICISED ASSISTING
ELIM_PUBLICISED  ELIM_TOWN ASSISTING
ELIM_TOWN        ELIM_COUNTY ASSISTING
ELIM_COUNTY      ELIMINATED ASSISTING
ELIMINATED       LOOKED_BACK ASSISTING
LOOKED_BACK      LOOKED_BACK STABLE ASSISTING
"""
Edge = tuple[str, str]
NEXT = {words[0]: words[1:] for words in map(str.split, _EDGES.strip().splitlines())}
EDGES: frozenset[Edge] = frozenset((state, to) for state, after in NEXT.items() for to in after)

# Another episode of the same household, which leaves the one before as it is.
AGAIN: frozenset[Edge] = frozenset(
    (state, "APPLIED")
    for state in ("WITHDRAWN", "REJECTED", "ENDED_NATURAL", "CORRECTED", "ELIMINATED", "LOOKED_BACK", "STABLE")
)

RETURNS: frozenset[Edge] = frozenset(
    [
        ("TOWN_AUDITED", "VISITED"),
        ("OBJECTED", "REVIEWED"),
        ("COUNTY_APPROVED", "TOWN_AUDITED"),
        ("TOWN_AUDITED", "REJECTED"),
        ("COUNTY_APPROVED", "REJECTED"),
        *((state, to) for state, to in EDGES if state == "EXIT_PROPOSED" and to not in ("ENDED_NATURAL", "CORRECTED")),
        *((state, to) for state, to in EDGES if to == "ASSISTING" and state != "PLANNED"),
    ]
)

_VILLAGE = {
    "VISITED", "COMPARED", "REVIEWED", "PUBLICISED", "OBJECTED", "ELIM_PROPOSED", "ELIM_VISITED", "ELIM_REVIEWED",
    "ELIM_PUBLICISED",
}  # fmt: skip
_TOWN = _VILLAGE | {"TOWN_AUDITED", "ELIM_TOWN"}
_BARS = {
    "TOWN_AUDITED": _VILLAGE, "ELIM_TOWN": _VILLAGE, "REJECTED": _VILLAGE,
    "COUNTY_APPROVED": _TOWN, "ELIM_COUNTY": _TOWN,
    "ELIMINATED": {"ELIM_PROPOSED"}, "STABLE": {"LOOKED_BACK"},
    "ENDED_NATURAL": {"EXIT_PROPOSED"}, "CORRECTED": {"EXIT_PROPOSED"},
}  # fmt: skip


def barred_by(state: str, to: str) -> set[str]:
    """Steps whose persons may not take this one: whoever verified or entered a case does not decide about it."""
    if (state, to) in RETURNS:
        return _TOWN if to == "REJECTED" else set()
    return _BARS.get(to, set())


# Where an episode stands; for a proposal to exit also where it came from and what was proposed.
Node = tuple[str, ...]


def nodes_after(node: Node) -> Iterable[tuple[Edge, Node]]:
    """Give what may be done from somewhere, and where it leads."""
    state = node[0]
    for to in NEXT.get(state, ()):
        if state == "EXIT_PROPOSED" and to not in node[1:]:
            continue
        if to == "EXIT_PROPOSED":
            yield from (((state, to), (to, state, exit_)) for exit_ in ("ENDED_NATURAL", "CORRECTED"))
        else:
            yield (state, to), (to,)
    if (state, "APPLIED") in AGAIN:
        yield (state, "APPLIED"), ("APPLIED",)


def least(taken: Counter[Edge]) -> set[Edge]:
    """Give the edges that were taken least."""
    fewest = min(taken[edge] for edge in EDGES | AGAIN)
    return {edge for edge in EDGES | AGAIN if taken[edge] == fewest}


def way_to(node: Node, wanted: Collection[Edge]) -> Sequence[tuple[Edge, Node]]:
    """Give the shortest way that ends with a wanted edge."""
    ways: deque[tuple[Node, tuple[tuple[Edge, Node], ...]]] = deque([(node, ())])
    seen = {node}
    while ways:
        here, way = ways.popleft()
        for edge, there in nodes_after(here):
            if edge in wanted:
                return (*way, (edge, there))
            if there not in seen:
                seen.add(there)
                ways.append((there, (*way, (edge, there))))
    raise AssertionError(f"no way from {node}")
