"""A run: a county is drawn, written, delivered, compared and judged; chapters of its changes go on from there."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from adversarial.county import AS_OF, BEFORE, LIST_DAY, PERIOD, TOWNS, VILLAGES, Case, Drawer, Row, all_rows
from adversarial.judge import Clue, Found, differences, evidence_of, expected, folded
from adversarial.product import COUNTY, Product
from adversarial.tables import CSV, File
from adversarial.writing import Writer
from bangfu_county.oracle.tables import FIELDS

NATION = "000000000000"
_LARGE = 200  # households, from which on no dirt of the first month is so large a share of a list that it is held
_REFUSED = ("id_no", "name", "outside", "contradicts")


@dataclass
class Verdict:
    """What a run found wrong, by what was compared."""

    seed: int
    cases: int
    findings: int = 0
    clues: int = 0
    wrong: dict[str, list[str]] = field(default_factory=dict)

    def note(self, what: str, told: list[str]) -> None:
        """Keep differences, if there are any."""
        if told:
            self.wrong[what] = told


class Run:
    """One county on one product."""

    def __init__(self, product: Product, seed: int, cases: int) -> None:
        self.product = product
        self.rng = Random(seed)
        self.drawer, self.writer = Drawer(self.rng), Writer(self.rng)
        self.cases = [self.drawer.case() for _ in range(cases)]
        self.profiles: dict[str, dict[str, str]] = {town: {} for town in TOWNS}
        self.villages = list(VILLAGES)
        self.relief_day = LIST_DAY  # the day that the relief list of the month tells of
        self.verdict = Verdict(seed, cases)

    def on(self, product: Product) -> Run:
        """Give a run that goes on from here on a copy of the product; this one can be gone on from again."""
        return copy.deepcopy(self, {id(self.product): product})

    async def deliver(self) -> None:
        """Register, and deliver a first month in all layouts with dirt."""
        await self.product.profile(NATION, {})
        await self.product.register(File(_areas(), CSV), "/v1/areas/import")
        await self.register(parts=3)
        before = [row for case in self.cases for row in case.before]
        for dataset in ("DS-CIV-LOW", "DS-HOU-GRADE"):
            await self.send(dataset, [row for row in before if row.dataset == dataset], BEFORE)
        await self._overlap()
        for dataset in FIELDS:
            told = self.told(dataset)
            told += self.drawer.dirt(told)
            if dataset == "DS-MED-ENROL":
                await self.send_by_township(dataset, told)
            elif told:  # of a small county a department may have nothing to say
                await (self.send if len(self.cases) >= _LARGE else self.send_confirmed)(dataset, told)

    async def compare(self) -> None:
        """Compare the first month, judge findings and clues."""
        await self.judge("first comparison")
        had = await self._clues()
        self.verdict.clues = len(had)
        wanted = folded(await self.months(), self.cases)
        self.verdict.note("clues of the first comparison", differences(wanted, had))

    def told(self, dataset: str) -> list[Row]:
        """What a department says this month, as the model has it now."""
        return [row for row in all_rows(self.cases) if row.dataset == dataset]

    async def register(self, parts: int = 1) -> None:
        """Give the register all households as they are now."""
        for case in self.cases:  # as many as they were when the register was told first
            past = [income["year"] for income in case.home["incomes"] if income["year"] < AS_OF.year]
            case.heads = dict.fromkeys(past, len(case.home["members"])) | case.heads
        for file in self.writer.households(self.cases, parts):
            await self.product.register(file)

    async def send(self, dataset: str, rows: Sequence[Row], period: str = PERIOD, **options: Any) -> dict[str, Any]:
        """Deliver rows, check the counts of the receipt, and give it.

        Args:
            options: `as_of`, the day that the rows say they are of; others are the product's.
        """
        as_of = options.pop("as_of", LIST_DAY)
        files = self.writer.files(dataset, rows, as_of)
        receipt = await self.product.deliver(dataset, period, files, **options)
        if dataset == "DS-CIV-LOW" and period == PERIOD and receipt["state"] == "committed":
            self.relief_day = as_of
        refused = sum(1 for row in rows if row.flaw in _REFUSED)
        repeated = sum(1 for row in rows if row.flaw == "repeated")
        wanted = (len(rows) - refused - repeated, refused, repeated)
        told = (receipt["rows_accepted"], receipt["rows_rejected"], receipt["rows_duplicate"])
        if told != wanted:
            what = f"{dataset} {period}: {wanted[0]} good rows, {refused} bad ones, {repeated} repeated"
            self.verdict.note(what, [f"taken, refused and repeated {told}: {receipt['reject_counts']}"])
        return receipt

    async def send_confirmed(self, dataset: str, rows: Sequence[Row], **options: Any) -> None:
        """Deliver rows; where so few are hard to believe, say that they are meant."""
        receipt = await self.send(dataset, rows, **options)
        if receipt["state"] == "held":
            await self.product.decide(dataset, receipt["id"], "release")

    async def send_by_township(self, dataset: str, rows: Sequence[Row]) -> None:
        """Deliver a list for each township; where many moved away it has to be confirmed."""
        homes = {m["id_no"]: case.home["village_code"][:9] for case in self.cases for m in case.home["members"]}
        for town in TOWNS:
            own = [row for row in rows if homes.get(row.id_no, TOWNS[0]) == town]
            await self.send_confirmed(dataset, own, areas=[town.ljust(12, "0")])

    async def _overlap(self) -> None:
        """A township exempts children of the others: what it says of them is refused."""
        own, *others = TOWNS
        exempt = {"reason": "deferred", "evidence_no": "ZM9", "valid_to": None}
        rows = [
            Row("DS-EDU-EXEMPT", member["id_no"], member["name"], exempt, "outside")
            for case in self.cases
            for member in case.numbered
            if case.home["village_code"][:9] in others and self.drawer.chance(0.5)
        ]
        await self.send("DS-EDU-EXEMPT", rows, areas=[own.ljust(12, "0")])

    def earn(self, case: Case) -> None:
        """Draw the incomes of a household whose members changed anew, for the same years."""
        years = [income["year"] for income in case.home["incomes"]]
        case.home["incomes"] = self.drawer.incomes(len(case.home["members"]), years)

    async def judge(self, what: str, rows: Sequence[Row] | None = None) -> None:
        """Compare the month, and hold findings and open clues against what the oracle says.

        Args:
            rows: What counts of the departments' rows; all that they say, if absent.
        """
        await self.product.compare(PERIOD)
        before = [row for case in self.cases for row in case.before]
        told = all_rows(self.cases) if rows is None else rows
        wanted = expected(self.cases, evidence_of(self.cases, told, before, self.relief_day), self.profiles)
        had = await self.findings()
        self.verdict.findings = max(self.verdict.findings, len(had))
        self.verdict.note(what, differences(wanted, had))
        await self.judge_clues(what)

    async def judge_clues(self, what: str) -> None:
        """Open clues are what folding gives of the findings of now, and lie where their households live."""
        homes = {case.home["hh_no"]: case.home["village_code"] for case in self.cases}
        wanted = {(clue, homes[clue.hh_no]) for clue in folded(await self.months(), self.cases)
                  if clue.state == "dispatched"}  # fmt: skip
        had = {(clue, area) for clue, area in (await self._clues()).items() if clue.state == "dispatched"}
        self.verdict.note(f"{what}: open clues and their villages", differences(wanted, had))

    async def findings(self, period: str = PERIOD) -> set[Found]:
        """Findings of a month that stand."""
        return (await self.months()).get(period, set())

    async def months(self) -> dict[str, set[Found]]:
        """Findings that stand, by month; a small county is compared for the month that runs by itself."""
        homes, people = await self.known()
        rows = await self.product.rows("sharing", "SELECT * FROM finding WHERE withdrawn_at IS NULL")
        months: dict[str, set[Found]] = {}
        for r in rows:
            person = r.person_id and people[r.person_id]
            found = Found(r.rule_id, r.severity, r.risk_type, homes[r.household_id], person)
            months.setdefault(r.period, set()).add(found)
        return months

    async def _clues(self) -> dict[Clue, str]:
        homes, _ = await self.known()
        sql = "SELECT household_id, risk_type, state, severity, rule_ids, area_code FROM clue"
        rows = await self.product.rows("alerts", sql)
        return {
            Clue(homes[r.household_id], r.risk_type, r.state, r.severity, tuple(sorted(r.rule_ids))): r.area_code
            for r in rows
        }

    async def known(self) -> tuple[dict[str, str], dict[str, str]]:
        """Give household numbers and person numbers by id; of a person without one, what stands for it here."""
        homes = await self.product.rows("registry", "SELECT CAST(id AS text) AS id, hh_no FROM household")
        people = await self.product.rows(
            "registry",
            "SELECT CAST(p.id AS text) AS id, coalesce(p.person_no, h.hh_no || '/' || p.birth_date) AS person_no"
            " FROM person p JOIN household h ON h.id = p.household_id",
        )
        return {row.id: row.hh_no for row in homes}, {row.id: row.person_no for row in people}


def _areas() -> bytes:
    towns = [f"{town}000,{town[-3:]}镇,{COUNTY},2020-01-01" for town in TOWNS]
    villages = [f"{village},{village[-6:]}村,{village[:9]}000,2020-01-01" for village in VILLAGES]
    county = f"{COUNTY},示例县,990100000000,2020-01-01"
    return "\n".join(["code,name,parent_code,valid_from", county, *towns, *villages]).encode()
