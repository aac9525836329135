"""The fields of a household (户), and of what the national register says of a monitored one."""

from __future__ import annotations

from contracts.fields.record import Field, Fields
from contracts.vocabulary import (
    FieldClass,
    HouseholdStatus,
    HouseholdType,
    HousingTenure,
    MonitorCategory,
    RiskType,
)

HOUSEHOLD: Fields = (
    Field(
        name="hh_no", kind="text", zh="户编号", en="household number", sensitivity=FieldClass.S2,
        pattern=r"^[A-Za-z0-9\-]{1,32}$",
    ),
    Field(
        name="village_code", kind="text", zh="行政村代码", en="village code", sensitivity=FieldClass.S2,
        pattern=r"^[0-9]{12}$", is_editable=True, shown_as="area_code", in_snapshot=True, in_directory=True,
    ),
    Field(
        name="group_name", kind="text", zh="村民小组", en="villagers' group", sensitivity=FieldClass.S2,
        longest=64, default=None, is_editable=True,
    ),
    Field(
        name="hh_type", kind="code", codes=HouseholdType, zh="户类型", en="type of household",
        sensitivity=FieldClass.S2, is_editable=True, in_snapshot=True, in_directory=True, fact="hh_type",
    ),
    Field(
        name="status", kind="code", codes=HouseholdStatus, zh="在册状态", en="whether the household still exists",
        sensitivity=FieldClass.S2, is_given=False, in_snapshot=True, in_directory=True,
    ),
    Field(
        name="housing_tenure", kind="code", codes=HousingTenure, zh="住房来源", en="housing tenure",
        sensitivity=FieldClass.S2, default=HousingTenure.OWNED, is_editable=True, in_snapshot=True,
        in_directory=True, fact="housing_tenure",
    ),
    Field(
        name="is_resettled", kind="bool", zh="是否易地搬迁", en="resettled from an inhospitable area",
        sensitivity=FieldClass.S2, default=False, is_editable=True, in_snapshot=True, in_directory=True,
    ),
    Field(
        name="address", kind="text", zh="家庭住址", en="address", sensitivity=FieldClass.S4, longest=200,
        default=None, is_editable=True, is_shown=False, kept="sealed",
    ),
    Field(
        name="phone", kind="text", zh="联系电话", en="telephone number", sensitivity=FieldClass.S4,
        pattern=r"^(1[3-9][0-9]{9}|0[0-9]{2,3}-?[0-9]{7,8})?$", default=None, is_editable=True, kept="masked",
        examples=("139****5678",),
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
        name="last_negative_decision_on", kind="date", zh="最近不予纳入决定日期",
        en="date of the last negative decision", sensitivity=FieldClass.S3, default=None, is_editable=True,
        merge="latest", in_snapshot=True, in_directory=True, fact="last_negative_decision_on",
        aliases=("最近不予纳入日期",),
    ),
)  # fmt: skip

MONITOR: Fields = (
    Field(
        name="category", kind="code", codes=MonitorCategory, zh="监测对象类别",
        en="category of the monitored household", sensitivity=FieldClass.S3,
    ),
    Field(
        name="identified_on", kind="date", zh="识别监测时间", en="day on which it was identified",
        sensitivity=FieldClass.S3,
    ),
    Field(
        name="risk_types", kind="codes", codes=RiskType, zh="风险类型", en="risks", sensitivity=FieldClass.S3,
        longest=5,
    ),
)  # fmt: skip
