"""What is told of folded clues and of alerts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from alerts.clues.events import moved_by_folding
from alerts.clues.folding import FoldedClue, KnownClue, Source
from alerts.feed.rules import NewAlert
from contracts.alerts import AlertPublished, ClueMoved
from contracts.vocabulary import AlertKind, Channel, ClueState, RiskType, Severity

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)  # what PostgreSQL and JSON can hold
areas = st.from_regex(r"[0-9]{12}", fullmatch=True)
# The clock's UTC, and the zones in which a server may give what it stored.
times = st.datetimes(
    datetime(2020, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    timezones=st.sampled_from([UTC, ZoneInfo("UTC"), ZoneInfo("Asia/Shanghai"), timezone(timedelta(hours=8))]),
)
rules = st.lists(st.sampled_from(["R-MED-01", "R-CIV-01", "R-HOU-01"]), unique=True).map(sorted)


def known(state: ClueState, at: datetime) -> KnownClue:
    """Give what stood in the database before folding."""
    return KnownClue(
        "c", "h", "990101101201", "01", Severity.INFO, state, 1, at, None, None, ["CH3"], [], 1, None
    )  # fmt: skip


@st.composite
def folded(draw: st.DrawFn) -> FoldedClue:
    """Give a clue after folding."""
    state = draw(st.sampled_from(ClueState))
    at = draw(times)
    sources = [
        Source(f"s{number}", "h", "990101101201", "01", Severity.RED, Channel.DEPARTMENT, finding_id=finding)
        for number, finding in enumerate(draw(st.lists(st.none() | texts, max_size=3)))
    ]
    return FoldedClue(
        id=draw(texts),
        household_id=draw(texts),
        area_code=draw(areas),
        risk_type=draw(st.sampled_from(RiskType)).value,
        severity=draw(st.sampled_from(Severity)),
        state=state,
        raised_at=at,
        due_at=draw(st.none() | times),
        verified_at=None,
        version=draw(st.integers(1, 2**31 - 1)),
        channels=sorted(channel.value for channel in draw(st.sets(st.sampled_from(Channel)))),
        rule_ids=draw(rules),
        source_count=len(sources),
        latest_period=draw(st.none() | st.just("2026-10")),
        before=draw(st.none() | st.just(known(state, at))),
        added=sources,
    )


@given(folded())
def test_a_folded_clue_is_told_as_the_model_tells_it(clue: FoldedClue) -> None:
    event = moved_by_folding(clue)
    is_new = clue.before is None
    if not is_new and not (clue.state is ClueState.EXISTING_CASE and clue.added):
        assert event is None
        return
    assert event is not None
    assert event.key == clue.household_id
    assert event.previous_state is (ClueState.NEW if is_new else clue.state)
    assert event.finding_ids == [source.finding_id for source in clue.added if source.finding_id]
    assert ClueMoved.model_validate_json(event.model_dump_json()) == event


@given(
    st.builds(
        NewAlert,
        kind=st.sampled_from(AlertKind),
        clue_id=texts,
        household_id=texts,
        area_code=areas,
        risk_type=st.sampled_from([*RiskType, *(risk.value for risk in RiskType)]),
        severity=st.sampled_from(Severity),
        state=st.sampled_from(ClueState),
        rule_ids=rules,
        period=st.none() | st.just("2026-10"),
        due_at=st.none() | times,
        raised_at=times,
    ),
    st.integers(1, 2**53),
)
def test_an_alert_is_published_with_everything_that_its_draft_says(alert: NewAlert, position: int) -> None:
    event = alert.published("a-1", position)
    assert (event.alert_id, event.position, event.link) == ("a-1", position, f"/v1/clues/{alert.clue_id}")
    told = event.model_dump()
    drafted = {name: getattr(alert, name) for name in told if hasattr(alert, name)}
    assert drafted.items() <= told.items()
    assert len(drafted) == len(told) - 3
    assert AlertPublished.model_validate_json(event.model_dump_json()) == event
