"""What was planted in the year, looked for at the gateway when it is over."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any

from bangfu_local.embedded.clients import ROSTER
from bangfu_local.year.calendar import delivered
from bangfu_local.year.happenings import CARELESS, LATE_DEPARTMENT, YearError
from bangfu_local.year.months import stopped
from bangfu_local.year.planted import Planted, escalation_fact, late_facts
from bangfu_local.year.report import Fact
from bangfu_local.year.stage import town_of

if TYPE_CHECKING:
    from bangfu.sdk import Bangfu
    from bangfu.sdk.models import Duty
    from bangfu_local.year.case import Case
    from bangfu_local.year.happenings import County

_LEAVES = ("ELIMINATED", "ENDED_NATURAL")
_ENDED = ("STABLE", "WITHDRAWN", "REJECTED", "ENDED_NATURAL", "CORRECTED")


async def find(county: County, duties: list[Duty]) -> list[Fact]:
    """Look for everything that was planted."""
    bureau, today = await county.stage.bureau(), county.stage.today
    return [
        *await _cases(county),
        *await _merger(county, bureau, duties),
        *await _helpers(county),
        await _ended(bureau, duties),
        *late_facts(duties, await _planted(county, bureau), today),
        escalation_fact(duties, await _told(bureau), today),
    ]


def _fact(zh: str, en: str, expected: object, found: object) -> Fact:
    return Fact(zh=zh, en=en, expected=str(expected), found=str(found))


async def _state(case: Case | None) -> str:
    if case is None:
        raise YearError("a case was never opened")
    return str((await case.look()).state)


async def _cases(county: County) -> list[Fact]:
    relapsed = await county.relapsing.look()
    bureau = await county.stage.bureau()
    home = await bureau.households.get(county.relapsing.household_id)
    stable = Counter([await _state(case) for case in county.eliminated[1:]])
    return [
        _fact(
            "风险回退的户重新帮扶并监测",
            "the household that relapsed is assisted and monitored again",
            ("ASSISTING", True),
            (relapsed.state, home.is_monitored),
        ),
        _fact(
            "四次回头看稳定的户转为常态监测",
            "households with four stable look-backs are ordinary again",
            {"STABLE": len(county.eliminated) - 1},
            dict(stable),
        ),
        _fact(
            "本年识别的户满半年后消除,回头看中",
            "the household identified in the year is looked back on",
            "LOOKED_BACK",
            await _state(county.identified),
        ),
        _fact(
            "逾期识别的户仍在帮扶",
            "the household identified late is assisted",
            "ASSISTING",
            await _state(county.late),
        ),
        _fact("不予纳入的户", "the household that was refused", "REJECTED", await _state(county.rejected)),
        _fact("退出的户", "the household that left", "ENDED_NATURAL", await _state(county.left)),
    ]


async def _merger(county: County, bureau: Bangfu, duties: list[Duty]) -> list[Fact]:
    merged, into = county.cast.merged, county.cast.into
    there = {home for home, area in county.register.area.items() if area == merged}
    now = {home.id async for home in bureau.households.list(area=into)}
    left = [home.id async for home in bureau.households.list(area=merged)]
    clues = [clue.id async for clue in bureau.clues.list(area=merged)]
    roster = await county.stage.client(ROSTER)
    terms = [person.id async for person in roster.roster.list(area=merged)]
    behind = sum(duty.area_code == merged and duty.state == "open" for duty in duties)
    return [
        _fact(
            "撤并村的户、线索、未办事项、人员",
            "households, clues, open duties and people left in the merged village",
            (0, 0, 0, 0),
            (len(left), len(clues), behind, len(terms)),
        ),
        _fact("撤并村的户已在新村", "its households are in the other village", len(there), len(there & now)),
    ]


async def _helpers(county: County) -> list[Fact]:
    roster, rotation = await county.stage.client(ROSTER), county.rotation
    if rotation is None:
        raise YearError("no helper was rotated")
    orphans = [row async for row in roster.pairings.orphans()]
    kept = [row async for row in roster.pairings.list(staff_id=rotation.leaves, current=True)]
    taken = [row async for row in roster.pairings.list(staff_id=rotation.comes, current=True)]
    return [
        _fact("轮换后没有帮扶责任人的监测户", "monitored households without a helper", 0, len(orphans)),
        _fact(
            "轮换移交的户(离任、接任)",
            "households that the helper who left has, and the one who came",
            (0, rotation.would_be_left),
            (len(kept), len(taken)),
        ),
    ]


async def _ended(bureau: Bangfu, duties: list[Duty]) -> Fact:
    open_of = {duty.id for duty in duties if duty.state == "open"}
    subjects = {duty.subject_id for duty in duties if duty.state == "open"}
    behind = 0
    for state in _ENDED:
        async for episode in bureau.episodes.list(state=state):
            measures = {measure.id async for measure in bureau.episodes.measures(episode.id)}
            behind += sum(episode.id in duty for duty in open_of) + len(measures & subjects)
    async for task in bureau.episodes.plan_tasks():
        if task.id in subjects:
            episode, _ = await bureau.episodes.get(task.episode_id)
            behind += episode.state in _ENDED
    return _fact("已结束环节后仍未办的事项", "duties open behind an ended episode", 0, behind)


async def _told(bureau: Bangfu) -> Counter[str]:
    return Counter(
        [str(event.data.duty_id) async for event in bureau.alerts.read(filters={"kind": "duty_late"}, limit=1000)]
    )


async def _ended_on(bureau: Bangfu, task: dict[str, Any], today: date) -> date:
    """Give the day until which a task was to be done: done, or its household was monitored no more."""
    if task["done_on"] is not None:
        return date.fromisoformat(task["done_on"])
    episode, _ = await bureau.episodes.get(task["episode_id"])
    history = episode.model_dump()["history"]
    return min([today, *(date.fromisoformat(step["occurred_on"]) for step in history if step["state"] in _LEAVES)])


async def _planted(county: County, bureau: Bangfu) -> list[Planted]:
    cast, today = county.cast, county.stage.today
    idle = [case for case in county.cases if town_of(case.area_code) == cast.idle_town]
    homes = {case.household_id for case in idle}
    clues = [
        clue
        async for clue in bureau.clues.list(area=cast.idle_town)
        if clue.due_at is not None and clue.due_at < county.stage.system.clock.now()
    ]
    tasks = [task.model_dump() async for task in bureau.episodes.plan_tasks(department=LATE_DEPARTMENT)]
    late_tasks = [task for task in tasks if await _ended_on(bureau, task, today) > task["due_on"]]
    silent = await stopped(county.stage, delivered(today.year - 1))
    rows = {
        (row.dataset, row.model_dump()["period"])
        async for row in bureau.worklist.list(state="open", overdue=True, limit=200)
        if row.department == CARELESS
    }
    late_case, seen_late = county.late, county.seen_late.episode_id
    return [
        Planted(
            "停报数据的部门", "departments that deliver nothing any more", sum(silent.values()),
            lambda duty: duty.kind == "D01" and duty.subject_id.startswith(tuple(silent)),
        ),
        Planted(
            "不核实线索的乡镇", "the township that verifies no clue", len(clues),
            lambda duty: duty.kind == "D03" and town_of(duty.area_code) == cast.idle_town,
        ),
        Planted(
            "计划、首项措施逾期的乡镇", "its plans, and first measures", 2 * len(idle),
            lambda duty: duty.kind in ("D06", "D07") and duty.household_id in homes,
        ),
        Planted(
            "逾期的识别", "the identification that was late", 1,
            lambda duty: duty.kind == "D05" and duty.subject_id == (late_case and late_case.episode_id),
        ),
        Planted(
            "拖延任务的人社部门", "the department that leaves its tasks", len(late_tasks),
            lambda duty: duty.kind == "P03" and duty.model_dump()["department"] == LATE_DEPARTMENT,
        ),
        Planted(
            "逾期的回头看", "the look-back that was late", 1,
            lambda duty: duty.kind == "D10" and duty.subject_id == seen_late,
        ),
        Planted(
            "逾期完成排查的两村", "the two villages that were late with the sweep", 2,
            lambda duty: duty.kind == "D11" and duty.area_code in cast.slow,
        ),
        Planted(
            "未按期组织的走访和排查", "the follow-up and the sweep that the county forgot", 2,
            lambda duty: duty.kind == "S01",
        ),
        Planted(
            "医保部门不处理的待核实数据", "rows that one department does not decide about", len(rows),
            lambda duty: duty.kind == "W01" and duty.model_dump()["department"] == CARELESS,
        ),
    ]  # fmt: skip
