"""Policy resolution, explanations, envelopes and settings."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import orjson
import pytest
from pydantic import ValidationError

from alerts.clues.explanation import explain
from alerts.clues.schemas import ApplicationIn
from alerts.directory.rules import SHIPPED, PolicyBook, policy_of, regions_of
from alerts.feed.rules import AlertFilter, FeedItem
from alerts.settings import AlertsSettings
from contracts.alerts import AlertPublished
from contracts.envelope import CloudEvent
from contracts.vocabulary import Channel, Severity

VILLAGE = "990101101201"


def test_regions_go_from_the_nation_to_the_village() -> None:
    assert list(regions_of(VILLAGE)) == [
        "000000000000",
        "990000000000",
        "990100000000",
        "990101000000",
        "990101101000",
        VILLAGE,
    ]
    assert list(regions_of("990101000000"))[-1] == "990101000000"


def test_nearest_profile_wins_parameter_by_parameter() -> None:
    book = PolicyBook(
        {
            "000000000000": {"alerts.orange_to_red": Decimal(2), "clock.verify_days_red": Decimal(3)},
            "990101000000": {"alerts.orange_to_red": Decimal(4)},
            "990201000000": {"alerts.orange_to_red": Decimal(9)},
        }
    )
    policy = book.for_area(VILLAGE)
    assert policy.orange_to_red == 4
    assert policy.verify_within[Severity.RED] == timedelta(days=3)
    assert book.for_area("990301101201").orange_to_red == 2


def test_shipped_values_hold_until_a_profile_arrives() -> None:
    policy = PolicyBook({}).for_area(VILLAGE)
    assert policy == policy_of(SHIPPED)
    assert [policy.verify_within[severity].days for severity in Severity] == [3, 7, 10, 30]
    assert (policy.quiet.days, policy.growth_share, policy.verifiers_min) == (90, Decimal("0.20"), 2)


def test_parameters_may_come_as_text_and_others_are_ignored() -> None:
    policy = policy_of({"alerts.orange_to_red": "3", "income.monitoring_line": "8500"})
    assert policy.orange_to_red == 3


def test_explanation_names_facts_values_and_parameters() -> None:
    reason = explain(
        channel=Channel.DEPARTMENT,
        rule_id="R-MED-02",
        period="2026-10",
        evidence={"cost": "12000.00", "is_low_income": True, "net_income": None},
        fact_names={"cost": {"zh": "年度累计自付", "en": "self-paid cost"}},
        parameters={"med.self_paid_low_income": "10000"},
    )
    assert reason.zh == (
        "2026-10 数据比对命中规则 R-MED-02：年度累计自付：12000.00；is_low_income：是；net_income：不详。"
        "（参数 med.self_paid_low_income = 10000）"
    )
    assert reason.en == (
        "Rule R-MED-02 held on the data of 2026-10: self-paid cost: 12000.00; is_low_income: yes; net_income: unknown."
        " (parameters med.self_paid_low_income = 10000)"
    )


def test_explanation_of_a_report_says_who_and_when() -> None:
    reason = explain(
        channel=Channel.SELF,
        rule_id=None,
        period=None,
        evidence={},
        fact_names={},
        parameters={},
        via="hotline",
        occurred_on=date(2026, 11, 10),
    )
    assert (reason.zh, reason.en) == (
        "农户自主申报（2026-11-10，途径 hotline）。",
        "self-application by the household (2026-11-10, by hotline).",
    )


def test_envelope_is_a_cloud_event_with_the_stored_data_untouched() -> None:
    data = AlertPublished.model_validate(
        {
            "alert_id": "a",
            "position": 7,
            "kind": "raised",
            "clue_id": "c",
            "household_id": "h",
            "area_code": VILLAGE,
            "risk_type": "01",
            "severity": "RED",
            "state": "dispatched",
            "rule_ids": ["R-MED-01"],
            "raised_at": "2026-11-10T01:00:00Z",
            "link": "/v1/clues/c",
        }
    )
    at = datetime(2026, 11, 10, 1, tzinfo=UTC)
    for traceparent in (None, "00-" + "1" * 32 + "-" + "2" * 16 + "-01"):
        item = FeedItem(7, "a", "h", at, traceparent, data.model_dump_json().encode())
        event = CloudEvent[AlertPublished].model_validate_json(item.envelope())
        assert event.data == data
        assert (event.id, event.subject, event.partitionkey, event.time) == ("a", "h", "h", at)
        assert ("traceparent" in orjson.loads(item.envelope())) == (traceparent is not None)
        assert b"\n" not in item.envelope()


def test_filter_without_areas_wants_nothing() -> None:
    assert AlertFilter(areas=[]).clause() == ("false", {})


@pytest.mark.parametrize("area", ["990101000000", "990000000000", "000000000000"])
def test_application_names_a_township_or_village(area: str) -> None:
    with pytest.raises(ValidationError):
        ApplicationIn.model_validate({"area_code": area, "risk_type": "01", "via": "app", "applied_on": "2026-11-10"})


@pytest.mark.parametrize(
    "changes",
    [
        {"secret_key": "short"},
        {"secret_key": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="},  # thirty-two zero bytes
        {"database_url": "postgresql://alerts:postgres@db/alerts"},
    ],
)
def test_production_refuses_weak_secrets(changes: dict[str, str]) -> None:
    values = {
        "database_url": "postgresql://alerts:Zr8-a-real-one@db/alerts",
        "bus_url": "kafka:broker:9092",
        "secret_key": "aW50ZWdyYXRpb24tdGVzdC1rZXktMzItYnl0ZXMhISE=",
    }
    AlertsSettings.model_validate(values)
    with pytest.raises(ValidationError):
        AlertsSettings.model_validate(values | changes)
