"""A notice as a page to print: HTML, and the same as PDF. Pure.

PDF uses the CID font STSong-Light (Adobe-GB1), which every reader of Chinese documents has; nothing is embedded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from io import BytesIO

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

_FONT = "STSong-Light"
_PLACE = "序号"
_PAGE = """<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<title>{title}</title>
<style>
@page {{ size: A4; margin: 25mm 20mm; }}
body {{ font-family: "FangSong", "STFangsong", "Noto Serif CJK SC", serif; font-size: 16pt; line-height: 1.8; }}
h1 {{ font-family: "SimSun", "STSong", "Noto Serif CJK SC", serif; font-size: 22pt; text-align: center; }}
p {{ text-indent: 2em; margin: 0.4em 0; }}
table {{ border-collapse: collapse; width: 100%; margin: 0.8em 0; font-size: 14pt; }}
thead {{ display: table-header-group; }}
tr {{ page-break-inside: avoid; }}
th, td {{ border: 1px solid #000; padding: 0.2em 0.5em; text-align: center; }}
.sign {{ text-align: right; text-indent: 0; margin-top: 2em; }}
</style>
</head>
<body>
<h1>{title}</h1>
{before}
<table>
<thead><tr>{heads}</tr></thead>
<tbody>
{rows}
</tbody>
</table>
{after}
{sign}
</body>
</html>
"""


@dataclass(frozen=True)
class Sheet:
    """What is printed: a title, what stands above and below the table, and who signs it when."""

    title: str
    before: Sequence[str]
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    after: Sequence[str]
    sign: Sequence[str]


def html(sheet: Sheet) -> bytes:
    """Give the page: UTF-8, one file without scripts or anything from elsewhere."""
    cells = [[str(place), *row] for place, row in enumerate(sheet.rows, start=1)]
    return _PAGE.format(
        title=escape(sheet.title),
        before="\n".join(f"<p>{escape(line)}</p>" for line in sheet.before),
        heads="".join(f"<th>{escape(head)}</th>" for head in (_PLACE, *sheet.heads)),
        rows="\n".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in cells),
        after="\n".join(f"<p>{escape(line)}</p>" for line in sheet.after),
        sign="\n".join(f'<p class="sign">{escape(line)}</p>' for line in sheet.sign),
    ).encode()


def pdf(sheet: Sheet) -> bytes:
    """Give the page as PDF, A4; the same notice gives the same bytes."""
    pdfmetrics.registerFont(UnicodeCIDFont(_FONT))
    title = ParagraphStyle("title", fontName=_FONT, fontSize=20, leading=30, alignment=1, spaceAfter=6 * mm)
    text = ParagraphStyle("text", fontName=_FONT, fontSize=13, leading=22, firstLineIndent=26, wordWrap="CJK")
    cell = ParagraphStyle("cell", fontName=_FONT, fontSize=11, leading=15, alignment=1, wordWrap="CJK")
    sign = ParagraphStyle("sign", parent=text, alignment=2, firstLineIndent=0)
    rows = [[_PLACE, *sheet.heads], *([str(place), *row] for place, row in enumerate(sheet.rows, start=1))]
    table = Table([[Paragraph(escape(value), cell) for value in row] for row in rows], repeatRows=1)
    table.setStyle(TableStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.black), ("VALIGN", (0, 0), (-1, -1), "MIDDLE")]))
    parts: list[Flowable] = [Paragraph(escape(sheet.title), title)]
    parts += [Paragraph(escape(line), text) for line in sheet.before]
    parts += [Spacer(1, 4 * mm), table, Spacer(1, 4 * mm)]
    parts += [Paragraph(escape(line), text) for line in sheet.after]
    parts += [Spacer(1, 8 * mm), *(Paragraph(escape(line), sign) for line in sheet.sign)]
    out = BytesIO()
    SimpleDocTemplate(out, pagesize=A4, title=sheet.title, invariant=1).build(parts)
    return out.getvalue()
