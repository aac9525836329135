"""What continuity says of values that cannot be, by code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

TEXTS: Final[Mapping[str, str]] = {
    "person.unknown": "不是本户在册成员 / not an active member",
    "village_code.unknown": "行政村代码不存在或不在管辖范围内 / no such village",
    "occurred_on.future": "日期在将来 / a date in the future",
}
