"""The table that somebody fills in to import households: its header, made from the fields."""

from __future__ import annotations

import csv
import io

from contracts.staff_file import STAFF_FILE
from registry.imports.columns import COLUMNS, INCOME_PARTS
from registry.imports.texts import HOW_TO_FILL, HOW_TO_FILL_STAFF, INCOME_TITLE


def csv_template(year: int) -> bytes:
    """Give what to know before filling it in, then the header with Chinese titles, `*` at what is required, and the
    incomes of a year.

    UTF-8 with a mark, so that spreadsheets read it. The first line may stay: a file is read below it.
    """
    titles = [f"{column.field.zh}{'*' if column.is_required else ''}" for column in COLUMNS]
    titles += [INCOME_TITLE.format(year=year, title=field.zh) for field in INCOME_PARTS.values()]
    buffer = io.StringIO()
    csv.writer(buffer).writerows([[HOW_TO_FILL], titles])
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()


def staff_template() -> bytes:
    """Give the same for a file of the roster."""
    buffer = io.StringIO()
    titles = [f"{field.zh}{'*' if field.is_required else ''}" for field in STAFF_FILE]
    csv.writer(buffer).writerows([[HOW_TO_FILL_STAFF], titles])
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()
