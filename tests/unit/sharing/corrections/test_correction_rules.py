"""What may be contested about a finding, and what a department must say."""

from __future__ import annotations

import pytest

from sharing.catalogue.service import load_datasets, rule_of
from sharing.corrections.rules import Answer, Reason, flaws_of_answer, flaws_of_question


@pytest.mark.parametrize(
    ("rule_id", "dataset", "field", "flaws"),
    [
        ("R-MED-02", "DS-MED-COST", None, []),
        ("R-MED-02", "DS-MED-COST", "self_paid_ytd", []),
        ("R-MED-02", "DS-MED-COST", "name", []),
        ("R-MED-02", "DS-CIV-LOW", None, []),  # whose household has the lower line
        ("R-MED-02", "DS-HOU-GRADE", None, ["dataset.not_read"]),
        ("R-MED-02", "DS-NO-SUCH", None, ["dataset.not_read"]),
        ("R-MED-02", "DS-MED-COST", "no_such", ["field.unknown"]),
        ("R-AGR-02", "DS-MED-COST", None, ["dataset.not_read"]),
        (None, "DS-MED-COST", None, ["dataset.not_read"]),
    ],
)
def test_only_data_that_the_finding_rests_on_are_contested(
    rule_id: str | None, dataset: str, field: str | None, flaws: list[str]
) -> None:
    rule = rule_of(rule_id) if rule_id else None
    found = flaws_of_question(rule, load_datasets().get(dataset), field)
    assert [flaw.code for flaw in found] == flaws


@pytest.mark.parametrize(
    ("answer", "reason", "note", "flaws"),
    [
        ("corrected", None, "", []),
        ("corrected", None, "已补报", []),
        ("corrected", "no_proof", "", ["reason.unfit"]),
        ("stands", "records_agree", "经核对无误", []),
        ("stands", None, "经核对无误", ["reason.missing"]),
        ("stands", "no_proof", "", ["note.missing"]),
        ("stands", None, "", ["reason.missing", "note.missing"]),
    ],
)
def test_data_that_stand_have_a_reason_and_a_note(
    answer: Answer, reason: Reason | None, note: str, flaws: list[str]
) -> None:
    assert [flaw.code for flaw in flaws_of_answer(answer, reason, note)] == flaws
