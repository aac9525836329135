"""Spells facts as departments do: many formats, orders and writings of the same thing."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from importlib.resources import files
from random import Random
from typing import Any

from adversarial.county import LIST_DAY, Case, Row
from adversarial.tables import LAYOUTS, NDJSON, File, Table, write
from contracts.fields import HOUSEHOLD, INCOME, MONITOR, PERSON, Field, given

_WIDE = {ord(c): ord(c) + 0xFEE0 for c in "0123456789X"}
_COMPATIBLE = str.maketrans("李林", "\uf9e1\uf9f4")  # the same characters in a block that old systems use
_UNSEEN = ("\u200b", "\ufeff", "\u200d", "\u2060", "\u00a0", "\u3000", " ")
_HINTS = ("", "", "", "*", "（必填）")
_DAYS = ("%Y-%m-%d", "%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y.%m.%d", "%Y年%m月%d日")
_WHO = ("id_no", "name")


def fields_of(dataset: str) -> dict[str, dict[str, Any]]:
    """Give the declared columns, identity first, by code."""
    declared = tomllib.loads(files("sharing.catalogue").joinpath(dataset, "dataset.toml").read_text("utf-8"))
    return {
        "id_no": {"label": "证件号码", "aliases": ["身份证号", "公民身份号码"]},
        "name": {"label": "姓名"},
        "as_of": {"label": "数据日期"},
        **declared["fields"],
    }


def _of_member(member: Mapping[str, Any]) -> list[Field]:
    """The fields that a drawn member says; what the form asks besides is not said."""
    return [field for field in given(PERSON) if field.name in member]


class Writer:
    """Spells rows; what it writes means what was drawn."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng

    def number(self, text: str) -> str:
        """One of the writings of a number."""
        spelt = [text, text, f" {text}", f"{text}\u00a0", text.lower(), text.translate(_WIDE)]
        if text[6:8] == "19" and text.isalnum():
            spelt.append(text[:6] + text[8:17])
        return self._rng.choice(spelt)

    def name(self, text: str) -> str:
        """One of the writings of a name: unseen characters, spaces of all widths."""
        if not text or self._rng.random() < 0.6:
            return text
        if self._rng.random() < 0.3:
            return text.translate(_COMPATIBLE)
        place = self._rng.randint(0, len(text))
        return text[:place] + self._rng.choice(_UNSEEN) + text[place:]

    def amount(self, value: Decimal) -> str:
        """One of the writings of an amount in yuan."""
        plain = f"{value:.2f}"
        short = plain.rstrip("0").rstrip(".")
        spelt = [plain, plain, plain, short, f" {plain} ", f"{value:,.2f}", f"{short}元", f"￥{plain}"]
        return self._rng.choice([*spelt, plain.translate(_WIDE)])

    def cell(self, field: dict[str, Any], value: Any) -> str:
        """One of the writings of a value."""
        if value is None:
            return ""
        if isinstance(value, bool):
            return self._rng.choice(("是", "true", "1") if value else ("否", "false", "0"))
        if isinstance(value, date):
            return value.strftime(self._rng.choice(_DAYS))
        if isinstance(value, Decimal):
            return self.amount(value)
        if labels := field.get("values"):
            return self._rng.choice((labels[value], value))
        return str(value)

    def heading(self, field: dict[str, Any]) -> str:
        """One of the writings of a heading."""
        return self._rng.choice([field["label"], field["label"], *field.get("aliases", ())]) + self._rng.choice(_HINTS)

    def write(self, dataset: str, rows: Sequence[Row], layout: str, as_of: date = LIST_DAY) -> File:
        """Write rows of a dataset, which are said to be of a day."""
        fields = fields_of(dataset)
        head = list(fields)
        self._rng.shuffle(head)
        lines = []
        is_merged = layout == "xlsx merged"
        scaled = None if is_merged or "ndjson" in layout else self._in_ten_thousands(fields, head)
        for row in sorted(rows, key=lambda row: (row.id_no, row.name)) if is_merged else rows:
            plain = is_merged or row.flaw == "id_no"
            values = {code: self.cell(field, row.values.get(code)) for code, field in fields.items()}
            if scaled and isinstance(amount := row.values.get(scaled), Decimal):
                values[scaled] = f"{amount / 10_000:f}"
            who = (row.id_no, row.name) if plain else (self.number(row.id_no), self.name(row.name))
            values |= dict(zip(_WHO, who, strict=True)) | {"as_of": as_of.isoformat()}
            lines.append([values[code] for code in head])
        titles = [f"{fields[code]['label']}（万元）" if code == scaled else self.heading(fields[code]) for code in head]
        merged = frozenset(head.index(code) for code in _WHO)
        return write(self._rng, Table(titles, lines, merged, [] if scaled else head), layout)

    def _in_ten_thousands(self, fields: dict[str, Any], head: list[str]) -> str | None:
        """Choose a column of amounts that is written in 万元, in some files."""
        amounts = [code for code in head if fields[code].get("type") == "money"]
        return self._rng.choice(amounts) if amounts and self._rng.random() < 0.3 else None

    def files(self, dataset: str, rows: Sequence[Row], as_of: date = LIST_DAY) -> list[File]:
        """Cut rows into a few files of different layouts, in any order."""
        mixed = list(rows)
        self._rng.shuffle(mixed)
        parts = self._rng.choice((1, 2, 3))
        cut = [mixed[start::parts] for start in range(parts)]
        return [self.write(dataset, part, self._rng.choice(LAYOUTS), as_of) for part in cut if part]

    def households(self, cases: Sequence[Case], parts: int = 1) -> list[File]:
        """Write households in files of one shape each: lines, a row a person, a row a household.

        Args:
            parts: Files; somebody who goes from one household to another is not torn apart by one.
        """
        shapes: list[Callable[[Sequence[Case]], File]] = [self._as_lines, self._as_persons, self._beside]
        self._rng.shuffle(shapes)
        cut = [list(cases[start::parts]) for start in range(parts)]
        return [shape(part) for shape, part in zip(shapes, cut, strict=False) if part]

    def _as_lines(self, cases: Sequence[Case]) -> File:
        lines = []
        for case in cases:
            members = [member | self._who(member) for member in case.home["members"]]
            lines.append(json.dumps(case.home | {"members": members}, ensure_ascii=False))
        return File("\n".join(lines).encode(), NDJSON)

    def _who(self, member: dict[str, Any]) -> dict[str, Any]:
        """A member's identity; a number of a person that is only ours has a slash."""
        return {
            "person_no": None if "/" in member["person_no"] else member["person_no"],
            "id_no": member["id_no"] and self.number(member["id_no"]),
            "name": self.name(member["name"]),
        }

    def _household_cells(self, cases: Sequence[Case]) -> tuple[list[str], list[list[str]]]:
        """Titles and cells of what is said of households: fields, monitor, incomes of each year."""
        years = sorted({income["year"] for case in cases for income in case.home["incomes"]})
        own = [field for field in given(HOUSEHOLD) if field.name in cases[0].home]
        parts = [field for field in given(INCOME) if field.name != "year"]
        titles = [field.zh for field in (*own, *MONITOR)]
        titles += [f"{year}年{part.zh}" for year in years for part in parts]
        lines = []
        for case in cases:
            incomes = {income["year"]: income for income in case.home["incomes"]}
            cells = [self._said(field, case.home[field.name]) for field in own]
            cells += [self._said(field, (case.home["monitor"] or {}).get(field.name)) for field in MONITOR]
            cells += [self._said(part, incomes.get(year, {}).get(part.name)) for year in years for part in parts]
            lines.append(cells)
        return titles, lines

    def _member_cells(self, member: dict[str, Any]) -> list[str]:
        said = member | self._who(member)
        return [self._said(field, said[field.name]) for field in _of_member(member)]

    def _said(self, field: Field, value: Any) -> str:
        """One of the writings of a registered value in a cell."""
        if value is None:
            return ""
        if isinstance(value, bool):
            return "是" if value else "否"
        if field.kind == "money":
            return self.amount(Decimal(value)) if Decimal(value) >= 0 else str(value)
        if field.codes and not isinstance(value, list):
            return self._rng.choice((field.codes(value).label, value))
        if field.codes:
            return self._rng.choice("、,").join(field.codes(each).label for each in value)
        return str(value)

    def _as_persons(self, cases: Sequence[Case]) -> File:
        """A row a person; in a workbook the household's cells are merged over its rows."""
        titles, of_homes = self._household_cells(cases)
        columns = len(titles)
        titles += [field.zh for field in _of_member(cases[0].home["members"][0])]
        lines = []
        for case, cells in zip(cases, of_homes, strict=True):
            lines += [[*cells, *self._member_cells(member)] for member in case.home["members"]]
        layout = self._rng.choice(("csv utf-8", "csv gb18030", "csv utf-16", "xlsx merged", "xls"))
        return write(self._rng, Table(titles, lines, frozenset(range(columns))), layout)

    def _beside(self, cases: Sequence[Case]) -> File:
        """A row a household, its members beside one another."""
        titles, of_homes = self._household_cells(cases)
        most = max(len(case.home["members"]) for case in cases)
        own = _of_member(cases[0].home["members"][0])
        titles += [f"成员{place}{field.zh}" for place in range(1, most + 1) for field in own]
        lines = []
        for case, cells in zip(cases, of_homes, strict=True):
            line = [*cells, *(cell for member in case.home["members"] for cell in self._member_cells(member))]
            lines.append([*line, *[""] * (len(titles) - len(line))])
        return write(self._rng, Table(titles, lines), self._rng.choice(("csv tabs", "xlsx values", "xls")))
