"""What happens in the county within the year, each on its day; what is planted to be late is in `Cast`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bangfu_local.demo.journey import compared, consent, help_one_household, opened_episode
from bangfu_local.demo.options import COUNTY
from bangfu_local.demo.roster import pair_helpers
from bangfu_local.embedded.clients import ROSTER, SECOND
from bangfu_local.embedded.policy import set_policy
from bangfu_local.embedded.settle import settle
from bangfu_local.year import months, work
from bangfu_local.year.campaigns import Office
from bangfu_local.year.case import GUARANTEES, Case
from bangfu_local.year.options import POLICY
from bangfu_local.year.stage import Stage, town_of

if TYPE_CHECKING:
    from bangfu.sdk.models import Clue
    from bangfu_county import Manifest
    from bangfu_local.demo.month import Registered

ELIMINATED = 6
"""Households whose risk is eliminated in the first month, as far as so many meet the conditions."""
LATE_DEPARTMENT = "HRS"
"""Leaves its tasks until it is too late."""
CARELESS = "MED"
"""Does not decide about delivered rows that could not be used."""
_CONFIRMED = 3
SWEEP = "下半年集中排查"
_SOON = timedelta(days=35)


class YearError(RuntimeError):
    """The county is not what the year needs: nothing can be shown with it."""


@dataclass(frozen=True)
class Cast:
    """Who is planted to be late, and where the village ends, by the order of the codes.

    Attributes:
        idle_town: Verifies no clue and makes its plans two months late.
        merged, into: The village that is merged, and the one that it goes into.
        slow: Villages that finish their sweep after its last day, days and months.
    """

    idle_town: str
    merged: str
    into: str
    slow: tuple[str, str]

    @classmethod
    def of(cls, villages: list[str]) -> Cast:
        """Choose them."""
        into, merged = villages[:2]
        return cls(town_of(villages[-1]), merged, into, (villages[2], villages[3]))


@dataclass(frozen=True)
class Rotation:
    """A helper handed over: households that nobody would have helped, and that nobody helps."""

    leaves: str
    comes: str
    would_be_left: int
    left: int


@dataclass
class County:
    """The county in its year: what has happened so far is kept for the report."""

    stage: Stage
    cast: Cast
    folder: Path
    manifest: Manifest
    register: Registered
    cases: list[Case] = field(default_factory=list)
    eliminated: list[Case] = field(default_factory=list)
    identified: Case | None = None
    late: Case | None = None
    rejected: Case | None = None
    left: Case | None = None
    merged_on: date | None = None
    rotation: Rotation | None = None

    def __post_init__(self) -> None:
        """Give the county its office of campaigns."""
        self.office = Office(self.stage)

    # --- the first weeks ------------------------------------------------------------------------------------------

    async def begin(self) -> None:
        """Three clues are confirmed, one a township; every other one is verified; monitored households get plans."""
        bureau = await self.stage.bureau()
        self.cases = sorted(
            [
                Case(self.stage, each.id, each.household_id, str(each.model_dump()["area_code"]), each.risk_types)
                async for each in bureau.episodes.list()
            ],
            key=lambda case: self.register.hh_no[case.household_id],
        )
        confirmed = await self._confirm()
        await self.verify()
        await work.decide_rows(self.stage, idle=CARELESS)
        await work.plan_all(self._of(idle=False))
        await help_one_household(self.stage.system, confirmed[0])
        self.identified, self.late, self.rejected = [await self._case_of(clue) for clue in confirmed]

    async def _confirm(self) -> list[Clue]:
        bureau, chosen = await self.stage.bureau(), dict[str, "Clue"]()
        async for clue in bureau.clues.list(state="dispatched", severity="ORANGE"):
            if town_of(clue.area_code) != self.cast.idle_town and clue.household_id not in self.register.monitored:
                chosen.setdefault(clue.household_id, clue)
        if len(chosen) < _CONFIRMED:
            raise YearError(f"{len(chosen)} clues could be confirmed, {_CONFIRMED} are needed")
        confirmed = sorted(chosen.values(), key=lambda clue: self.register.hh_no[clue.household_id])[:_CONFIRMED]
        for clue in confirmed:
            await work.verify(self.stage, clue, "confirmed_identify")
        return confirmed

    async def _case_of(self, clue: Clue) -> Case:
        episode = await opened_episode(await self.stage.bureau(), clue.id)
        return Case(self.stage, episode.id, clue.household_id, clue.area_code, episode.risk_types)

    def _of(self, *, idle: bool) -> list[Case]:
        return [case for case in self.cases if (town_of(case.area_code) == self.cast.idle_town) is idle]

    async def verify(self) -> None:
        """Verify what has come."""
        await work.verify_clues(self.stage, idle=self.cast.idle_town)

    async def refuse(self) -> None:
        """The third household is not taken in."""
        case = self._needed(self.rejected)
        today = self.stage.today
        await case.collect("VISITED", consent=consent(today, await case.scan("申请及承诺授权书")))
        await case.collect("COMPARED", results=[compared("NAT", today)])
        await case.audit("REJECTED", reason="家庭收入稳定高于监测线,不予纳入")

    async def act(self) -> None:
        """Departments do what is due within five weeks; one leaves its tasks."""
        await work.departments_act(self.stage, due_before=self.stage.today + _SOON, idle=LATE_DEPARTMENT)

    async def go_on(self) -> None:
        """Departments act, and decide about their rows."""
        await work.decide_rows(self.stage, idle=CARELESS)
        await self.act()

    async def act_late(self) -> None:
        """The department that is late does what it has."""
        await work.departments_act(self.stage, due_before=self.stage.today + _SOON)

    async def identify_late(self) -> None:
        """The second household is identified after its limit; both that are new get helpers."""
        case = self._needed(self.late)
        bureau = await self.stage.bureau()
        episode, _ = await bureau.episodes.get(case.episode_id)
        clue, _ = await bureau.clues.get(str(episode.clue_id))
        await help_one_household(self.stage.system, clue)
        await pair_helpers(self.stage.system)

    async def plan_late(self) -> None:
        """The township that is late makes its plans."""
        await work.plan_all(self._of(idle=True))

    async def leave(self) -> None:
        """A household leaves while departments still have something to do for it."""
        bureau = await self.stage.bureau()
        for case in self._of(idle=False):
            duties = bureau.duties.list(household_id=case.household_id, state="open", kind="P03")
            if case not in self.eliminated and [duty async for duty in duties]:
                await case.leave()
                self.left = case
                return
        raise YearError("no household has an open task")

    # --- campaigns ------------------------------------------------------------------------------------------------

    async def open_campaigns(self) -> None:
        """The sweep of the half-year, the year's verification and the first follow-up; the holidays are recorded."""
        last = date(self.stage.today.year, 12, 20)
        for kind, name in (("sweep", SWEEP), ("verification", "定期核查"), ("follow_up", "第一次后续走访")):
            await self.office.open(kind, name, last)
        await self._record_holidays()

    async def _record_holidays(self) -> None:
        bureau, second = await self.stage.bureau(), await self.stage.client(SECOND)
        holidays = {"clock.days_off": f"{self.stage.today.year + 1}-01-01"}
        await set_policy(bureau, second, COUNTY, self.stage.today, POLICY | holidays)

    async def sweep(self) -> None:
        """Villages visit everybody, but for two."""
        for name in ("定期核查", "第一次后续走访"):
            await self.office.visit(name)
        await self.office.visit(SWEEP, but=self.cast.slow)
        await self._verify_seen()

    async def sweep_late(self) -> None:
        """One of the two visits its households after the last day."""
        await self.office.visit(SWEEP, but=self.cast.slow[1:])
        await self._verify_seen()

    async def sweep_last(self) -> None:
        """And so does the other one, months later."""
        await self.office.visit(SWEEP)
        await self._verify_seen()

    async def follow_up(self) -> None:
        """The second follow-up, after one that the county forgot."""
        await self._follow_up("第二次后续走访")

    async def follow_up_again(self) -> None:
        """The third follow-up."""
        await self._follow_up("第三次后续走访")

    async def _follow_up(self, name: str) -> None:
        await self.office.open("follow_up", name, self.stage.today + timedelta(days=40))
        await self.office.visit(name)
        await self._verify_seen()

    async def _verify_seen(self) -> None:
        """What was seen at the door is the township's at once, and then the departments'."""
        await settle(self.stage.system)
        await self.verify()
        await settle(self.stage.system)
        await self.act()

    async def open_last_campaigns(self) -> None:
        """The campaigns that the second year begins with: their days are still to come when it is counted."""
        last = date(self.stage.today.year + 1, 1, 15)
        for kind, name in (("sweep", "第二次排查"), ("verification", "第二次核查"), ("follow_up", "第四次后续走访")):
            await self.office.open(kind, name, last)

    # --- the county changes ---------------------------------------------------------------------------------------

    async def decide_merger(self) -> None:
        """The county decides that a village goes into its neighbour on the first of the next month."""
        bureau = await self.stage.bureau()
        moves = [{"from_code": self.cast.merged, "to_code": self.cast.into}]
        self.merged_on = (self.stage.today.replace(day=1) + timedelta(days=31)).replace(day=1)
        change = {"effective_on": self.merged_on.isoformat(), "source_document": "明川县民政〔2027〕12号(合成)"}
        await bureau.areas.change(change | {"moves": moves, "closes": [self.cast.merged]})

    async def rotate(self) -> None:
        """The helper of most households hands them over to somebody new in office, who takes all."""
        roster = await self.stage.client(ROSTER)
        helpers = [person async for person in roster.roster.list(role="HELPER")]
        leaves = max(helpers, key=lambda person: (int(person.model_dump()["households"]), person.id))
        (term,) = leaves.model_dump()["appointments"]
        said = {"name": "接替人", "unit_id": leaves.unit.id, "staff_no": "S90001"}
        comes = await roster.roster.create(said)
        today = self.stage.today
        new = {"role": "HELPER", "area_code": term["area_code"], "first_on": today.isoformat()}
        await roster.roster.appoint(comes.id, new)
        rotation = {"appointment_id": term["id"], "last_on": today.isoformat(), "reason": "任期届满轮换"}
        tried = (await roster.roster.rotate(leaves.id, rotation, dry_run=True)).model_dump()
        done = (await roster.roster.rotate(leaves.id, rotation | {"successor_id": comes.id})).model_dump()
        self.rotation = Rotation(leaves.id, comes.id, int(tried["left_over"]), int(done["left_over"]))

    # --- elimination, look-backs, relapse -------------------------------------------------------------------------

    async def propose_eliminations(self) -> None:
        """Households that meet every condition are proposed."""
        bureau = await self.stage.bureau()
        safe = {"is_safe": True, "checked_on": self.stage.today.isoformat()}
        for case in self._of(idle=False):
            if len(self.eliminated) == ELIMINATED:
                break
            conditions = (await bureau.episodes.elimination_conditions(case.episode_id)).model_dump()
            unmet = {item["code"] for item in conditions["items"] if not item["is_met"]}
            if unmet - {"statuses"}:
                continue
            await bureau.households.put_statuses(case.household_id, {"statuses": dict.fromkeys(GUARANTEES, safe)})
            await case.propose_elimination()
            self.eliminated.append(case)
        if len(self.eliminated) < 3:
            raise YearError(f"{len(self.eliminated)} households meet the conditions of elimination, three are needed")

    async def eliminate(self) -> None:
        """Their notices have been up long enough."""
        for case in self.eliminated:
            await case.eliminate()

    @property
    def relapsing(self) -> Case:
        """The household whose second look-back finds a relapse."""
        return self.eliminated[0]

    @property
    def seen_late(self) -> Case:
        """The household that is looked back on too late, once."""
        return self.eliminated[1]

    async def look_back(self) -> None:
        """Look back on time."""
        for case in self.eliminated[2:]:
            await self._look(case)

    async def _look(self, case: Case) -> None:
        await case.look()
        await case.look_back()

    async def look_back_first(self) -> None:
        """The first look-backs: one of them is forgotten."""
        await self.look_back()
        await self._look(self.relapsing)

    async def look_back_late(self) -> None:
        """The one that was forgotten."""
        await self._look(self.seen_late)

    async def look_back_second(self) -> None:
        """The second look-backs: one finds a relapse."""
        await self.look_back()
        await self._look(self.seen_late)
        await self.relapsing.look()
        unsafe = dict.fromkeys(GUARANTEES, True) | {"housing": False}
        await self.relapsing.look_back("relapse", income_trend="falling", safe=unsafe)

    async def look_back_on(self) -> None:
        """The later look-backs."""
        await self.look_back()
        await self._look(self.seen_late)

    async def settle_down(self) -> None:
        """A year has passed without a finding: ordinary monitoring again."""
        for case in self.eliminated[1:]:
            await case.audit("STABLE")

    async def propose_identified(self) -> None:
        """The household that was identified here half a year ago is proposed, if it meets every condition."""
        case = self._needed(self.identified)
        await case.look()
        bureau = await self.stage.bureau()
        safe = {"is_safe": True, "checked_on": self.stage.today.isoformat()}
        await bureau.households.put_statuses(case.household_id, {"statuses": dict.fromkeys(GUARANTEES, safe)})
        income = {"wage": "90000.00", "self_paid": "0"}
        await bureau.households.put_income(case.household_id, self.stage.today.year - 1, income)
        await case.propose_elimination()

    async def eliminate_identified(self) -> None:
        """Its notice has been up long enough."""
        await self._needed(self.identified).eliminate()

    async def look_back_identified(self) -> None:
        """It is looked back on in its quarter."""
        await self._look(self._needed(self.identified))

    # --- months ---------------------------------------------------------------------------------------------------

    async def deliver(self) -> None:
        """Departments deliver the month before, it is compared, and its clues are verified."""
        first = self.stage.today.replace(day=1) - timedelta(days=1)
        period = f"{first:%Y-%m}"
        await months.deliver(self.stage, self.folder, self.manifest, period)
        await months.compare_month(self.stage, period)
        await self.verify()

    @staticmethod
    def _needed(case: Case | None) -> Case:
        if case is None:
            raise YearError("no clue was confirmed")
        return case
