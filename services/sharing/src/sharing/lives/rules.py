"""What the steps of a rule's life mean for a place. Pure.

A rule that ships is active everywhere until a step says otherwise. Of the steps whose area holds a place the newest
counts; a rule that was retired and comes with a new version stays as it is until somebody activates that version.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from servicekit.areas import is_within
from sharing.catalogue.service import CompiledRule
from sharing.rulestates import Life, NotActive, Step


def digest_of(compiled: CompiledRule) -> str:
    """Give the SHA-256 of a rule's declaration, in hexadecimal digits."""
    declared = compiled.rule.model_dump(mode="json", by_alias=True)
    return hashlib.sha256(json.dumps(declared, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def step_at(steps: Sequence[Step], area_code: str) -> Step | None:
    """Give the step of a rule that counts in an area; `None` without any about all of it."""
    about = [step for step in steps if is_within(area_code, step.area_code)]
    return max(about, key=lambda step: step.number, default=None)


def life_in(steps: Sequence[Step], roots: Sequence[str]) -> Life:
    """Tell how a rule stands in all of some areas.

    Args:
        steps: Of this rule, at least the newest of each area.
        roots: The areas together; of none only what holds of the nation is told.
    """
    met = [
        step
        for step in steps
        if any(is_within(root, step.area_code) or is_within(step.area_code, root) for root in roots)
    ]
    whole = [step for step in met if all(is_within(root, step.area_code) for root in roots)]
    step = max(whole, key=lambda each: each.number, default=None)
    later = {each.area_code: each for each in sorted(met, key=lambda each: each.number)
             if each not in whole and (step is None or each.number > step.number)}  # fmt: skip
    return Life(
        step.state if step else "active",
        step,
        tuple(sorted(later.values(), key=lambda each: each.area_code)),
        max((each.number for each in met), default=0),
    )


def why_not(step: Step | None, compiled: CompiledRule) -> NotActive | None:
    """Tell why a rule is not active where a step counts; `None`: it is."""
    if step is None or step.state == "active":
        return None
    is_this = (step.rule_version, step.digest) == (compiled.rule.version, digest_of(compiled))
    return "retired" if is_this else "not_active"
