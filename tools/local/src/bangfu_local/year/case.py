"""One household's episode, step by step, as village, township and bureau take it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bangfu_local.demo.journey import PUBLICITY_DAYS, minutes, publicity
from bangfu_local.year.stage import Stage, town_of

if TYPE_CHECKING:
    from bangfu.sdk import Bangfu
    from bangfu.sdk.models import Episode

GUARANTEES = ("education", "medical", "housing", "water")
STABLE_INCOME = "15000.00"


@dataclass
class Case:
    """An episode and its household."""

    stage: Stage
    episode_id: str
    household_id: str
    area_code: str
    risk_types: list[str]

    @property
    def _cadres(self) -> list[str]:
        number = town_of(self.area_code)[6:9]
        return [f"{number}-01", f"{number}-02"]

    async def look(self) -> Episode:
        """Read it as the bureau sees it, where it lies now."""
        bureau = await self.stage.bureau()
        episode, _ = await bureau.episodes.get(self.episode_id)
        self.area_code = str((await bureau.households.get(self.household_id)).area_code)
        return episode

    async def step(self, who: Bangfu, to: str, actors: list[str], note: str = "", **record: Any) -> Episode:
        """Take a step as somebody."""
        _, etag = await who.episodes.get(self.episode_id)
        moved, _ = await who.episodes.move(
            self.episode_id, to, etag=etag, occurred_on=self.stage.today, actors=actors, note=note, record=record
        )
        return moved

    async def collect(self, to: str, note: str = "", **record: Any) -> Episode:
        """Take a step as the village."""
        return await self.step(await self.stage.village(self.area_code), to, self._cadres, note, **record)

    async def audit(self, to: str, note: str = "", **record: Any) -> Episode:
        """Take a step as the township."""
        who = await self.stage.township(self.area_code)
        return await self.step(who, to, [f"{town_of(self.area_code)[6:9]}-09"], note, **record)

    async def decide(self, to: str, note: str = "", **record: Any) -> Episode:
        """Take a step as the county."""
        return await self.step(await self.stage.bureau(), to, ["county-01"], note, **record)

    async def scan(self, title: str) -> str:
        """Keep a scan of the household; give its SHA-256."""
        village = await self.stage.village(self.area_code)
        data = f"%PDF-1.7\n%{title} {self.stage.today}\n".encode()
        return await village.households.attach(self.household_id, data, "application/pdf")

    async def _signed(self, title: str) -> dict[str, Any]:
        return {"signed_on": self.stage.today.isoformat(), "document_sha256": await self.scan(title)}

    async def propose_elimination(self) -> None:
        """From the proposal to the notice in the village."""
        today = self.stage.today
        await self.collect("ELIM_PROPOSED", "收入稳定,风险已消除", mode="assistance")
        await self.collect("ELIM_VISITED", "入户核实,双方签字", form=await self._signed("消除申请"))
        await self.collect("ELIM_REVIEWED", minutes=minutes(today, await self.scan("消除评议记录")))
        await self.collect("ELIM_PUBLICISED", publicity=publicity(today, await self.scan("消除公示照片")))

    async def eliminate(self) -> Episode:
        """From the end of the notice to the elimination; the days between must have passed."""
        await self.audit("ELIM_TOWN", opinion="公示无异议,同意消除")
        await self.decide("ELIM_COUNTY", document=await self._signed("消除审定表"))
        return await self.audit("ELIMINATED", contact=self._cadres[0])

    async def look_back(self, finding: str = "stable", **changes: Any) -> Episode:
        """Look back: the village went there yesterday, the township today."""
        photo, today = await self.scan("回头看照片"), self.stage.today
        village, town = self._cadres[0], f"{town_of(self.area_code)[6:9]}-03"
        visits = [
            {"level": level, "visited_on": day.isoformat(), "persons": [person], "photos_sha256": [photo]}
            for level, day, person in (("village", today - timedelta(days=1), village), ("town", today, town))
        ]
        found = {
            "visits": visits, "finding": finding, "income_trend": "steady", "per_capita_net": STABLE_INCOME,
            "safe": dict.fromkeys(GUARANTEES, True), "measures_running": True, "document_sha256": photo,
        }  # fmt: skip
        who = await self.stage.village(self.area_code)
        return await self.step(who, "LOOKED_BACK", [village, town], lookback=found | changes)

    async def leave(self) -> Episode:
        """Leave monitoring because nobody is left there: proposed by the village, audited by the township."""
        proof = await self.scan("户口注销证明")
        exit_ = {"to": "ENDED_NATURAL", "cause": "全户迁出外省,户口已注销", "evidence_sha256": [proof]}
        await self.collect("EXIT_PROPOSED", exit=exit_)
        return await self.audit("ENDED_NATURAL", opinion="情况属实,同意退出")


PUBLICITY = timedelta(days=PUBLICITY_DAYS + 1)
