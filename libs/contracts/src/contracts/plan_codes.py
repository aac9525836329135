"""Code lists of plans: kinds of measures, who needs a plan of the year, and why incomes fall. Pure."""

from __future__ import annotations

from contracts.vocabulary import Labelled


class MeasureCategory(Labelled):
    """帮扶措施类别 [A codes]."""

    INDUSTRY = "M01", "产业帮扶", "production"
    EMPLOYMENT = "M02", "就业帮扶", "employment"
    FINANCE = "M03", "金融帮扶", "finance"
    PUBLIC_POST = "M04", "公益岗位帮扶", "public-interest post"
    HOUSING = "M05", "住房安全保障", "safe housing"
    WATER = "M06", "饮水安全保障", "safe drinking water"
    HEALTH = "M07", "健康帮扶", "health"
    COMPULSORY_EDUCATION = "M08", "义务教育保障", "compulsory education"
    EDUCATION = "M09", "教育帮扶", "other education"
    SECURITY = "M10", "综合保障", "social security"
    SOCIAL = "M11", "社会帮扶", "social help"
    RESETTLEMENT = "M12", "搬迁", "resettlement"
    LIVING = "M13", "生产生活条件改善", "living and working conditions"
    INFRASTRUCTURE = "M14", "基础设施建设", "infrastructure"


class IncomeCohort(Labelled):
    """Households that need a new or revised plan of their income in the first quarter (增收措施)."""

    FORMER_POOR = "former_poor", "脱贫户和监测对象", "former poor and monitored households"
    FELL = "income_fell", "年度收入下降户", "net income a head of last year below the year before"
    FELL_TWICE = "income_fell_twice", "连续两年收入下降户", "net income a head fell two years running"


class IncomeReason(Labelled):
    """Why the income of a year is, or is expected to be, lower than the year before (减收原因)."""

    WAGE = "wage", "务工收入减少", "wages fell"
    BUSINESS = "business", "生产经营收入减少", "production and business brought less"
    PROPERTY = "property", "财产性收入减少", "property brought less"
    TRANSFER = "transfer", "转移性收入减少", "transfers fell"
    COST = "business_cost", "生产经营支出增加", "production cost more"
    MEMBERS = "members", "家庭人口增加", "more members share it"
