"""What a sheet's XML says of cells beside their values: errors, formulas whose result was never stored, and dates that
are shown as a month or a year only.

Source: ECMA-376 part 1, 18.3.1.4 (`c`: `r` its place, `s` its style, `t="e"` an error; `f` before `v`), 18.8.30
(`numFmt`; 27 to 58 as Chinese systems show them), 18.8.10 (`cellXfs`).
"""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Mapping
from typing import Final, NamedTuple

from intake.refusals import WORKBOOK, no_such

Faulty = dict[int, dict[int, str]]
"""Row -> column -> what a person would see there; both from 0."""


class About(NamedTuple):
    """What a sheet itself says of its cells: those without a value to use, and dates shown as a month or year only."""

    faulty: Faulty
    short: Faulty


SHORT_MONTH: Final = "month"
SHORT_YEAR: Final = "year"

UNCOMPUTED: Final = "#未计算"
MAX_FAULTY = 1_000_000

_MAX_DIRECTORY_BYTES = 8 << 20
_KEPT_BYTES = 1 << 18  # a cell is no longer than this: a formula has at most 8,192 characters
_ERROR_MARK = re.compile(rb"""\bt\s*=\s*["']e["']""")
_ERROR = re.compile(rb"""<(?:\w+:)?c\s(?=[^>]*?\bt\s*=\s*["']e["'])([^>]*)>""")
_SHOWN = re.compile(rb"(?:<(?:\w+:)?f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>)\s*)?<(?:\w+:)?v>([^<]{1,20})<")
_FORMULA = rb"<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*"
# A text that a formula gave may be empty, where an element says so; anything else has to be there.
_UNCOMPUTED = re.compile(
    rb"""<(?:\w+:)?c\s(?:(?![^>]*?\bt\s*=\s*["']str["'])([^>]*)>\s*"""
    + _FORMULA
    + rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?|([^>]*)>\s*"
    + _FORMULA
    + rb")\s*</(?:\w+:)?c>"
)
_PLACE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{1,3})([0-9]{1,7})["']""")
_ROW = re.compile(rb"""<(?:\w+:)?row\s[^>]*?\br\s*=\s*["']([0-9]{1,7})["']""")
_FORMAT = re.compile(r"<(?:\w+:)?numFmt\s([^>]*)>")
_STYLES = re.compile(r"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", re.DOTALL)
_STYLE = re.compile(r"""<(?:\w+:)?xf\s[^>]*?\bnumFmtId\s*=\s*["']([0-9]+)["']""")
_NOT_SHOWN = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
# Formats that every file has: of English systems, and of Chinese ones.
KNOWN_FORMATS: Final = dict.fromkeys((17, 27, 36, 50, 52, 57), SHORT_MONTH)
_SHEET = re.compile(r"<(?:\w+:)?sheet\s([^>]*)>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\s([^>]*)>")
_ATTRIBUTE = re.compile(r"""((?:\w+:)?\w+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")


def sheet_files(archive: zipfile.ZipFile) -> dict[str, str]:
    """Give the entry of each sheet -> the sheet's name."""
    names = set(archive.namelist())
    files: dict[str, str] = {}
    relations: dict[str, str] = {}
    for text in _RELATION.findall(_text(archive, "xl/_rels/workbook.xml.rels", names)):
        found = _attributes(text)
        target = found.get("Target", "")
        relations[found.get("Id", "")] = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
    for text in _SHEET.findall(_text(archive, "xl/workbook.xml", names)):
        found = _attributes(text)
        relation = next((value for name, value in found.items() if name.endswith(":id")), "")
        if relations.get(relation) in names:
            files[relations[relation]] = found.get("name", "")
    return files


def _attributes(text: str) -> dict[str, str]:
    return {name: html.unescape(double or single) for name, double, single in _ATTRIBUTE.findall(text)}


def counts_from_1904(archive: zipfile.ZipFile) -> bool:
    """Tell whether the dates of a workbook count from 1904."""
    return bool(_1904.search(_text(archive, "xl/workbook.xml", set(archive.namelist()))))


_1904 = re.compile(r"""\bdate1904\s*=\s*["'](?:1|true)["']""")


def short_styles(archive: zipfile.ZipFile) -> dict[int, str]:
    """Give the styles that show less of a date than its day: `SHORT_MONTH` or `SHORT_YEAR`."""
    text = _text(archive, "xl/styles.xml", set(archive.namelist()))
    formats = dict(KNOWN_FORMATS)
    for attributes in _FORMAT.findall(text):
        found = _attributes(attributes)
        shown = shown_of(found.get("formatCode", ""))
        if found.get("numFmtId", "").isdecimal():
            formats.pop(int(found["numFmtId"]), None)
            if shown:
                formats[int(found["numFmtId"])] = shown
    styles = _STYLES.search(text)
    numbers = _STYLE.findall(styles[0]) if styles else []
    return {place: formats[int(number)] for place, number in enumerate(numbers) if int(number) in formats}


def shown_of(code: str) -> str:
    """Tell what a number format shows of a date where that is less than its day; empty for every other format."""
    letters = set(_NOT_SHOWN.sub("", code).split(";")[0].lower())
    if "y" not in letters or letters & set("dhs"):
        return ""
    return SHORT_MONTH if "m" in letters else SHORT_YEAR


def _text(archive: zipfile.ZipFile, entry: str, names: set[str]) -> str:
    if entry not in names:
        return ""
    with archive.open(entry) as content:
        return content.read(_MAX_DIRECTORY_BYTES).decode("utf-8", "replace")


class Scanner:
    """Looks through a sheet that comes in pieces.

    Attributes:
        faulty: Cells without a value, as a person sees them.
        short: By `SHORT_MONTH` or `SHORT_YEAR`, the cells whose style shows no more of a date than that.
    """

    def __init__(self, styles: Mapping[int, str] | None = None) -> None:
        """Look for cells of `styles` too."""
        self.faulty: Faulty = {}
        self.short: Faulty = {}
        self._styles = styles or {}
        numbers = "|".join(map(str, self._styles)).encode()
        self._style = re.compile(
            rb"""<(?:\w+:)?c\s(?=[^>]*?\bs\s*=\s*["'](""" + numbers + rb""")["'])([^>]*)>""" if numbers else rb"(?!)"
        )
        self._rest = b""
        self._count = 0
        self._row = 0

    def feed(self, piece: bytes) -> None:
        """Look through a piece, and what was left of the one before.

        Raises:
            RefusedError: WORKBOOK, two rows of one number.
            ValueError: more cells than can be told apart.
        """
        text = self._rest + piece
        end = text.rfind(b"</c>") + 4
        if end < 4:
            end = max(len(text) - _KEPT_BYTES, 0)
        self._rest = text[max(end, len(text) - _KEPT_BYTES) :]
        if _ERROR_MARK.search(text):
            for cell in _ERROR.finditer(text, 0, end):
                shown = _SHOWN.match(text, cell.end())
                self._add(self.faulty, cell[1], shown[1].decode("ascii", "replace") if shown else "#N/A")
        if b"<f" in text or b":f" in text:
            for cell in _UNCOMPUTED.finditer(text, 0, end):
                self._add(self.faulty, cell[1] or cell[2], UNCOMPUTED)
        if self._styles:
            for cell in self._style.finditer(text, 0, end):
                self._add(self.short, cell[2], self._styles[int(cell[1])])
        self._check_rows(text[:end])

    def _check_rows(self, text: bytes) -> None:
        for number in map(int, _ROW.findall(text)):
            if number <= self._row:
                raise no_such(WORKBOOK, "a workbook with two rows or sheets of one number", "sound workbook")
            self._row = number

    def _add(self, found: Faulty, attributes: bytes, shown: str) -> None:
        place = _PLACE.search(attributes)
        if place is None or self._count >= MAX_FAULTY:
            raise ValueError("cells without a value cannot be told apart")
        column = 0
        for letter in place[1].upper():
            column = column * 26 + letter - 64
        found.setdefault(int(place[2]) - 1, {})[column - 1] = shown
        self._count += 1
