"""What can be wrong with one cell, in both languages: what was seen, and a form that works. No value is repeated."""

from __future__ import annotations

from typing import Final

# Kind of fault: Chinese and English, without the name of the field. What a kind of field should look like follows.
FAULTS: Final[dict[str, tuple[str, str]]] = {
    "missing": ("为空,该项必填", "is required"),
    "type": ("格式不正确", "has the wrong form"),
    "code": ("不在允许的代码或名称之内", "is not one of the allowed codes"),
    "range": ("超出允许范围", "is out of range"),
    "error_cell": (
        "是表格软件的错误值(如 #N/A)、没有保存计算结果的公式,或在合并单元格下另有不同的内容;请改填实际的值",
        (
            "is an error of a spreadsheet, a formula whose result was not saved, or another value below a merged cell;"
            " fill in the value itself"
        ),
    ),
    "placeholder": (
        "是“-”“无”“NULL”之类的占位符,不能确定是0、没有还是不知道;请填实际的值,没有的留空",
        "stands for none, zero or unknown: fill in the value, or leave the cell empty",
    ),
    "merged": (
        "是跨多行的合并单元格,无法确定每一行的内容;请取消合并,逐行填写",
        "is a cell merged over several rows, so that what each row says is not known; unmerge it",
    ),
    "scientific": (
        "是科学计数法(如 1.26E+04),末几位可能已丢失;请设为普通数字后重新填写",
        "is in scientific notation, whose last digits may be lost; write it out",
    ),
    "unit": ("的单位与列标题的单位不一致,请统一", "has another unit than its column's heading"),
    "decimals": ("超过两位小数(精确到分),不能四舍五入;请核对", "has more than two decimals of a yuan, exactly"),
    "grouping": (
        "的千分位逗号或小数点位置不对;请写成 12600.00 或 12,600.00",
        "has its separators in the wrong places; write 12600.00 or 12,600.00",
    ),
    "ambiguous": (
        "可能是不止一个日期(如 05/06/2026、26-10-31);请写成 2026-10-31 或 2026年10月31日",
        "may be more than one date; write 2026-10-31",
    ),
    "year_only": ("只有年份;请写明月和日,如 2026-10-31", "is a year only; give the day, as 2026-10-31"),
    "month_only": ("只有年和月;请写明日,如 2026-10-31", "is a month only; give the day, as 2026-10-31"),
    "no_date": ("不是存在的日期;请核对,写法如 2026-10-31", "is no day of the calendar"),
    "id_number": (
        "中含有证件号码;证件号码只能填在证件号码列,请删去",
        "holds a citizen's ID number, which belongs only into the column made for it",
    ),
    "area": (
        "不是12位统计用区划代码(村、乡镇或县);请以文本填写,如 990101103201",
        "is not a 12-digit code of a village, township or county; write it as text, as 990101103201",
    ),
    "outside": (
        "不在本批次的区域以内;请核对代码,或由上级区域报送",
        "lies outside the area that the delivery is for; check the code, or deliver for the area above",
    ),
    "cleared": ("不能清空,该项没有“空”这个值", "cannot be cleared"),
}

# What a cell of a kind should be, appended where a value has the wrong form or size.
EXPECTED: Final[dict[str, tuple[str, str]]] = {
    "int": ("应为整数,如 3", "a whole number"),
    "money": ("应为不小于0、最多两位小数的金额,如 12600.00、12,600元 或 1.26万元", "an amount in yuan, 0.00 or more"),
    "date": ("应为日期,如 2026-10-31、2026年10月31日 或 20261031", "a date, as 2026-10-31"),
    "bool": ("应填 是 或 否", "yes or no"),
    "str": ("应为普通文字,不超过200字", "plain text of at most 200 characters"),
}


def told(kind: str, field_kind: str) -> tuple[str, str]:
    """Say what is wrong with a cell, in Chinese and in English."""
    chinese, english = FAULTS.get(kind, FAULTS["type"])
    if kind in ("type", "range") and field_kind in EXPECTED:
        expected = EXPECTED[field_kind]
        return f"{chinese},{expected[0]}", f"{english}: {expected[1]}"
    return chinese, english
