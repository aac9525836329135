"""The fields of a person, a member of a household (家庭成员)."""

from __future__ import annotations

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
        sensitivity=FieldClass.S3, is_editable=True, in_snapshot=True, in_directory=True,
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
        name="relief", kind="code", codes=Relief, zh="享受低保特困", en="minimum living allowance or extreme poverty",
        aliases=("低保特困", "低保或特困"),
        sensitivity=FieldClass.S4, default=Relief.NONE, is_editable=True, in_snapshot=True, in_directory=True,
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
