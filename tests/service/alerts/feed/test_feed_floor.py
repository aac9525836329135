"""After a restore the feed goes on above what readers had seen before it (P5)."""

from __future__ import annotations

from alerts_world import VILLAGE, World

from alerts.feed import service as feed
from alerts.feed.rules import AlertFilter, NewAlert
from alerts.subscriptions import service as subscriptions
from contracts.vocabulary import AlertKind, ClueState, RiskType, Severity
from servicekit import clock
from servicekit.areas import range_of
from servicekit.ids import new_id


async def publish_one(world: World) -> None:
    fact = NewAlert(
        kind=AlertKind.RAISED,
        clue_id=new_id(),
        household_id=new_id(),
        area_code=VILLAGE,
        risk_type=RiskType.ILLNESS,
        severity=Severity.ORANGE,
        state=ClueState.DISPATCHED,
        rule_ids=["R-MED-02"],
        period="2026-10",
        due_at=None,
        raised_at=clock.now(),
    )
    async with world.database.transaction() as session:
        await subscriptions.publish(session, [fact])


async def test_a_reader_that_is_ahead_of_a_restored_feed_misses_nothing(world: World) -> None:
    await publish_one(world)
    async with world.database.transaction() as session:
        head = await feed.head(session)
    ahead = head + 500  # what the reader had seen before the disaster; the backup ends at `head`
    await world.rows("UPDATE feed_floor SET position = :floor RETURNING position", floor=head + 1_000_000)
    everything = AlertFilter(areas=(range_of("000000000000"),))
    try:
        seen, cursor = await feed.read(world.database, everything, ahead, 100)
        assert (seen, cursor) == ([], head + 1_000_000)
        await publish_one(world)
        from_old_place, _ = await feed.read(world.database, everything, ahead, 100)
        from_new_place, _ = await feed.read(world.database, everything, cursor, 100)
        assert [item.position for item in from_old_place] == [head + 1_000_001]
        assert [item.position for item in from_new_place] == [head + 1_000_001]
    finally:
        await world.rows("UPDATE feed_floor SET position = 0 RETURNING position")
