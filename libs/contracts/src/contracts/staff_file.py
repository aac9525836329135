"""The columns of a file of the roster, one record each: the template, the reader and the pages derive from them.

One row is a person with one term. What a file does not have, or leaves empty, it does not change.
"""

from __future__ import annotations

from typing import Final

from contracts.fields.record import Field, Fields
from contracts.vocabulary import Department, FieldClass, StaffRole, UnitKind

STAFF_FILE: Final[Fields] = (
    Field(
        name="staff_no", kind="text", zh="工号", en="number by which files know the person", sensitivity=FieldClass.S2,
        pattern=r"^[A-Za-z0-9\-]{1,32}$", longest=32, default=None,
        aliases=("人员编号", "职工编号", "工作证号", "编号"),
    ),
    Field(
        name="name", kind="text", zh="姓名", en="name", sensitivity=FieldClass.S3, longest=64,
        aliases=("人员姓名", "干部姓名"),
    ),
    Field(
        name="phone", kind="text", zh="联系电话", en="telephone number", sensitivity=FieldClass.S3,
        pattern=r"^\+?[0-9][0-9 \-]{4,30}$", longest=32, default=None,
        aliases=("手机号", "手机号码", "电话", "联系方式", "电话号码"),
    ),
    Field(
        name="unit_name", kind="text", zh="单位", en="name of the unit", sensitivity=FieldClass.S2, longest=100,
        aliases=("单位名称", "所在单位", "工作单位"),
    ),
    Field(
        name="unit_kind", kind="code", zh="单位类型", en="kind of the unit", sensitivity=FieldClass.S2, codes=UnitKind,
        default=None, aliases=("单位类别", "单位性质"),
    ),
    Field(
        name="unit_area_code", kind="text", zh="单位区划", en="area of a unit that is not registered yet",
        sensitivity=FieldClass.S2, pattern=r"^[0-9]{12}$", longest=12, default=None, aliases=("单位区划代码",),
    ),
    Field(
        name="department", kind="code", zh="部门", en="which department the unit is", sensitivity=FieldClass.S2,
        codes=Department, default=None, aliases=("部门代码", "行业部门"),
    ),
    Field(
        name="role", kind="code", zh="职务", en="role", sensitivity=FieldClass.S2, codes=StaffRole, default=None,
        aliases=("角色", "岗位", "职务/角色", "任职岗位"),
    ),
    Field(
        name="area_code", kind="text", zh="区划", en="area of the term", sensitivity=FieldClass.S2,
        pattern=r"^[0-9]{12}$", longest=12, default=None,
        aliases=("区划代码", "任职区划", "行政区划代码", "负责区划", "任职区划代码"),
    ),
    Field(
        name="grid", kind="text", zh="网格", en="grid", sensitivity=FieldClass.S2, longest=64, default=None,
        aliases=("网格名称", "所属网格", "网格编号"),
    ),
    Field(
        name="first_on", kind="date", zh="任职起", en="first day of the term", sensitivity=FieldClass.S2, default=None,
        aliases=("任职开始", "任职日期", "任期起", "任职起始日期", "任职开始日期"),
    ),
    Field(
        name="last_on", kind="date", zh="任职止", en="last day of the term", sensitivity=FieldClass.S2, default=None,
        aliases=("任职结束", "任期止", "任职截止日期", "任职结束日期"),
    ),
    Field(
        name="subject", kind="text", zh="登录账号", en="subject of the account", sensitivity=FieldClass.S2,
        pattern=r"^[A-Za-z0-9_\-.:@|]{1,128}$", longest=128, default=None, aliases=("账号", "登录名", "用户名"),
    ),
    Field(
        name="issuer", kind="text", zh="签发方", en="issuer of the account", sensitivity=FieldClass.S2,
        pattern=r"^https?://[^\s\x00-\x1f\x7f]{1,200}$", longest=200, default=None,
        aliases=("账号签发方", "登录账号签发方", "身份提供方"),
    ),
)  # fmt: skip
