"""What a proposed profile changes, and how far a proposal has come. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from contracts.duties import KINDS
from contracts.parameters import PARAMETERS, Value
from registry.policy.schemas import ChangeOut, Words

Phase = Literal["draft", "reviewed", "active", "rejected"]
PHASES: Final[Mapping[Phase, Words]] = {
    "draft": Words(zh="草案,待复核", en="a draft: another person reviews it"),
    "reviewed": Words(zh="已复核,未到生效日", en="reviewed: it holds from its day on"),
    "active": Words(zh="已生效", en="active"),
    "rejected": Words(zh="不予采用", en="rejected, or taken back"),
}


def phase_of(state: str, *, is_activated: bool) -> Phase:
    """Give how far a proposal has come: draft, reviewed by a second person, active on its day."""
    if state == "confirmed":
        return "active" if is_activated else "reviewed"
    return "draft" if state == "open" else "rejected"


def changes(before: Mapping[str, Value], wanted: Mapping[str, Value]) -> list[ChangeOut]:
    """Give the parameters whose value would be another one, in the order in which they are declared."""
    return [
        ChangeOut(
            name=name,
            title=Words(zh=parameter.zh, en=parameter.en),
            unit=Words(zh=parameter.unit.zh, en=parameter.unit.en),
            before=before[name],
            after=wanted[name],
        )
        for name, parameter in PARAMETERS.items()
        if name in wanted and wanted[name] != before[name]
    ]


def moved_kinds(changed: list[ChangeOut]) -> list[str]:
    """Give the kinds of duty of the registry whose time one of these parameters sets."""
    names = {change.name for change in changed}
    return [code for code, kind in KINDS.items() if kind.opened_by == "registry" and names & {*kind.within}]
