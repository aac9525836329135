"""What a whole comparison keeps of who works and who left school, and of which villages it does not know."""

from __future__ import annotations

from .conftest import VILLAGE, World

WORK = {"place": "county", "from_on": "2026-03-01", "employer": "某厂", "channel": "near", "point_to_point": False,
        "months_ytd": 8}  # fmt: skip
LEFT = {"stage": "junior", "finished_on": "2026-06-30"}


async def test_a_comparison_keeps_who_works_and_follows_a_corrected_list(world: World) -> None:
    """F-C10, F-C15: by the lists of the month; ordinary households and lists that did not come are not in it."""
    await world.household("o1", {"serial": 1}, {"serial": 2, "relation": "child"}, hh_type="1")
    await world.household("o2", {"serial": 3}, hh_type="0")
    await world.deliver("DS-HRS-WORK", {"serial": 1} | WORK, {"serial": 3} | WORK, department="HRS")
    await world.deliver("DS-EDU-GRAD", {"serial": 2, "continues_at": "职校"} | LEFT, department="EDU")
    await world.compare()
    kept = "SELECT person_id, is_working, posts, is_enrolled FROM occupation ORDER BY person_id"
    assert await world.rows(kept) == [("o1-p1", True, 0, False), ("o1-p2", False, 0, True)]
    known = f"SELECT knows_work, knows_posts, knows_leavers FROM occupation_village WHERE area_code = '{VILLAGE}'"
    assert await world.rows(known) == [(True, False, True)]
    asked = "SELECT count(*) FROM indicator_run WHERE indicator_id = 'workers' AND period = '2026-10'"
    assert await world.rows(asked) == [(1,)]
    await world.deliver("DS-HRS-WORK", {"serial": 3} | WORK, department="HRS")
    await world.compare()
    assert await world.rows(kept) == [("o1-p2", False, 0, True)]
