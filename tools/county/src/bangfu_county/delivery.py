"""The files of one dataset: how a department cuts its delivery into parts, and in which format.

Offices with habits of their own are named below; everybody else sends CSV in UTF-8.
"""

from __future__ import annotations

from pathlib import Path

from bangfu_county.datasets import Dataset
from bangfu_county.formats import CsvPart, NdjsonPart, Part, XlsxPart
from bangfu_county.manifest import FileEntry
from bangfu_county.model import Record
from bangfu_county.schooling import FEE, ROLL
from bangfu_county.welfare import COST, ENROL, HOUSE, LOW

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_XLSX_ROWS = 20_000
_TEXT_ROWS = 150_000
_COMPULSORY = ("primary", "junior")


class Delivery:
    """Opens parts as rows come and remembers them for the manifest.

    Rows of a household stay in one part, except on the school roll, which has two files a township: compulsory stages
    and the stages above.

    Args:
        root: The county's folder.
        dataset: What is delivered.
        households: Size of the county; small counties get several parts too.
    """

    def __init__(self, root: Path, dataset: Dataset, households: int) -> None:
        self._root, self.dataset = root, dataset
        self._folder = root / "departments" / dataset.department / dataset.code
        self._folder.mkdir(parents=True, exist_ok=True)
        self._parts: dict[str, Part] = {}
        self._open: Part | None = None
        self._closed: list[Part] = []
        self._limit = {
            ENROL: min(_TEXT_ROWS, max(200, households)),
            HOUSE: min(_XLSX_ROWS, max(10, households // 25)),
            FEE: min(_XLSX_ROWS, max(100, households // 12)),
            LOW: min(_XLSX_ROWS, max(100, households // 12)),
        }.get(dataset.code, _TEXT_ROWS)

    def begin_household(self) -> None:
        """Allow a new part to begin."""
        if self._open is not None and self._open.rows >= self._limit:
            self._open.close()
            self._closed.append(self._open)
            self._open = None

    def part_for(self, record: Record, town: str) -> Part:
        """Give the part that a row belongs to, opening it when it is the first row."""
        if self.dataset.code == ROLL:
            level = 1 if record["stage"] in _COMPULSORY else 2
            key = f"{town[:9]}-{level}"
            part = self._parts.get(key)
            if part is None:
                part = self._parts[key] = self._roll_part(self._folder / f"{key}.csv")
            return part
        if self._open is None:
            number = len(self._parts) + 1
            self._open = self._parts[f"{number:03d}"] = self._numbered_part(number)
        return self._open

    def last_part(self) -> Part:
        """Give a part that rows may still be appended to."""
        return self._open if self._open is not None else list(self._parts.values())[-1]

    def _roll_part(self, path: Path) -> Part:
        nth = len(self._parts)
        return CsvPart(
            path,
            self.dataset,
            "gbk",
            without=("as_of",) if nth == 1 else (),
            with_remark=nth == 2,
            backwards=nth == 3,
        )

    def _numbered_part(self, number: int) -> Part:
        code, stem = self.dataset.code, f"part-{number:03d}"
        if code == ENROL:
            suffix = ".zst" if number == 2 else ".gz"
            return NdjsonPart(self._folder / f"{stem}.ndjson{suffix}", self.dataset, as_numbers=number == 2)
        if code in (FEE, LOW) or (code == HOUSE and number % 2 == 1):
            return XlsxPart(self._folder / f"{stem}.xlsx", self.dataset)
        return CsvPart(self._folder / f"{stem}.csv", self.dataset, "utf-8-sig" if code == COST else "utf-8")

    def close(self) -> list[FileEntry]:
        """Finish all parts.

        Returns:
            The files in the order of their names, numbered from 1.
        """
        entries = []
        ordered = sorted(self._parts.values(), key=lambda part: part.path.name)
        for number, part in enumerate(ordered, start=1):
            if part not in self._closed:
                part.close()
            name = part.path.name
            media, charset, encoding = "text/csv", "gbk" if self.dataset.code == ROLL else "utf-8", None
            if name.endswith(".xlsx"):
                media, charset = _XLSX, ""
            elif ".ndjson" in name:
                media, charset, encoding = "application/x-ndjson", "", "zstd" if name.endswith(".zst") else "gzip"
            entries.append(
                FileEntry(
                    dataset=self.dataset.code,
                    department=self.dataset.department,
                    path=part.path.relative_to(self._root).as_posix(),
                    part=number,
                    rows=part.rows,
                    media_type=media,
                    charset=charset or None,
                    content_encoding=encoding,
                )
            )
        return entries
