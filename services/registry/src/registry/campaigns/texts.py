"""What is wrong with a campaign, as people read it: Chinese first, English beside."""

from __future__ import annotations

FAULTS = {
    "until_on.before": "结束日期早于开始日期 / ends before it begins",
    "until_on.past": "结束日期已过 / its last day has passed",
    "until_on.long": "时间跨度超过一年 / it lasts longer than a year",
    "area_code.unknown": "没有这个区划,或已撤销 / no such area that is valid",
}
