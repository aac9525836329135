"""Code lists of supervision: problems to be put right, petitions and public opinion, how far they are. Pure."""

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


class PetitionSource(Labelled):
    """Where an item of petition or public opinion came from (信访舆情来源). Source: F-F19, F-F20 [A codes]."""

    PETITION = "petition", "信访件", "letter or visit of a petitioner"
    HOTLINE_12345 = "hotline_12345", "12345热线", "hotline 12345"
    HOTLINE_12317 = "hotline_12317", "12317监督举报电话", "hotline 12317"
    SUPERIOR = "superior", "上级交办", "handed down by a superior"
    OPINION = "opinion", "网络舆情", "public opinion"


class PetitionCategory(Labelled):
    """What an item of petition or public opinion is about (信访舆情类别) [A codes]."""

    IDENTIFICATION = "identification", "识别认定", "whether a household is monitored"
    ASSISTANCE = "assistance", "帮扶措施落实", "measures of assistance"
    ALLOWANCE = "allowance", "低保救助", "allowances and relief"
    MEDICAL = "medical", "医疗保障", "medical care"
    EDUCATION = "education", "义务教育", "schooling"
    HOUSING = "housing", "住房安全", "housing"
    WATER = "water", "饮水安全", "drinking water"
    EMPLOYMENT = "employment", "就业增收", "work and income"
    RELOCATION = "relocation", "搬迁后续", "after relocation"
    FUNDS = "funds", "资金项目", "funds and projects"
    CONDUCT = "conduct", "干部作风", "conduct of cadres"
    OTHER = "other", "其他", "other"


class PetitionState(Labelled):
    """State of an item of petition or public opinion (信访舆情事项状态)."""

    OPEN = "open", "办理中", "being dealt with"
    DISPOSED = "disposed", "已办理待复核", "dealt with: a second person has to confirm"
    CLOSED = "closed", "已办结", "confirmed by a second person"
    WITHDRAWN = "withdrawn", "登记有误已撤销", "registered by mistake"


class Satisfaction(Labelled):
    """What a petitioner said of the answer (满意度)."""

    SATISFIED = "satisfied", "满意", "satisfied"
    FAIR = "fair", "基本满意", "fairly satisfied"
    DISSATISFIED = "dissatisfied", "不满意", "dissatisfied"
    NOT_SAID = "not_said", "未评价", "said nothing"
