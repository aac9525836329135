"""A tiny county in a run's folder: directory and deliveries as the worker would write them."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from contracts.parameters import DEFAULTS
from contracts.vocabulary import RiskType
from sharing.catalogue.service import dataset_of, load_catalogue
from sharing.comparison.evaluation.engine import FINDING_COLUMNS, Comparison, Outcome
from sharing.comparison.evaluation.inputs import AreaParameters, Calendar, Inputs, Only
from sharing.deliveries.intake.subjects import token_of
from sharing.deliveries.service import RECORD_COLUMNS
from sharing.directory.service import EXPORTED
from sharing.sources import Source
from sharing.worklist.service import DECISION_COLUMNS

VILLAGE = "990101101201"
TABLES = {**EXPORTED, "record": RECORD_COLUMNS, "decision": DECISION_COLUMNS}


def token(number: int, name: str = "") -> str:
    """A matching token of the shape that the tokeniser gives."""
    return f"{number:016x}{sum(name.encode()) or 0:016x}"


def _typed(value: Any, kind: pl.DataType) -> Any:
    return Decimal(value) if isinstance(kind, pl.Decimal) and value is not None else value


@dataclass
class County:
    """Collects households and deliveries, then compares."""

    folder: Path
    period: str = "2026-10"
    only: Only | None = None
    overrides: dict[str, Any] | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {name: [] for name in TABLES})
    sources: list[Source] = field(default_factory=list)
    before: list[Source] = field(default_factory=list)

    def household(self, household_id: str = "h1", **values: Any) -> str:
        """Add a household; what is not given is harmless."""
        self.rows["household"].append(
            {
                "household_id": household_id,
                "area_code": VILLAGE,
                "hh_type": "0",
                "housing_tenure": "owned",
                "status": "active",
                "is_resettled": False,
                "is_monitored": False,
                "open_risks": "{}",
                "unsafe_statuses": "{}",
                "last_negative_decision_on": None,
            }
            | values
        )
        return household_id

    def person(self, number: int = 1, household_id: str = "h1", name: str = "张三", **values: Any) -> int:
        """Add a member; a healthy adult unless told otherwise."""
        self.rows["person"].append(
            {
                "household_id": household_id,
                "person_id": f"p{number}",
                "id_token": token(number),
                "person_token": token(number, name),
                "birth_date": "1980-01-01",
                "labour": "1",
                "relief": "none",
                "has_finished_compulsory": True,
                "health": "{healthy}",
            }
            | values
        )
        return number

    def income(self, year: int, per_capita: str, household_id: str = "h1", **values: Any) -> None:
        """Add a year's income; `per_capita` is net and reference income a head."""
        self.rows["income"].append(
            {
                "household_id": household_id,
                "year": year,
                "net": per_capita,
                "per_capita_net": per_capita,
                "ref_per_capita": per_capita,
                "self_paid": "0.00",
            }
            | values
        )

    def deliver(
        self,
        dataset: str,
        *rows: dict[str, Any],
        period: str | None = None,
        kind: str | None = None,
        delivery_id: str | None = None,
        excluded_lines: tuple[int, ...] = (),
        excluded_because: str = "repeated",
        area_code: str = "990101000000",
        before: bool = False,
    ) -> str:
        """Deliver rows of a dataset; `number` and `name` of a row stand for its identity.

        Args:
            before: As last month's list.
        """
        declaration = dataset_of(dataset)
        seq = len(self.sources) + len(self.before) + 1
        delivery_id = delivery_id or f"d{seq}"
        schema = {column.code: declaration.layout.by_name[column.code].dtype for column in declaration.fields}
        full = [
            (
                {"id_token": token(row["number"]), "person_token": token(row["number"], row.get("name", "张三"))}
                if declaration.is_of_persons
                else dict.fromkeys(("id_token", "person_token"), token_of(declaration, row))
            )
            | {"as_of": row.get("as_of", Calendar.of(period or self.period).as_of)}
            | {code: _typed(row.get(code), kind) for code, kind in schema.items()}
            | {"part_no": 1, "line_no": line}
            for line, row in enumerate(rows, start=1)
        ]
        types = {
            "id_token": pl.String,
            "person_token": pl.String,
            "as_of": pl.Date,
            **schema,
            "part_no": pl.Int32,
            "line_no": pl.Int64,
        }
        paths = []
        if rows:
            path = self.folder / f"{delivery_id}.parquet"
            pl.DataFrame(full, schema=types).write_parquet(path)
            paths = [str(path)]
        exclusion = None
        if excluded_lines:
            exclusion = str(self.folder / f"{delivery_id}-excluded.parquet")
            reasons = [excluded_because] * len(excluded_lines)
            frame = {"part_no": [1] * len(excluded_lines), "line_no": list(excluded_lines), "reason": reasons}
            schema = {"part_no": pl.Int32, "line_no": pl.Int64, "reason": pl.String}
            pl.DataFrame(frame, schema=schema).write_parquet(exclusion)
        kind = kind or ("full" if declaration.mode == "full" else "increment")
        (self.before if before else self.sources).append(
            Source(dataset, delivery_id, kind, period or self.period, seq, tuple(paths), exclusion, area_code)
        )
        return delivery_id

    def compare(self) -> Outcome:
        """Write the run's folder and compare."""
        for name, columns in TABLES.items():
            with (self.folder / f"{name}.csv").open("w", newline="") as file:
                writer = csv.DictWriter(file, columns)
                writer.writerows(self.rows[name])
        catalogue = load_catalogue()
        values = {name: DEFAULTS[name] for name in catalogue.used_parameters} | self.parameters
        areas = tuple(sorted({row["area_code"] for row in self.rows["household"]}))
        Inputs(
            period=self.period,
            rules={compiled.rule.id: compiled.rule.version for compiled in catalogue.rules},
            sources=tuple(self.sources),
            parameters=(AreaParameters(7, areas, values),),
            is_limited=self.only is not None,
            only=self.only,
            before=tuple(self.before),
            overrides=self.overrides,
        ).save(self.folder)
        return Comparison(self.folder, catalogue).run()

    def findings(self, *, doubts: bool = False) -> list[dict[str, Any]]:
        """Read what the last comparison wrote; questionable data (risk 40) only where `doubts` are asked for."""
        with (self.folder / "findings.csv").open(newline="") as file:
            rows = [dict(zip(FINDING_COLUMNS, row, strict=True)) for row in csv.reader(file)]
        for row in rows:
            row["evidence"], row["parameters"] = json.loads(row["evidence"]), json.loads(row["parameters"])
            row["deliveries"] = [part for part in row["deliveries"].strip("{}").split(",") if part]
        return [row for row in rows if (row["risk_type"] == RiskType.DATA) is doubts]

    def found(self, *, doubts: bool = False) -> set[tuple[str, str, str]]:
        """Compare and give (rule, severity, person or household) of what `findings` gives."""
        self.compare()
        return {
            (row["rule_id"], row["severity"], row["person_id"] or row["household_id"])
            for row in self.findings(doubts=doubts)
        }


@pytest.fixture
def county(tmp_path: Path) -> County:
    """An empty county."""
    return County(tmp_path)


@pytest.fixture
def new_county(tmp_path: Path) -> Callable[[str], County]:
    """Make further counties by name."""

    def make(name: str) -> County:
        (tmp_path / name).mkdir()
        return County(tmp_path / name)

    return make
