"""The columns of the department files: codes, Chinese headers, kinds and labels, as the data catalogue lists them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "enum", "bool", "int", "date", "money"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `labels` maps the codes of an enum to what a clerk writes in the cell."""

    code: str
    header: str
    kind: Kind = "text"
    labels: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Dataset:
    """A department's file format."""

    code: str
    department: str
    columns: tuple[Column, ...]


_STAGES = {
    "primary": "小学",
    "junior": "初中",
    "senior": "普通高中",
    "vocational": "中职",
    "higher_vocational": "高职高专",
    "bachelor": "本科",
    "master": "硕士研究生及以上",
}
_ROLL = {"enrolled": "在籍", "suspended": "休学", "transferred": "转出", "graduated": "毕业"}
_REASONS = {
    "illness": "因病",
    "disability": "因残",
    "no_labour": "缺劳力",
    "schooling": "因学",
    "disaster": "因灾",
    "other": "其他",
}
_RELIEF = {"dibao": "低保", "tekun": "特困供养", "marginal": "低保边缘", "rigid": "刚性支出困难"}


def _dataset(code: str, department: str, *columns: Column) -> Dataset:
    identity = (Column("id_no", "证件号码"), Column("name", "姓名"))
    return Dataset(code, department, (*identity, *columns, Column("as_of", "数据日期", "date")))


DATASETS: Mapping[str, Dataset] = {
    dataset.code: dataset
    for dataset in (
        _dataset(
            "DS-EDU-ROLL",
            "EDU",
            Column("school", "学校"),
            Column("stage", "学段", "enum", _STAGES),
            Column("grade", "年级", "int"),
            Column("roll_status", "学籍状态", "enum", _ROLL),
            Column("present", "是否在校", "bool"),
        ),
        _dataset(
            "DS-EDU-EXEMPT",
            "EDU",
            Column(
                "reason",
                "原因",
                "enum",
                {"physical": "身体原因", "home_teaching": "送教上门", "deferred": "延缓入学"},
            ),
            Column("evidence_no", "证明编号"),
            Column("valid_to", "有效期至", "date"),
        ),
        _dataset(
            "DS-EDU-FEE",
            "EDU",
            Column("school_year", "学年"),
            Column("stage", "学段", "enum", _STAGES),
            Column("tuition", "学费", "money"),
            Column("board", "住宿费", "money"),
            Column("books", "书本费", "money"),
            Column("aid_total", "资助合计", "money"),
            Column("self_paid", "自付金额", "money"),
        ),
        _dataset(
            "DS-MED-ENROL",
            "MED",
            Column("year", "参保年度", "int"),
            Column("scheme", "险种", "enum", {"resident": "城乡居民", "employee": "城镇职工"}),
            Column("paid_on", "缴费日期", "date"),
            Column("personal_paid", "个人缴费", "money"),
            Column("subsidy", "资助金额", "money"),
        ),
        _dataset(
            "DS-MED-COST",
            "MED",
            Column("year", "年度", "int"),
            Column("period_to", "截止日期", "date"),
            Column("total", "总费用", "money"),
            Column("basic_paid", "基本医保支付", "money"),
            Column("critical_paid", "大病保险支付", "money"),
            Column("aid_paid", "医疗救助支付", "money"),
            Column("self_paid_ytd", "年度累计自付", "money"),
            Column("inpatient_self_paid", "住院自付", "money"),
            Column("outpatient_self_paid_month", "当月门诊自付", "money"),
        ),
        _dataset(
            "DS-CIV-LOW",
            "CIV",
            Column("type", "救助类型", "enum", _RELIEF),
            Column("from_on", "起始日期", "date"),
            Column("to_on", "终止日期", "date"),
            Column("monthly_amount", "月金额", "money"),
            Column("change", "变动", "enum", {"none": "无", "new": "新增", "stopped": "停发", "adjusted": "调整"}),
            Column("reason", "原因", "enum", _REASONS),
        ),
        _dataset(
            "DS-CIV-TEMP",
            "CIV",
            Column("granted_on", "救助日期", "date"),
            Column("amount", "金额", "money"),
            Column("reason", "原因", "enum", _REASONS),
        ),
        _dataset(
            "DS-HOU-GRADE",
            "HOU",
            Column("house_ref", "房屋编号"),
            Column("grade", "等级", "enum", {"A": "A级", "B": "B级", "C": "C级", "D": "D级"}),
            Column("appraised_on", "鉴定日期", "date"),
            Column("sole_residence", "是否唯一住房", "bool"),
            Column(
                "measure",
                "处置情况",
                "enum",
                {"none": "未处置", "planned": "已计划", "in_progress": "实施中", "finished": "已完成"},
            ),
        ),
    )
}
