"""The demonstration's own checks: they must notice what they are there for."""

from __future__ import annotations

from collections import Counter

import pytest

from bangfu.sdk.models import ComparisonRun, RuleOutcome
from bangfu_county.manifest import Dirt, Manifest, NearMiss, Planted
from bangfu_local.demo.channels import Inbox, Seen, differences
from bangfu_local.demo.month import finding_failures, intake_failures, score, uncompared
from bangfu_local.demo.report import Pushed, Report
from bangfu_local.demo.show import Show
from bangfu_local.demo.summary import summarise

A = ("R-MED-02", "ORANGE", "H1", "P1")
B = ("R-HOU-01", "RED", "H2", None)
PUBLISHED = [Seen("e1", "h1", 1), Seen("e2", "h2", 2), Seen("e3", "h1", 3)]


def manifest(*, near: list[NearMiss] | None = None) -> Manifest:
    return Manifest(
        seed=1,
        period="2026-10",
        counts={},
        planted=[Planted("R-MED-02", "H1", "P1", "ORANGE", "", "")],
        near_misses=near or [],
        dirt={"DS-EDU-ROLL": Dirt(rows=3, accepted=2, rejected=Counter({"id_no.checksum": 1}))},
        files=[],
    )


def inbox(*seen: Seen) -> Inbox:
    return Inbox("sse", {event.event_id: event for event in seen})


def test_the_same_findings_give_no_failure_and_a_full_score() -> None:
    assert finding_failures({A, B}, {A, B}, manifest()) == []
    scored = score({A, B}, {A, B}, manifest())
    assert (scored["R-MED-02"].planted, scored["R-MED-02"].missed, scored["R-MED-02"].false) == (1, 0, 0)


def test_a_missed_case_a_false_one_and_a_wrong_severity_are_failures() -> None:
    assert any("missed" in failure for failure in finding_failures({B}, {A, B}, manifest()))
    assert any("should not" in failure for failure in finding_failures({A, B}, {A}, manifest()))
    wrong = ("R-MED-02", "RED", "H1", "P1")
    scored = score({wrong}, {A}, manifest())["R-MED-02"]
    assert (scored.missed, scored.false) == (1, 1)


def test_a_planted_case_that_the_oracle_forgot_too_is_still_a_failure() -> None:
    assert len(finding_failures(set(), set(), manifest())) == 1


def test_a_near_miss_that_was_found_is_named() -> None:
    near = NearMiss("R-HOU-01", "H2", None, "", "repaired last month")
    assert "repaired" in finding_failures({A, B}, {A, B}, manifest(near=[near]))[-1]


def test_receipts_must_say_what_the_manifest_says() -> None:
    good = Pushed(rows=3, accepted=2, rejected=1, rejected_by_code={"id_no.checksum": 1})
    assert intake_failures({"DS-EDU-ROLL": good}, manifest()) == []
    bad = good.model_copy(update={"rejected_by_code": {"id_no.length": 1}})
    assert len(intake_failures({"DS-EDU-ROLL": bad}, manifest())) == 1
    assert intake_failures({}, manifest()) == ["DS-EDU-ROLL: not pushed"]


def test_a_channel_with_everything_in_another_order_across_households_is_identical() -> None:
    assert differences(PUBLISHED, inbox(PUBLISHED[1], PUBLISHED[0], PUBLISHED[2]), 3) == []


def test_a_lost_alert_a_foreign_one_and_another_order_within_a_household_are_told() -> None:
    assert "1 alerts not received" in differences(PUBLISHED, inbox(*PUBLISHED[:2]), 3)[0]
    foreign = Seen("x", "h9", 2)
    assert "never published" in differences(PUBLISHED, inbox(*PUBLISHED, foreign), 3)[0]
    swapped = inbox(PUBLISHED[2], PUBLISHED[1], PUBLISHED[0])
    assert "order" in differences(PUBLISHED, swapped, 3)[0]


def test_alerts_after_the_position_compared_are_left_out() -> None:
    assert differences(PUBLISHED, inbox(*PUBLISHED, Seen("e4", "h1", 4)), 3) == []


def test_rules_without_an_oracle_entry_are_named_and_never_part_of_a_whole_success(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rules = [RuleOutcome(rule_id="R-MED-02", findings=1), RuleOutcome(rule_id="R-NEW-01", findings=7)]
    run = ComparisonRun.model_construct(rules=rules)
    assert uncompared(run) == {"R-NEW-01": 7}
    summarise(Show(is_quiet=False), Report(seed=1, period="2026-10", bus="embedded", uncompared=uncompared(run)))
    said = capsys.readouterr().out
    assert "R-NEW-01 (7)" in said
    assert "everything as planted" not in said
    summarise(Show(is_quiet=False), Report(seed=1, period="2026-10", bus="embedded"))
    assert "everything as planted" in capsys.readouterr().out


def test_the_demonstration_says_that_no_person_signed_in(capsys: pytest.CaptureFixture[str]) -> None:
    summarise(Show(is_quiet=False), Report(seed=1, period="2026-10", bus="embedded"))
    assert "没有人员登录" in capsys.readouterr().out
