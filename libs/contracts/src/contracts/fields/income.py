"""The fields of a household's income and expenditure of one year (收支), in yuan."""

from __future__ import annotations

from decimal import Decimal

from contracts.fields.record import Field, Fields
from contracts.vocabulary import FieldClass, Labelled

_NONE = Decimal(0)

# Source: the national income form: net = wage + business + property + transfer - business cost;
# reference = net + insurance payout - compliant self-paid expenditure. The database computes the three results.
INCOME: Fields = (
    Field(
        name="year", kind="int", zh="收入年度", en="year", sensitivity=FieldClass.S3, shortest=2000, longest=2100,
        in_snapshot=True, in_directory=True, fact="income_year",
    ),
    Field(
        name="wage", kind="money", unit="yuan", zh="工资性收入", en="wages", sensitivity=FieldClass.S3,
        default=_NONE, is_editable=True,
    ),
    Field(
        name="business", kind="money", unit="yuan", zh="生产经营性收入", en="income of production and business",
        sensitivity=FieldClass.S3, default=_NONE, is_editable=True,
    ),
    Field(
        name="property", kind="money", unit="yuan", zh="财产性收入", en="income of property",
        sensitivity=FieldClass.S3, default=_NONE, is_editable=True,
    ),
    Field(
        name="transfer", kind="money", unit="yuan", zh="转移性收入", en="transfers", sensitivity=FieldClass.S3,
        default=_NONE, is_editable=True,
    ),
    Field(
        name="business_cost", kind="money", unit="yuan", zh="生产经营性支出",
        en="cost of production and business", sensitivity=FieldClass.S3, default=_NONE, is_editable=True,
    ),
    Field(
        name="insurance_payout", kind="money", unit="yuan", zh="理赔收入", en="insurance payout",
        sensitivity=FieldClass.S3, default=_NONE, is_editable=True,
    ),
    Field(
        name="net", kind="money", unit="yuan", zh="家庭年纯收入", en="net income of the household in the year",
        sensitivity=FieldClass.S3, is_given=False, is_computed=True, in_snapshot=True, in_directory=True,
        fact="net_income",
    ),
    Field(
        name="per_capita_net", kind="money", unit="yuan", zh="人均纯收入", en="net income a head",
        sensitivity=FieldClass.S3, is_given=False, is_computed=True, in_snapshot=True, in_directory=True,
        fact="per_capita_net",
    ),
    Field(
        name="ref_per_capita", kind="money", unit="yuan", zh="人均参考收入（加理赔减合规自付）",
        en="reference income a head (plus insurance payout, minus self-paid expenditure)",
        sensitivity=FieldClass.S3, is_given=False, is_computed=True, in_snapshot=True, in_directory=True,
        fact="per_capita_ref",
    ),
    Field(
        name="self_paid", kind="money", unit="yuan", zh="合规自付支出",
        en="compliant self-paid expenditure in the window", sensitivity=FieldClass.S3, default=_NONE,
        is_editable=True, in_snapshot=True, in_directory=True, fact="self_paid",
    ),
)  # fmt: skip


class IncomeItem(Labelled):
    """What the amounts consist of, line by line of the national income form; `amount` names the one it adds up to."""

    A1 = "a1", "务工", "work away from home, or in a firm"
    A2 = "a2", "行业部门公益岗", "public-welfare post of a department"
    A3 = "a3", "乡镇公益岗", "public-welfare post of the township"
    A4 = "a4", "村级公益岗", "public-welfare post of the village"
    A5 = "a5", "自主采摘", "picking on one's own account"
    B1 = "b1", "种植收入", "crops"
    B2 = "b2", "养殖收入", "livestock"
    B3 = "b3", "林果收入", "forestry and fruit"
    B4 = "b4", "其他生产经营收入", "other production and business"
    C1 = "c1", "资产收益扶贫分红", "dividend of assistance assets"
    C2 = "c2", "土地流转", "land transferred"
    C3 = "c3", "金融贷款项目", "project financed by a loan"
    C4 = "c4", "代种代养", "crops or livestock in trust"
    C5 = "c5", "其他财产性收入", "other property"
    D1 = "d1", "计划生育金", "family-planning grant"
    D2 = "d2", "低保金", "minimum living allowance"
    D3 = "d3", "特困供养金", "extreme-poverty support"
    D4 = "d4", "养老保险金", "old-age pension"
    D5_FARMLAND = "d5_farmland", "生态补偿：退耕还林", "ecological compensation: farmland to forest"
    D5_FOREST = "d5_forest", "生态补偿：公益林", "ecological compensation: public-welfare forest"
    D5_GRASS = "d5_grass", "生态补偿：草原", "ecological compensation: grassland"
    D5_MOVED = "d5_moved", "生态补偿：移民", "ecological compensation: moved households"
    D5_OTHER = "d5_other", "生态补偿：其他", "ecological compensation: other"
    D6_CROPS = "d6_crops", "种植补贴", "subsidy of crops"
    D6_SOIL = "d6_soil", "地力补贴", "subsidy of soil fertility"
    D6_FARM_INSURANCE = "d6_farm_insurance", "农业保险补助", "subsidy of farm insurance"
    D6_AGED = "d6_aged", "高龄补贴", "allowance of the very old"
    D6_HONOURED = "d6_honoured", "优抚金", "support of veterans and their families"
    D6_DISABLED = "d6_disabled", "残疾补贴", "disability allowance"
    D6_SCHOOLING = "d6_schooling", "教育扶持", "help with schooling"
    D6_DISASTER = "d6_disaster", "救灾款", "disaster relief"
    D6_CARE = "d6_care", "失能老人补贴", "allowance of the old in need of care"
    D6_FAMILY = "d6_family", "赡养费", "support from children who live apart"
    D6_HEATING = "d6_heating", "取暖补贴", "heating subsidy"
    D6_PRICES = "d6_prices", "物价补贴", "price subsidy"
    D6_RELIEF = "d6_relief", "社会救济", "social relief"
    D6_RELAPSE_INSURANCE = "d6_relapse_insurance", "防贫保险", "insurance against relapse"
    D6_GIFTS = "d6_gifts", "捐赠赔偿", "gifts and compensation"
    D6_OTHER = "d6_other", "其他转移性收入", "other transfers"
    E1 = "e1", "种植支出", "cost of crops"
    E2 = "e2", "养殖支出", "cost of livestock"
    E3 = "e3", "林果支出", "cost of forestry and fruit"
    E4 = "e4", "其他生产经营支出", "cost of other production and business"

    @property
    def amount(self) -> str:
        """Give the field that the item is a part of."""
        return _AMOUNT_OF[self.value[0]]


_AMOUNT_OF = {"a": "wage", "b": "business", "c": "property", "d": "transfer", "e": "business_cost"}
