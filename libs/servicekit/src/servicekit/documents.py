"""A document of paragraphs and tables, made once and given as a page to print (HTML), as PDF and as a workbook. Pure.

The same document gives the same bytes. PDF uses the CID font STSong-Light (Adobe-GB1), which every reader of Chinese
documents has; nothing is embedded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from html import escape
from io import BytesIO
from typing import Final, TypeAlias

import xlsxwriter
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

Cell: TypeAlias = "str | int | Decimal"

_FONT: Final = "STSong-Light"
_PLACE: Final = "序号"
_FIRST_SHEET: Final = "说明"
_MADE: Final = datetime(2000, 1, 1, tzinfo=UTC)  # a workbook says when it was made: the same document, the same bytes
_SHEET_NAME_LENGTH: Final = 31
_NOT_IN_SHEET_NAMES: Final = str.maketrans("", "", "[]:*?/\\'")
_NARROW_FROM: Final = 8
"""Columns from which a table is set in smaller type."""
_PAGE = """<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<title>{title}</title>
<style>
@page {{ size: {size}; margin: 25mm 20mm; }}
body {{ font-family: "FangSong", "STFangsong", "Noto Serif CJK SC", serif; font-size: 16pt; line-height: 1.8; }}
h1 {{ font-family: "SimSun", "STSong", "Noto Serif CJK SC", serif; font-size: 22pt; text-align: center; }}
h2 {{ font-family: "SimHei", "STHeiti", "Noto Sans CJK SC", sans-serif; font-size: 16pt; }}
p {{ text-indent: 2em; margin: 0.4em 0; }}
table {{ border-collapse: collapse; width: 100%; margin: 0.8em 0; font-size: 14pt; }}
table.narrow {{ font-size: 10pt; line-height: 1.4; }}
thead {{ display: table-header-group; }}
tr {{ page-break-inside: avoid; }}
th, td {{ border: 1px solid #000; padding: 0.2em 0.5em; text-align: center; }}
.sign {{ text-align: right; text-indent: 0; margin-top: 2em; }}
</style>
</head>
<body>
<h1>{title}</h1>
{body}
</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class Lines:
    """Paragraphs; the signature stands to the right, one below the other."""

    texts: Sequence[str]
    is_signature: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    """A table.

    Attributes:
        title: Above it, and the name of its page in a workbook; empty for none.
        is_numbered: Whether a first column numbers the rows.
    """

    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    title: str = ""
    is_numbered: bool = False

    @property
    def lines(self) -> list[list[Cell]]:
        """The head and the rows, numbered if they are to be."""
        if not self.is_numbered:
            return [list(self.heads), *map(list, self.rows)]
        return [[_PLACE, *self.heads], *([place, *row] for place, row in enumerate(self.rows, start=1))]


@dataclass(frozen=True, slots=True)
class Document:
    """A title with paragraphs and tables under it, in their order."""

    title: str
    parts: Sequence[Lines | Rows]
    is_wide: bool = False


def html(document: Document) -> bytes:
    """Give the page: UTF-8, one file without scripts or anything from elsewhere."""
    return _PAGE.format(
        title=escape(document.title),
        size="A4 landscape" if document.is_wide else "A4",
        body="\n".join(_html_of(part) for part in document.parts),
    ).encode()


def _html_of(part: Lines | Rows) -> str:
    if isinstance(part, Lines):
        mark = ' class="sign"' if part.is_signature else ""
        return "\n".join(f"<p{mark}>{escape(line)}</p>" for line in part.texts)
    heads, *rows = part.lines
    head = "".join(f"<th>{escape(str(cell))}</th>" for cell in heads)
    body = "\n".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    title = f"<h2>{escape(part.title)}</h2>\n" if part.title else ""
    mark = ' class="narrow"' if len(heads) >= _NARROW_FROM else ""
    return f"{title}<table{mark}>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"


def pdf(document: Document) -> bytes:
    """Give the page as PDF, A4."""
    pdfmetrics.registerFont(UnicodeCIDFont(_FONT))
    title = ParagraphStyle("title", fontName=_FONT, fontSize=20, leading=30, alignment=1, spaceAfter=6 * mm)
    parts: list[Flowable] = [Paragraph(escape(document.title), title)]
    for part in document.parts:
        parts += _flowables(part)
    out = BytesIO()
    size = landscape(A4) if document.is_wide else A4
    SimpleDocTemplate(out, pagesize=size, title=document.title, invariant=1).build(parts)
    return out.getvalue()


def _flowables(part: Lines | Rows) -> list[Flowable]:
    text = ParagraphStyle("text", fontName=_FONT, fontSize=13, leading=22, firstLineIndent=26, wordWrap="CJK")
    if isinstance(part, Lines):
        sign = ParagraphStyle("sign", parent=text, alignment=2, firstLineIndent=0)
        lines: list[Flowable] = [Paragraph(escape(line), sign if part.is_signature else text) for line in part.texts]
        return [Spacer(1, 8 * mm), *lines] if part.is_signature else lines
    size = 8 if len(part.lines[0]) >= _NARROW_FROM else 11
    cell = ParagraphStyle("cell", fontName=_FONT, fontSize=size, leading=size + 4, alignment=1, wordWrap="CJK")
    table = Table([[Paragraph(escape(str(value)), cell) for value in row] for row in part.lines], repeatRows=1)
    table.setStyle(TableStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.black), ("VALIGN", (0, 0), (-1, -1), "MIDDLE")]))
    heading = ParagraphStyle("heading", parent=text, firstLineIndent=0, fontSize=14)
    title: list[Flowable] = [Paragraph(escape(part.title), heading)] if part.title else []
    return [Spacer(1, 4 * mm), *title, table, Spacer(1, 4 * mm)]


def xlsx(document: Document) -> bytes:
    """Give a workbook: the paragraphs on its first page, each table on one of its own; numbers are numbers."""
    out = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"title": document.title, "created": _MADE})
        bold = book.add_format({"bold": True, "text_wrap": True, "align": "center", "valign": "vcenter", "border": 1})
        bordered = book.add_format({"border": 1})
        said = [document.title]
        for part in document.parts:
            said += part.texts if isinstance(part, Lines) else []
        first = book.add_worksheet(_FIRST_SHEET)
        first.set_column(0, 0, 100)
        for place, line in enumerate(said):
            first.write_string(place, 0, line)
        taken = {_FIRST_SHEET}
        for number, part in enumerate((each for each in document.parts if isinstance(each, Rows)), start=1):
            page = book.add_worksheet(_page_name(part.title, number, taken))
            page.freeze_panes(1, 1)
            for row, cells in enumerate(part.lines):
                for column, value in enumerate(cells):
                    form = bordered if row else bold
                    if isinstance(value, str):
                        page.write_string(row, column, value, form)
                    else:
                        page.write_number(row, column, value, form)
    return out.getvalue()


def _page_name(title: str, number: int, taken: set[str]) -> str:
    """Give the name of a table's page, which no other one of the workbook has."""
    name = title.translate(_NOT_IN_SHEET_NAMES).strip()[:_SHEET_NAME_LENGTH] or f"表{number}"
    if name in taken:
        name = f"{name[: _SHEET_NAME_LENGTH - 4]}({number})"
    taken.add(name)
    return name


FORMS: Final[Mapping[str, tuple[str, Callable[[Document], bytes]]]] = {
    "html": ("text/html; charset=utf-8", html),
    "pdf": ("application/pdf", pdf),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx),
}
"""The forms in which a document is given, with their media types."""


def headers(name: str) -> dict[str, str]:
    """Give the header fields of an answer that is a document: kept by nobody, and nothing of it is run."""
    return {
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
        "Content-Disposition": f'attachment; filename="{name}"',
    }
