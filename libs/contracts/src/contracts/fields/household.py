"""The fields of a household (户), and of what the national register says of a monitored one."""

from __future__ import annotations

from contracts.fields.record import Field, Fields
from contracts.vocabulary import (
    FieldClass,
    Guarantee,
    HouseholdStatus,
    HouseholdType,
    HousingTenure,
    MonitorCategory,
    RiskType,
)

HOUSEHOLD: Fields = (
    Field(
        name="hh_no", kind="text", zh="户编号", en="household number", sensitivity=FieldClass.S2,
        aliases=("户编码", "家庭编号", "户号", "农户编号", "家庭编码"),
        pattern=r"^[A-Za-z0-9\-]{1,32}$", in_title=True,
    ),
    Field(
        name="village_code", kind="text", zh="行政村代码", en="village code", sensitivity=FieldClass.S2,
        aliases=("行政村编码", "村代码", "村编码", "行政村区划代码", "村级区划代码"),
        pattern=r"^[0-9]{12}$", is_editable=True, shown_as="area_code", in_snapshot=True, in_directory=True,
        in_title=True,
    ),
    Field(
        name="group_name", kind="text", zh="村民小组", en="villagers' group", sensitivity=FieldClass.S2,
        aliases=("组", "小组", "村组", "自然村组"),
        longest=64, default=None, is_editable=True,
    ),
    Field(
        name="grid", kind="text", zh="网格", en="grid of its village, as the terms of grid workers name it",
        sensitivity=FieldClass.S2, aliases=("所属网格", "网格名称", "网格编号"), shortest=1,
        longest=64, default=None, is_editable=True, in_snapshot=True,
    ),
    Field(
        name="hh_type", kind="code", codes=HouseholdType, zh="户类型", en="type of household",
        aliases=("农户类型", "户属性", "户别"),
        sensitivity=FieldClass.S2, is_editable=True, in_snapshot=True, in_directory=True, fact="hh_type",
    ),
    Field(
        name="status", kind="code", codes=HouseholdStatus, zh="在册状态", en="whether the household still exists",
        sensitivity=FieldClass.S2, is_given=False, in_snapshot=True, in_directory=True, in_title=True,
    ),
    Field(
        name="housing_tenure", kind="code", codes=HousingTenure, zh="住房来源", en="housing tenure",
        aliases=("住房性质",),
        sensitivity=FieldClass.S2, default=HousingTenure.OWNED, is_editable=True, in_snapshot=True,
        in_directory=True, fact="housing_tenure",
    ),
    Field(
        name="is_resettled", kind="bool", zh="是否易地搬迁", en="resettled from an inhospitable area",
        aliases=("易地搬迁", "是否易地扶贫搬迁", "是否搬迁户", "是否易地搬迁户"),
        sensitivity=FieldClass.S2, default=False, is_editable=True, in_snapshot=True, in_directory=True,
        fact="is_resettled",
    ),
    Field(
        name="address", kind="text", zh="家庭住址", en="address", sensitivity=FieldClass.S4, longest=200,
        aliases=("家庭地址", "住址", "地址", "详细地址", "居住地址"),
        default=None, is_editable=True, is_shown=False, kept="sealed",
    ),
    Field(
        name="phone", kind="text", zh="联系电话", en="telephone number", sensitivity=FieldClass.S4,
        aliases=("电话", "电话号码", "手机", "手机号", "手机号码", "联系方式"),
        pattern=r"^(1[3-9][0-9]{9}|0[0-9]{2,3}-?[0-9]{7,8})?$", default=None, is_editable=True, kept="masked",
        examples=("139****5678",),
    ),
    # What no rule of a comparison asks for: absent is not said.
    Field(
        name="poverty_exit_year", kind="int", zh="脱贫年度", en="year in which a former poor household left poverty",
        shortest=2014, longest=2020,
        sensitivity=FieldClass.S2, default=None, is_editable=True, aliases=("脱贫年份",),
    ),
    Field(
        name="is_military_family", kind="bool", zh="是否军烈属",
        en="family of a soldier or martyr",
        sensitivity=FieldClass.S2, default=None, is_editable=True, aliases=("军烈属",),
    ),
    Field(
        name="is_whole_no_labour", kind="bool", zh="是否整户无劳动能力兜底保障户",
        en="nobody of the household can work, and it lives on relief",
        sensitivity=FieldClass.S3, default=None, is_editable=True, aliases=("整户无劳动能力兜底保障户",),
    ),
    Field(
        name="resettlement_site", kind="text", zh="安置区", en="resettlement site that the household lives in",
        sensitivity=FieldClass.S2, longest=64, default=None, is_editable=True,
        aliases=("易地扶贫搬迁集中安置区", "安置区名称"),
    ),
    Field(
        name="risk_note", kind="text", zh="风险备注", en="what the risk is, where it is none of the list",
        sensitivity=FieldClass.S3, longest=200, default=None, is_editable=True, aliases=("其他风险备注",),
    ),
    Field(
        name="is_willing", kind="bool", zh="有无发展意愿",
        en="willing to develop with assistance",
        sensitivity=FieldClass.S3, default=None, is_editable=True, aliases=("发展意愿",),
    ),
    Field(
        name="population", kind="int", zh="家庭人口数", en="members on the register", sensitivity=FieldClass.S2,
        is_given=False,
    ),
    Field(
        name="monitor_category", kind="code", codes=MonitorCategory, zh="监测对象类别",
        en="category of the monitored household", sensitivity=FieldClass.S3, default=None, is_given=False,
        in_snapshot=True, in_directory=True,
    ),
    Field(
        name="is_monitored", kind="bool", zh="监测对象（风险未消除）", en="monitored, risk not eliminated",
        sensitivity=FieldClass.S3, default=False, is_given=False, in_snapshot=True, in_directory=True,
        fact="is_monitored",
    ),
    Field(
        name="open_risks", kind="codes", codes=RiskType, zh="未消除的风险", en="risks not eliminated",
        sensitivity=FieldClass.S3, default=(), is_given=False, in_snapshot=True, in_directory=True,
    ),
    Field(
        name="unsafe_statuses", kind="codes", codes=Guarantee, zh="核查不安全的保障",
        en="guarantees that were found unsafe when they were last checked", sensitivity=FieldClass.S3, default=(),
        is_given=False, in_snapshot=True, in_directory=True,
    ),
    # What the quarters of a year bring from its first one on: the forecast of the year rests on it (R-AGR-05).
    Field(
        name="to_date_year", kind="int", zh="季度收入所属年度", en="year of which quarters are registered",
        sensitivity=FieldClass.S3, default=None, is_given=False, in_snapshot=True, in_directory=True,
    ),
    Field(
        name="to_date_quarters", kind="int", zh="已登记季度数（自第一季度起）",
        en="quarters of it that are registered, from the first one on", sensitivity=FieldClass.S3, default=None,
        is_given=False, in_snapshot=True, in_directory=True,
    ),
    Field(
        name="to_date_net", kind="money", unit="yuan", zh="年初至今家庭纯收入",
        en="net income of the household in those quarters", sensitivity=FieldClass.S3, default=None, is_given=False,
        in_snapshot=True, in_directory=True,
    ),
    Field(
        name="moved_on", kind="date", zh="迁入日期", en="since when it lives in its village; empty if from the start",
        sensitivity=FieldClass.S2, default=None, is_given=False, in_snapshot=True, in_directory=True,
    ),
    Field(
        name="moved_from", kind="text", zh="迁出村代码", en="village that it moved from", sensitivity=FieldClass.S2,
        default=None, is_given=False, in_snapshot=True, in_directory=True,
    ),
    Field(
        name="last_negative_decision_on", kind="date", zh="最近不予纳入决定日期",
        en="date of the last negative decision", sensitivity=FieldClass.S3, default=None, is_editable=True,
        merge="latest", in_snapshot=True, in_directory=True, fact="last_negative_decision_on",
        aliases=("最近不予纳入日期",),
    ),
)  # fmt: skip

MONITOR: Fields = (
    Field(
        name="category", kind="code", codes=MonitorCategory, zh="监测对象类别",
        en="category of the monitored household", sensitivity=FieldClass.S3, aliases=("监测类别", "监测户类别"),
    ),
    Field(
        name="identified_on", kind="date", zh="识别监测时间", en="day on which it was identified",
        sensitivity=FieldClass.S3, aliases=("识别时间", "纳入监测时间", "纳入时间", "识别日期"), months="first",
    ),
    Field(
        name="risk_types", kind="codes", codes=RiskType, zh="风险类型", en="risks", sensitivity=FieldClass.S3,
        aliases=("致贫返贫风险", "返贫致贫风险", "风险", "风险因素"), longest=5,
    ),
)  # fmt: skip
