"""Errors of sheets."""

from __future__ import annotations

from servicekit.problems import Conflict, Forbidden, InvalidInput, NotFound


class SheetKindUnknown(NotFound):
    """404: no such kind of sheet."""

    code = "alerts.sheet.kind"
    title = "没有这种报表"
    advice = "报表种类见 GET /v1/sheet-kinds。"


class SheetNotFound(NotFound):
    """404: no such version, or none that the caller may see."""

    code = "alerts.sheet.not_found"
    title = "未找到该报表,或尚未印发"
    advice = "请核对种类、期别、版本和区划代码;未印发的报表只有县级主管部门可以查看。"


class SheetPeriodUnfit(InvalidInput):
    """422: the period has another length than the kind's, or has not begun."""

    code = "alerts.sheet.period"
    title = "该报表没有这一期"
    advice = "月报请用 2026-11,季报请用 2026-Q4,且该期已经开始。"


class SheetTooEarly(InvalidInput):
    """422: the period is not over."""

    code = "alerts.sheet.too_early"
    title = "本期尚未结束,不能冻结"
    advice = "本期结束前可以读取草稿;结束后再冻结。"


class SheetIncomplete(Conflict):
    """409: figures are missing, and nobody said that it is to be frozen without them."""

    code = "alerts.sheet.incomplete"
    title = "本期指标尚未齐全"
    advice = "请等缺失的指标(missing)算出后再冻结;确需先行冻结的,填写 accepts_missing=true,缺失处标为“尚缺”。"


class SheetIssued(Conflict):
    """409: it was issued already."""

    code = "alerts.sheet.issued"
    title = "该版本已经印发"
    advice = "需要更正时请冻结新的版本。"


class SheetSecondPerson(Forbidden):
    """403: who froze a sheet does not issue it."""

    code = "alerts.sheet.second_person"
    title = "须由另一人印发"
    advice = "冻结和印发由不同的人办理。"


class SheetOfCounty(Forbidden):
    """403: sheets are made by the county, which is neither above nor within it."""

    code = "alerts.sheet.of_county"
    title = "报表由县级主管部门冻结和印发"
    advice = "乡镇、部门和上级只能查看已印发的报表。"


class SheetKeptInCounty(Forbidden):
    """403: the kind is not one that leaves the county."""

    code = "alerts.sheet.kept_in_county"
    title = "该报表不出县"
    advice = "市级及以上请查看县级汇总表(city)。"
