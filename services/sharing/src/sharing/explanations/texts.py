"""What users read of explanations beside the words of rules, facts and parameters."""

from __future__ import annotations

from contracts.parameters import Words
from contracts.vocabulary import Severity

KNOWN = Words(zh="任一已知值", en="known")


def change(label: Words, value: Words, severity: Severity | None) -> Words:
    """Say what a single other value would lead to."""
    zh = f"预警等级为{severity.label}" if severity else "不再预警"
    en = f"the finding would be {severity.english}" if severity else "nothing would be found"
    return Words(zh=f"如“{label.zh}”为 {value.zh}，则{zh}。", en=f"If “{label.en}” were {value.en}, {en}.")
