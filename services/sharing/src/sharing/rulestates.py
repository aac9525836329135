"""How a rule stands in an area by somebody's decision. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

State = Literal["active", "retired"]

NotActive = Literal["retired", "not_active"]
"""Why a rule is not active; `not_active`: another version of it was retired, and this one was never activated."""


@dataclass(frozen=True)
class RuleState:
    """What the newest step about an area says of a rule, as a run keeps it.

    Attributes:
        version: Of the rule as the run knows it: one of another version, to be tried out, is not meant.
        why: Why the rule is not active there; `None`: it is.
    """

    rule_id: str
    version: int
    area_code: str
    why: NotActive | None


@dataclass(frozen=True)
class Step:
    """A step of a rule's life in an area.

    Attributes:
        number: Grows with time, over all rules.
        digest: Of the declaration that the rule had; see `digest_of`.
    """

    number: int
    rule_id: str
    rule_version: int
    digest: str
    area_code: str
    state: State
    reason: str
    decided_by: str
    decided_at: datetime


@dataclass(frozen=True)
class Life:
    """How a rule stands in an area.

    Attributes:
        state: All over the area, but for `elsewhere`.
        step: What gave it; `None`: nobody ever said anything, the rule is active as it ships.
        elsewhere: Newer steps about a part of it only, the newest of each part.
        number: Of the newest step about it or a part of it, for `If-Match`; 0 without any.
    """

    state: State
    step: Step | None
    elsewhere: tuple[Step, ...]
    number: int

    def is_throughout(self, state: State) -> bool:
        """Tell whether no part of the area has another state."""
        return self.state == state and all(step.state == state for step in self.elsewhere)
