"""The fields of a person, a member of a household (家庭成员)."""

from __future__ import annotations

from contracts.fields.person_codes import (
    DisabilityCategory,
    DisabilityLevel,
    DropoutReason,
    Education,
    Ethnicity,
    IdType,
    PublicPost,
    WorkChannel,
    WorkPlace,
)
from contracts.fields.record import Field, Fields
from contracts.vocabulary import FieldClass, HealthCondition, LabourLevel, Relation, Relief, SchoolStage, Sex

PERSON: Fields = (
    Field(
        name="person_no", kind="text", zh="人口编号", en="person number of the national register",
        sensitivity=FieldClass.S2, pattern=r"^[A-Za-z0-9\-]{1,32}$", default=None, is_editable=True,
        aliases=("人员编号", "人员编码", "人口编码", "成员编号"),
    ),
    Field(
        name="name", kind="text", zh="姓名", en="name", sensitivity=FieldClass.S3, shortest=1, longest=64,
        is_editable=True, kept="masked", examples=("张**",), in_title=True,
        aliases=("人员姓名", "成员姓名", "家庭成员姓名", "本人姓名", "患者姓名", "学生姓名", "参保人姓名"),
    ),
    Field(
        name="id_no", kind="text", zh="证件号码",
        en="ID number: 15, 18, 20 or 22 characters; null for a person without a number yet",
        sensitivity=FieldClass.S4, longest=32, default=None, is_editable=True, kept="masked",
        examples=("990101************",),
        aliases=(
            "身份证号", "身份证号码", "公民身份号码", "公民身份证号码", "公民身份证号", "居民身份证号",
            "居民身份证号码", "身份证", "身份号码", "证件号", "有效证件号码", "身份证件号码", "学生身份证号",
            "患者身份证号", "身份证(证件)号码",
        ),
    ),
    Field(
        name="birth_date", kind="date", zh="出生日期", en="date of birth", sensitivity=FieldClass.S3,
        aliases=("出生年月日", "生日", "出生时间"), is_editable=True, is_coarse=True, examples=("1980",),
        in_snapshot=True, in_directory=True,
    ),
    Field(
        name="sex", kind="code", codes=Sex, zh="性别", en="sex", sensitivity=FieldClass.S3, is_editable=True,
        in_snapshot=True, in_directory=True,
    ),
    Field(
        name="relation", kind="code", codes=Relation, zh="与户主关系", en="relation to the head of household",
        aliases=("户主关系", "家庭关系", "与户主的关系", "成员关系", "关系"),
        sensitivity=FieldClass.S3, is_editable=True, in_snapshot=True, in_directory=True,
    ),
    Field(
        name="labour", kind="code", codes=LabourLevel, zh="劳动技能", en="ability to work",
        aliases=("劳动能力", "劳动力状况"),
        sensitivity=FieldClass.S3, is_editable=True, in_snapshot=True, in_directory=True, fact="labour",
    ),
    Field(
        name="school_stage", kind="code", codes=SchoolStage, zh="在校生状况", en="stage at school",
        aliases=("在校状况", "在校生情况"),
        sensitivity=FieldClass.S3, default=None, is_editable=True, in_snapshot=True, in_directory=True,
    ),
    Field(
        name="has_finished_compulsory", kind="bool", zh="已完成义务教育", en="finished compulsory education",
        sensitivity=FieldClass.S3, default=False, is_editable=True, in_snapshot=True, in_directory=True,
        fact="has_finished_compulsory",
    ),
    Field(
        name="health", kind="codes", codes=HealthCondition, zh="健康状况", en="state of health",
        aliases=("健康情况", "身体状况"),
        sensitivity=FieldClass.S4, longest=4, default=(HealthCondition.HEALTHY,), is_editable=True,
        in_snapshot=True, in_directory=True,
    ),
    Field(
        name="relief", kind="code", codes=Relief, zh="享受低保特困",
        en="minimum living allowance, extreme poverty, on the margin, or hardship by rigid expenditure",
        aliases=("低保特困", "低保或特困", "低收入人口类别"),
        sensitivity=FieldClass.S4, default=Relief.NONE, is_editable=True, in_snapshot=True, in_directory=True,
    ),
    # What no rule of a comparison asks for: absent is not said.
    Field(
        name="id_type", kind="code", codes=IdType, zh="证件类型", en="kind of certificate",
        sensitivity=FieldClass.S3, default=None, is_editable=True,
    ),
    Field(
        name="ethnicity", kind="code", codes=Ethnicity, zh="民族", en="ethnic group (GB/T 3304)",
        sensitivity=FieldClass.S3, default=None, is_editable=True,
    ),
    Field(
        name="education", kind="code", codes=Education, zh="文化程度", en="education of who is not at school",
        sensitivity=FieldClass.S3, default=None, is_editable=True, aliases=("学历",),
    ),
    Field(
        name="dropout_reason", kind="code", codes=DropoutReason, zh="失学或辍学原因", en="why a child is not at school",
        sensitivity=FieldClass.S4, default=None, is_editable=True, aliases=("失学辍学原因", "义务教育阶段未上学原因"),
    ),
    Field(
        name="disability_category", kind="code", codes=DisabilityCategory, zh="残疾类别",
        en="category of the disability certificate",
        sensitivity=FieldClass.S4, default=None, is_editable=True, aliases=("残疾人证类别",),
    ),
    Field(
        name="disability_level", kind="code", codes=DisabilityLevel, zh="残疾等级",
        en="level of the disability certificate",
        sensitivity=FieldClass.S4, default=None, is_editable=True, aliases=("残疾人证等级",),
    ),
    Field(
        name="insured_resident", kind="bool", zh="是否参加城乡居民基本医疗保险",
        en="in the basic medical insurance of residents",
        sensitivity=FieldClass.S3, default=None, is_editable=True,
    ),
    Field(
        name="insured_employee", kind="bool", zh="是否参加城镇职工基本医疗保险",
        en="in the basic medical insurance of employees",
        sensitivity=FieldClass.S3, default=None, is_editable=True,
    ),
    Field(
        name="critical_insurance", kind="bool", zh="是否参加大病保险",
        en="in the critical-illness insurance",
        sensitivity=FieldClass.S3, default=None, is_editable=True,
    ),
    Field(
        name="medical_aid", kind="bool", zh="是否接受医疗救助",
        en="receives medical aid",
        sensitivity=FieldClass.S4, default=None, is_editable=True,
    ),
    Field(
        name="pension_resident", kind="bool", zh="是否参加城乡居民基本养老保险",
        en="in the basic pension of residents",
        sensitivity=FieldClass.S3, default=None, is_editable=True,
    ),
    Field(
        name="pension_employee", kind="bool", zh="是否参加城镇职工基本养老保险",
        en="in the basic pension of employees",
        sensitivity=FieldClass.S3, default=None, is_editable=True,
    ),
    Field(
        name="work_place", kind="code", codes=WorkPlace, zh="务工所在地", en="where the person works",
        sensitivity=FieldClass.S3, default=None, is_editable=True, aliases=("务工地点", "务工区域"),
    ),
    Field(
        name="work_months", kind="int", zh="务工月数", en="months of work in the year", shortest=0, longest=12,
        sensitivity=FieldClass.S3, default=None, is_editable=True, aliases=("务工时间", "务工时间(月)"),
    ),
    Field(
        name="monthly_pay", kind="money", unit="yuan", zh="务工月收入", en="pay of a month of work",
        sensitivity=FieldClass.S3, default=None, is_editable=True,
    ),
    Field(
        name="work_channel", kind="code", codes=WorkChannel, zh="就业渠道", en="how the work was found",
        sensitivity=FieldClass.S3, default=None, is_editable=True, aliases=("务工渠道",),
    ),
    Field(
        name="public_post", kind="code", codes=PublicPost, zh="公益性岗位", en="public post",
        sensitivity=FieldClass.S3, default=None, is_editable=True,
    ),
    Field(
        name="public_post_months", kind="int", zh="公益性岗位月数", en="months on the public post in the year",
        shortest=0, longest=12,
        sensitivity=FieldClass.S3, default=None, is_editable=True, aliases=("公益性岗位聘用月数", "公益性岗位(月数)"),
    ),
    Field(
        name="is_resettled_person", kind="bool", zh="是否易地扶贫搬迁人口",
        en="resettled from an inhospitable area",
        sensitivity=FieldClass.S2, default=None, is_editable=True,
    ),
    Field(
        name="came_on", kind="date", zh="入户日期", en="since when in the village; empty if from the start",
        sensitivity=FieldClass.S2, default=None, is_given=False, in_snapshot=True, in_directory=True,
    ),
    Field(
        name="came_from", kind="text", zh="原居住村代码", en="village where the person was registered before",
        sensitivity=FieldClass.S2, default=None, is_given=False, in_snapshot=True, in_directory=True,
    ),
)  # fmt: skip
