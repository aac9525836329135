"""Code lists of supervision: problems that are to be put right, who found them, how far they are. Pure."""

from __future__ import annotations

from contracts.vocabulary import Labelled


class ProblemSource(Labelled):
    """Who found a problem that is to be put right (整改问题来源). Source: 考核、审计、巡视、督察、暗访 [A codes]."""

    NATIONAL_ASSESSMENT = "national_assessment", "国家考核评估", "national assessment"
    PROVINCIAL_ASSESSMENT = "provincial_assessment", "省级考核评估", "provincial assessment"
    AUDIT = "audit", "审计", "audit"
    DISCIPLINE = "discipline", "巡视巡察", "disciplinary inspection"
    INSPECTION = "inspection", "督查督察", "inspection"
    UNANNOUNCED = "unannounced", "暗访", "unannounced visit"
    PETITION = "petition", "信访舆情", "petition or public opinion"
    OWN = "own", "自查", "own check"


class ProblemClass(Labelled):
    """What kind of problem is to be put right (整改问题类别). Source: F-G35, F-C29 [A codes]."""

    IDLE_PROJECT = "idle_project", "产业项目闲置", "an industry project lies idle"
    PROJECT_OPERATION = "project_operation", "运营管理不规范", "an industry project is not run as it should be"
    LOW_YIELD = "low_yield", "项目收益率低", "an industry project yields little"
    FARMER_LINKAGE = "farmer_linkage", "联农带农机制不完善", "an industry project does little for farmers"
    ASSET_CARE = "asset_care", "资产后续管理不规范", "assets are not looked after"
    POWER_PLANT = "power_plant", "光伏发电管理不到位", "a photovoltaic plant is badly managed"
    DEBT = "debt", "经营不善背上债务", "households fell into debt"
    OVERDUE_CREDIT = "overdue_credit", "小额信贷逾期", "microcredit is overdue"
    DISASTER = "disaster", "自然灾害应对不力", "a disaster was not answered"
    MONITORING = "monitoring", "监测帮扶不到位", "monitoring and assistance"
    GUARANTEES = "guarantees", "“三保障”和饮水安全", "the three guarantees and drinking water"
    RELOCATION = "relocation", "搬迁后续扶持", "support after relocation"
    FUNDS = "funds", "衔接资金使用管理", "use of funds"
    DATA = "data", "数据质量", "data quality"
    CONDUCT = "conduct", "工作作风", "conduct of work"
    OTHER = "other", "其他", "other"


class ProblemState(Labelled):
    """State of a problem that is to be put right (整改状态)."""

    OPEN = "open", "未启动", "nobody has begun"
    RECTIFYING = "rectifying", "整改中", "being put right"
    SUBMITTED = "submitted", "已报送", "said to be put right: somebody else has to look"
    CLEARED = "cleared", "已销号", "cleared by somebody who did not do the work"
    LOOKED_BACK = "looked_back", "已回头看", "still right when it was looked back at"
