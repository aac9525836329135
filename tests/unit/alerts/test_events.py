"""Events that are written without their model say what the model would have said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import orjson
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
        "c", "h", "990101101201", "01", Severity.INFO, state, 1, at, None, None, ("CH3",), (), 1, None
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
    model = ClueMoved(
        clue_id=clue.id,
        household_id=clue.household_id,
        area_code=clue.area_code,
        state=clue.state,
        previous_state=ClueState.NEW if is_new else clue.state,
        version=clue.version,
        risk_type=RiskType(clue.risk_type),
        severity=clue.severity,
        channels=[Channel(channel) for channel in clue.channels],
        rule_ids=clue.rule_ids,
        finding_ids=[source.finding_id for source in clue.added if source.finding_id],
        due_at=clue.due_at,
    )
    assert event == model.model_dump_json().encode()


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
def test_an_alert_is_published_as_the_model_tells_it(alert: NewAlert, position: int) -> None:
    data = alert.published("a-1", position)
    fields: dict[str, Any] = {
        name: getattr(alert, name) for name in AlertPublished.model_fields if hasattr(alert, name)
    }
    model = AlertPublished(alert_id="a-1", position=position, link=f"/v1/clues/{alert.clue_id}", **fields)
    assert data == model.model_dump_json().encode()
    assert list(orjson.loads(data)) == list(AlertPublished.model_fields)
