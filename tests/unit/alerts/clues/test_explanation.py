"""What a clue says about its reasons, and what an application must name."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from alerts.clues.explanation import explain
from alerts.clues.schemas import ApplicationIn
from contracts.vocabulary import Channel

CALLED = {each: each.label for each in Channel} | {Channel.SELF: "群众自报"}


def test_explanation_of_a_finding_without_its_sentence_names_facts_and_values() -> None:
    reason = explain(
        {
            "channel": Channel.DEPARTMENT.value,
            "rule_id": "R-MED-02",
            "period": "2026-10",
            "evidence": {"cost": "12000.00", "is_low_income": True, "net_income": None},
            "fact_names": {"cost": {"zh": "年度累计自付", "en": "self-paid cost"}},
            "parameters": {"med.self_paid_low_income": "10000"},
            "text": None,
            "via": None,
            "occurred_on": None,
        },
        CALLED,
    )
    assert reason.zh == (
        "2026-10 数据比对命中规则 R-MED-02：年度累计自付：12000.00；is_low_income：是；net_income：不详。"
    )
    assert reason.en == (
        "Rule R-MED-02 held on the data of 2026-10: self-paid cost: 12000.00; is_low_income: yes; net_income: unknown."
    )


def test_explanation_of_a_report_says_who_and_when() -> None:
    """Channels are called as the region calls them (F-G06)."""
    reason = explain({"channel": Channel.SELF.value, "via": "hotline", "occurred_on": date(2026, 11, 10)}, CALLED)
    assert (reason.zh, reason.en) == (
        "群众自报（2026-11-10，途径 热线电话）。",
        "self-application by the household (2026-11-10, by hotline).",
    )


@pytest.mark.parametrize("area", ["990101000000", "990000000000", "000000000000"])
def test_application_names_a_township_or_village(area: str) -> None:
    with pytest.raises(ValidationError):
        ApplicationIn.model_validate({"area_code": area, "risk_type": "01", "via": "app", "applied_on": "2026-11-10"})
