"""What is wrong with something of the roster, as people read it: Chinese first, English beside."""

from __future__ import annotations

FAULTS = {
    "area_code.unknown": "没有这个区划 / no such area",
    "area_code.level": "该类单位或岗位的区划应为:{levels} / the area of this kind or role has another level",
    "area_code.outside_unit": "任职区域不在单位的区域内 / the area lies outside the unit's",
    "department.missing": "行业部门须填部门代码 / a department says which one",
    "department.none": "该类单位不填部门代码 / this kind of unit has no department",
    "role.unit": "该岗位的人员应属于:{units} / this role belongs to other kinds of unit",
    "grid.missing": "该岗位须填网格 / this role names its grid",
    "grid.none": "该岗位不填网格 / this role has no grid",
    "last_on.later": "晚于已定的最后一天;续任请新增一段任期 / later than the last day that is told; a new term goes on",
    "last_on.range": "任期最后一天早于第一天 / the last day is before the first",
}
