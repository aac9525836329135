"""Files of households as tables, for the tests of imports."""

from __future__ import annotations

import csv
import io
from typing import Any

import xlsxwriter
from registry_world import (
    VILLAGE,
    id_no,
)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


FLAT = {
    "户编号": "99H0000041",
    "行政村代码": VILLAGE,
    "户类型": "脱贫户",
    "住房来源": "自有住房",
    "监测对象类别": "脱贫不稳定户",
    "识别监测时间": "2025/6/1",
    "风险类型": "因病、因学",
    "姓名": "李,雷",
    "证件号码": "",
    "人口编号": "",
    "出生日期": "19800101",
    "性别": "男",
    "与户主关系": "户主",
    "劳动技能": "普通劳动力",
    "已完成义务教育": "是",
    "健康状况": "长期慢性病;残疾",
    "享受低保特困": "低保",
    "2026年工资性收入": "20,000.00",
    "income_2025_wage": "18000",
}


def flat_rows(first: int, hh_no: str) -> list[dict[str, str]]:
    return [
        FLAT | {"户编号": hh_no, "证件号码": id_no(first), "人口编号": f"99P{first}"},
        FLAT
        | {
            "户编号": hh_no,
            "证件号码": id_no(first + 1, "20120315"),
            "人口编号": f"99P{first + 1}",
            "出生日期": "2012-03-15",
            "与户主关系": "子女",
            "劳动技能": "无劳动力",
            "已完成义务教育": "否",
            "健康状况": "健康",
            "享受低保特困": "不享受",
        },
    ]


def as_csv(rows: list[dict[str, str]]) -> str:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def as_xlsx(rows: list[list[Any]]) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return buffer.getvalue()
