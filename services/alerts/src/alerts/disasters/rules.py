"""What a disaster may say, and what follows from it for the clue of a household. Pure.

Source: the mechanism against a fall into poverty by disasters (防范因灾返贫致贫长效机制): help first, procedure after.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from contracts.errors import FieldError
from contracts.vocabulary import Channel, Labelled, RiskType
from servicekit import areas as codes

MOST_ITEMS: Final = 200
"""Households of one list."""
MOST_OF_AREA: Final = 2000
"""Households of an area that are taken at once."""


class DisasterKind(Labelled):
    """灾害种类: the kinds of natural disaster (因自然灾害子项), and accidents."""

    FLOOD = "0201", "洪涝灾害", "flood"
    GEOLOGICAL = "0202", "地质灾害", "landslide, collapse, mudflow"
    DROUGHT = "0203", "旱灾", "drought"
    BIOLOGICAL = "0204", "生物灾害", "pests and diseases of plants and animals"
    WEATHER = "0205", "气象灾害", "wind, hail, frost, snow"
    EARTHQUAKE = "0206", "地震灾害", "earthquake"
    OTHER = "0299", "其他自然灾害", "another natural disaster"
    ACCIDENT = "05", "意外事故", "accident"

    @property
    def risk(self) -> RiskType:
        """The risk of whom it hits."""
        return RiskType(self.value[:2])


class ToldBy(Labelled):
    """灾情来源: how the county came to know whom it hit."""

    DEPARTMENT = "department", "部门灾情数据", "data of a department"
    CADRES = "cadres", "镇村排查上报", "townships and villages"
    SUPERIOR = "superior", "上级交办、热线或舆情", "a superior, a hotline or public opinion"


CHANNEL: Final[Mapping[ToldBy, Channel]] = {
    ToldBy.DEPARTMENT: Channel.DEPARTMENT,
    ToldBy.CADRES: Channel.VISIT,
    ToldBy.SUPERIOR: Channel.PETITION,
}
"""By which channel its clues come (发现渠道)."""


class AffectedState(Labelled):
    """受灾户进展: help first, the procedure after, until nothing is owed."""

    AFFECTED = "affected", "已受灾,待救助", "hit, nothing given yet"
    HELPED = "helped", "已救助,待核实", "helped, its clue is open"
    PROCEDURE = "procedure", "手续办理中", "in the procedure"
    SETTLED = "settled", "手续办结", "nothing is owed"
    WRITTEN_OFF = "written_off", "已核销", "written off with a reason"
    REMOVED = "removed", "已移出清单", "taken off the list"

    @property
    def is_due(self) -> bool:
        """Tell whether somebody still has to act."""
        return self in (AffectedState.AFFECTED, AffectedState.HELPED, AffectedState.PROCEDURE)


class HouseDamage(Labelled):
    """住房受损程度."""

    NONE = "none", "无", "none"
    GENERAL = "general", "一般损坏", "general damage"
    SEVERE = "severe", "严重损坏", "severe damage"
    COLLAPSED = "collapsed", "倒塌", "collapsed"


_TEXTS: Final = {
    "areas.county": "区域须在同一县内,为县、乡镇或村 / all areas lie in one county",
    "areas.twice": "区域重复 / the same area twice",
    "from_on.future": "开始日期在将来 / it begins in the future",
    "to_on.order": "结束日期早于开始日期 / it ends before it began",
    "to_on.future": "结束日期在将来;尚未结束的不填 / it ends in the future: leave it out while it lasts",
    "given_on.future": "救助日期在将来 / the help was given in the future",
    "given_on.early": "救助日期早于灾害开始日期 / the help was given before the disaster began",
}


def _flaw(key: str, pointer: str) -> FieldError:
    return FieldError.told(_TEXTS, key, pointer)


def flaws_of(county: str, areas: Sequence[str], from_on: date, to_on: date | None, today: date) -> list[FieldError]:
    """Give what is wrong with where and when a disaster of a county was."""
    found: list[FieldError] = []
    if len(set(areas)) < len(areas):
        found.append(_flaw("areas.twice", "/areas"))
    if codes.level_of(county) != "county" or not all(codes.is_within(area, county) for area in areas):
        found.append(_flaw("areas.county", "/areas"))
    if from_on > today:
        found.append(_flaw("from_on.future", "/from_on"))
    if to_on is not None and to_on < from_on:
        found.append(_flaw("to_on.order", "/to_on"))
    if to_on is not None and to_on > today:
        found.append(_flaw("to_on.future", "/to_on"))
    return found


def help_flaws(given_on: date, from_on: date, today: date) -> list[FieldError]:
    """Give what is wrong with the day on which help was given."""
    if given_on > today:
        return [_flaw("given_on.future", "/given_on")]
    return [_flaw("given_on.early", "/given_on")] if given_on < from_on else []


def is_hit(area_code: str, areas: Sequence[str]) -> bool:
    """Tell whether a village lies where the disaster was."""
    return any(codes.is_within(area_code, area) for area in areas)


@dataclass(frozen=True, slots=True)
class Harm:
    """What happened to a household.

    Attributes:
        crop_loss: Share of its crops, in percent.
        loss: Estimated, in yuan.
    """

    deaths: int = 0
    injured: int = 0
    house_damage: HouseDamage = HouseDamage.NONE
    crop_loss: int = 0
    loss: Decimal | None = None
    note: str = ""

    def as_words(self) -> tuple[str, str]:
        """Say it in Chinese and in English: what is not nothing."""
        zh, en = [], []
        if self.deaths:
            zh.append(f"死亡{self.deaths}人")
            en.append(f"{self.deaths} dead")
        if self.injured:
            zh.append(f"受伤{self.injured}人")
            en.append(f"{self.injured} injured")
        if self.house_damage is not HouseDamage.NONE:
            zh.append(f"住房{self.house_damage.label}")
            en.append(f"house: {self.house_damage.english}")
        if self.crop_loss:
            zh.append(f"作物损失{self.crop_loss}%")
            en.append(f"{self.crop_loss}% of the crops lost")
        if self.loss:
            zh.append(f"估计损失{self.loss}元")
            en.append(f"an estimated {self.loss} yuan lost")
        return "，".join(zh) or "损失待核实", ", ".join(en) or "the harm is to be verified"


def share(part: int, whole: int) -> Decimal:
    """Give a share with four places; nothing of nothing is nothing."""
    return (Decimal(part) / whole).quantize(Decimal("0.0001")) if whole else Decimal(0)


SENTENCE: Final = {"zh": "{event}（{kind}）：{harm_zh}。", "en": "{event}: {harm_en}."}
"""Why a clue exists, filled by its evidence."""
