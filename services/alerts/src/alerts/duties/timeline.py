"""What a household's file tells of what somebody must do about it by a day."""

from __future__ import annotations

from contracts.duties import KINDS
from contracts.parameters import Words
from contracts.vocabulary import Department
from servicekit.entries import OF_DEPARTMENT, Source, own

_READ = ("duties:read",)
_OWN = f"d.household_id = {own('text')} AND {OF_DEPARTMENT.format(column='d.department')}"
_LINK = "'/v1/duties/' || d.id"
_STATES = {"done": Words(zh="已办结", en="done"), "cancelled": Words(zh="已取消", en="cancelled")}
_SAID = {
    "accepted": Words(zh="接手", en="taken in hand"),
    "handed_over": Words(zh="转交", en="handed over"),
    "note": Words(zh="说明", en="noted on"),
}


def _named(code: str) -> Words:
    kind = KINDS[code]
    return Words(zh=kind.zh, en=kind.en)


TIMELINE = (
    Source(
        kinds=("duty_opened",),
        rows=f"duty d WHERE {_OWN}",
        key=("d.id",),
        at="d.opened_at",
        household="d.household_id",
        occurred_on="d.counts_from",
        link=_LINK,
        facts={"duty": "d.kind", "due_on": "d.due_on", "department": "d.department", "subject_id": "d.subject_id"},
        words={"duty": _named, "department": Department},
        scopes=_READ,
    ),
    Source(
        kinds=("duty_closed",),
        rows=f"duty d WHERE {_OWN} AND d.state <> 'open'",
        key=("d.id",),
        at="d.updated_at",
        household="d.household_id",
        occurred_on="d.closed_on",
        link=_LINK,
        facts={"duty": "d.kind", "state": "d.state", "department": "d.department", "subject_id": "d.subject_id"},
        words={"duty": _named, "state": _STATES.__getitem__, "department": Department},
        scopes=_READ,
    ),
    Source(
        kinds=("duty_handled",),
        rows=f"duty_note n JOIN duty d ON d.id = n.duty_id WHERE {_OWN}",
        key=("n.id",),
        at="n.at",
        household="d.household_id",
        by="n.by",
        persons='array_remove(ARRAY[n."to"], NULL)',
        link=_LINK,
        facts={"duty": "d.kind", "said": "n.kind"},
        words={"duty": _named, "said": _SAID.__getitem__},
        scopes=_READ,
    ),
)
