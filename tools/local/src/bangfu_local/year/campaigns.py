"""Campaigns: the county's office opens them, villages go from door to door and tell it in batches."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from bangfu.sdk.offline import Step
from bangfu_local.demo.options import COUNTY
from bangfu_local.embedded.clients import ROSTER, ClientSpec
from bangfu_local.year.stage import Stage, visits_client

OFFICE = ClientSpec("office", "县排查办", ("areas:read", "households:read", "campaigns:write"), areas=(COUNTY,))
_BATCH = 100
_RISKY = 150
"""Of so many households that are visited, one has a risk that nobody's data show."""


@dataclass
class Office:
    """Opens campaigns, by their name."""

    stage: Stage
    opened: dict[str, str] = field(default_factory=dict)
    _visited: int = 0

    async def open(self, kind: str, name: str, until_on: date) -> None:
        """Open a campaign of the county from today."""
        office = await self.stage.client(OFFICE.client_id)
        told = {"kind": kind, "name": name, "area_code": COUNTY, "form_version": "1"}
        days = {"from_on": self.stage.today.isoformat(), "until_on": until_on.isoformat()}
        made = await office.campaigns.open(told | days)
        self.opened[name] = str(made.model_dump()["id"])

    async def visit(self, name: str, *, but: Collection[str] = ()) -> None:
        """Let the villages visit whom they have not met yet, but for some of them."""
        cadres = await self._cadres()
        office, campaign = await self.stage.client(OFFICE.client_id), self.opened[name]
        waiting: dict[str, list[str]] = {}
        async for task in office.campaigns.tasks(campaign, undone=True, limit=200):
            said = task.model_dump()
            waiting.setdefault(said["area_code"], []).append(said["household_id"])
        for village in sorted(waiting.keys() - set(but)):
            app = await self.stage.client(visits_client(village).client_id)
            homes = waiting[village]
            for start in range(0, len(homes), _BATCH):
                steps = [self._seen(campaign, home, cadres[village]) for home in homes[start : start + _BATCH]]
                failed = [each for each in await app.offline.send(steps) if each.problem is not None]
                if failed:
                    raise RuntimeError(f"{len(failed)} visits of {village} were refused: {failed[0].problem}")

    def _seen(self, campaign: str, household: str, cadre: str) -> Step:
        self._visited += 1
        body: dict[str, Any] = {
            "campaign_id": campaign, "household_id": household, "staff_id": cadre, "way": "visit",
            "happened_on": self.stage.today.isoformat(),
        }  # fmt: skip
        if self._visited % _RISKY == 0:
            body |= {"risk_types": ["05"], "note": "户主务工受伤在家休养"}
        return Step(id=f"visit-{campaign[-12:]}-{household}", method="POST", path="/v1/contacts", body=body)

    async def _cadres(self) -> dict[str, str]:
        roster = await self.stage.client(ROSTER)
        return {
            str(term["area_code"]): person.id
            async for person in roster.roster.list(role="VILLAGE")
            for term in person.model_dump()["appointments"]
        }
