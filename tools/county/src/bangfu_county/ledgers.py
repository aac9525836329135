"""Rows that are about no person: events of the water, projects, funds, sites. Few, and tidier than lists of people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from bangfu_county.calendar import Month
from bangfu_county.datasets import Dataset
from bangfu_county.delivery import Delivery
from bangfu_county.manifest import Dirt, FileEntry
from bangfu_county.model import Record

COUNTY = "990101000000"
FUND, PROJECT, CLOSED = "DS-FIN-PROGRESS", "DS-AGR-PROJ", "DS-MKT-ENT"
_YUAN = 100
# What every county has: source of money, million yuan assigned, percent spent a month, percent for industry.
_FUNDS = (("central", 24, 8, 65), ("province", 12, 7, 54), ("county", 6, 9, 40))
_ENTITIES = ("红旗种养合作社", "青山菌业公司", "南河果业合作社", "明川建设公司")


def project_row(month: Month, number: str, entity: str, fen: int, *, state: str = "running", begun: int = 4) -> Record:
    """A project for industry of the month's year, `begun` in a month."""
    day = date(month.year, begun, 20)
    is_over = state in ("running", "failed", "finished") and date(month.year, begun + 4, 20) <= month.as_of
    return {
        "project_no": number, "project_name": f"{entity}项目", "area_code": COUNTY, "project_year": month.year,
        "category": "industry", "entity": entity, "fund_source": "central", "amount": fen, "households": None,
        "state": state, "benefit_paid": None, "price_fall_pct": None, "reason": None,
        "prepared_on": date(month.year, 1, 20), "tendered_on": date(month.year, 3, 10),
        "started_on": day if day <= month.as_of else None,
        "finished_on": date(month.year, begun + 4, 20) if is_over else None, "entered_on": None,
    }  # fmt: skip


def usual_rows(month: Month) -> Iterator[tuple[str, Record]]:
    """Give the rows that follow from no household: funds, some projects, an entity that closed long ago."""
    for source, millions, percent, industry in _FUNDS:
        budget = millions * 1_000_000 * _YUAN
        row = {"area_code": COUNTY, "fund_year": month.year, "fund_source": source, "budget": budget}
        yield FUND, {**row, "spent": budget * min(100, percent * month.month) // 100,
                     "industry_budget": budget * industry // 100}  # fmt: skip
    for nth, entity in enumerate(_ENTITIES):
        number, begun = f"{month.year}-990101-{nth + 1:04d}", 4 + nth
        yield PROJECT, project_row(month, number, entity, (9 - nth) * 400_000 * _YUAN, begun=begun)
    yield CLOSED, {"entity": "明川旧砖厂", "area_code": COUNTY, "entity_kind": "other",
                   "closed_on": date(month.year - 1, 5, 6), "closed_why": "struck_off"}  # fmt: skip


class Ledger:
    """Sends the rows of one dataset, one of them twice, and one of a place that the county has nothing to say of."""

    def __init__(self, delivery: Delivery, month: Month) -> None:
        self._delivery, self._month = delivery, month
        self.dataset: Dataset = delivery.dataset
        self.dirt = Dirt()
        self._first: Record | None = None

    def send(self, values: Record) -> None:
        """Send a row."""
        record = {**values, "as_of": self._month.as_of}
        self._first = self._first or record
        self._write(record)
        self.dirt.accepted += 1

    def close(self) -> list[FileEntry]:
        """Send the first row again, and again with the code of a place in another county and of none; finish."""
        if self._first is None:
            return []
        self._write(self._first)
        area = next(column.code for column in self.dataset.own if column.code in ("village_code", "area_code"))
        for code, place in (("outside", "990199000000"), ("area", "红旗村")):
            self._delivery.part_for(self._first, COUNTY).write({**self._first, area: place})
            self.dirt.reject(f"{area}.{code}")
        return self._delivery.close()

    def _write(self, record: Record) -> None:
        self._delivery.part_for(record, COUNTY).write(record)
        self.dirt.rows += 1
