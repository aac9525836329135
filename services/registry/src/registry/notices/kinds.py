"""The kinds of notice, one record each: everything a notice says that is not about somebody. Pure.

Source: 秦安县、永城市 (公示 5 天, 村内一次), 沅江市 2022 落实公告公示制度 (F-E17). A notice names the head of the
household, how many live there, its category and days; never a number, telephone, account, health, risk or a minor.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from contracts.vocabulary import EpisodeState as S


class NoticeKind(StrEnum):
    """What a notice is for."""

    IDENTIFICATION = "identification"
    ANNOUNCEMENT = "announcement"
    ELIMINATION = "elimination"
    ELIMINATED = "eliminated"
    FUNDS = "funds"
    PROJECTS = "projects"


class Column(StrEnum):
    """What a notice may say, and nothing else."""

    HEAD = "head"
    VILLAGE = "village"
    PERSONS = "persons"
    CATEGORY = "category"
    IDENTIFIED_ON = "identified_on"
    ELIMINATED_ON = "eliminated_on"
    TITLE = "title"
    AMOUNT = "amount"
    UNIT = "unit"


TITLES: dict[Column, str] = {
    Column.HEAD: "户主姓名",
    Column.VILLAGE: "所在村",
    Column.PERSONS: "家庭人口(人)",
    Column.CATEGORY: "监测对象类别",
    Column.IDENTIFIED_ON: "识别时间",
    Column.ELIMINATED_ON: "风险消除时间",
    Column.TITLE: "项目(资金)名称",
    Column.AMOUNT: "金额(元)",
    Column.UNIT: "实施单位",
}


DAY = "{0.year}年{0.month}月{0.day}日"
LEADS = "主管部门:{lead}({programme})。"
HANGS = "公告时间:{first}至{last}。"
ASKS = "公示时间:{first}至{last}。公示期内如有异议{where}。"
WHERE = ",可向{contact}反映"


@dataclass(frozen=True)
class Kind:
    """A kind of notice.

    Attributes:
        says: What stands above the table; {place} is the village or township.
        columns: Of the table, from the white list.
        states: Of an episode that may stand in it; none of a kind that is not about households.
        asks: Whether it asks for objections: then it hangs for the days of publicity at least.
    """

    zh: str
    en: str
    says: str
    columns: tuple[Column, ...]
    states: frozenset[S] = frozenset()
    asks: bool = False

    @property
    def is_about_households(self) -> bool:
        """Tell whether its rows are households, and not funds or projects."""
        return bool(self.states)


_HOME = (Column.HEAD, Column.VILLAGE, Column.PERSONS, Column.CATEGORY)
_MONEY = (Column.TITLE, Column.AMOUNT, Column.UNIT)
KINDS: dict[NoticeKind, Kind] = {
    NoticeKind.IDENTIFICATION: Kind(
        "拟纳入监测对象公示", "households to be monitored",
        "经农户申请、入户核实、信息比对和民主评议,{place}拟将下列农户纳入防止返贫监测对象,现予公示。",
        _HOME, frozenset({S.REVIEWED, S.PUBLICISED}), asks=True,
    ),
    NoticeKind.ANNOUNCEMENT: Kind(
        "监测对象公告", "monitored households",
        "经县级审定,{place}下列农户纳入防止返贫监测对象,现予公告。",
        (*_HOME, Column.IDENTIFIED_ON), frozenset({S.COUNTY_APPROVED, S.ANNOUNCED, S.MONITORED}),
    ),
    NoticeKind.ELIMINATION: Kind(
        "拟消除风险公示", "households whose risk is to be eliminated",
        "经入户核实和民主评议,{place}拟对下列监测对象消除返贫致贫风险,现予公示。",
        (*_HOME, Column.IDENTIFIED_ON), frozenset({S.ELIM_REVIEWED, S.ELIM_PUBLICISED}), asks=True,
    ),
    NoticeKind.ELIMINATED: Kind(
        "风险消除公告", "households whose risk is eliminated",
        "经县级审定,{place}下列监测对象的返贫致贫风险已消除,现予公告。消除风险后帮扶政策保持稳定。",
        (*_HOME, Column.ELIMINATED_ON), frozenset({S.ELIM_COUNTY, S.ELIMINATED}),
    ),
    NoticeKind.FUNDS: Kind(
        "衔接资金分配结果公告", "allocation of funds",
        "现将{place}财政衔接推进乡村振兴补助资金分配结果予以公告。", _MONEY, asks=True,
    ),
    NoticeKind.PROJECTS: Kind(
        "项目安排和资金使用公示", "projects and the use of funds",
        "现将{place}巩固拓展脱贫攻坚成果和乡村振兴项目安排和资金使用情况予以公示。", _MONEY, asks=True,
    ),
}  # fmt: skip
