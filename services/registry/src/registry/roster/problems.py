"""Errors of the roster."""

from __future__ import annotations

from servicekit.problems import Conflict, InvalidInput, NotFound


class UnitNotFound(NotFound):
    """404: no such unit within the caller's areas."""

    code = "registry.unit.not_found"
    title = "未找到该单位"


class UnitInvalid(InvalidInput):
    """422: a unit of this kind is not there, or needs something else."""

    code = "registry.unit.invalid"
    title = "单位信息不合要求"


class UnitExists(Conflict):
    """409: there is one of this name, or of this department, in the area."""

    code = "registry.unit.exists"
    title = "该区划已有同名单位或同一部门"
    advice = "请用 GET /v1/units 查找该单位;更名请用 PATCH。"


class UnitInUse(Conflict):
    """409: a unit does not end while somebody active belongs to it."""

    code = "registry.unit.in_use"
    title = "该单位还有在岗人员或任职,不能停用"
    advice = "请先把人员调往其他单位或停用,并结束以该单位名义的任职。"


class UnitEnded(Conflict):
    """409: nobody is put into a unit that is not active."""

    code = "registry.unit.ended"
    title = "该单位已停用"
    advice = "请选择在用的单位;如需恢复,请用 PATCH /v1/units/{id}。"


class StaffNotFound(NotFound):
    """404: nobody of this id within the caller's areas."""

    code = "registry.staff.not_found"
    title = "未找到该人员"


class StaffExists(Conflict):
    """409: the staff number is somebody else's."""

    code = "registry.staff.exists"
    title = "人员编号已被使用"
    advice = "请用 GET /v1/staff?staff_no= 查找该人员;一人只登记一次。"


class StaffInactive(Conflict):
    """409: somebody who is not active gets neither terms nor accounts."""

    code = "registry.staff.inactive"
    title = "该人员已停用"
    advice = "请先用 PATCH /v1/staff/{id} 恢复该人员。"


class StaffInOffice(Conflict):
    """409: somebody is not switched off in the middle of a term."""

    code = "registry.staff.in_office"
    title = "该人员还有未结束的任职,不能停用"
    advice = "请先用 POST /v1/appointments/{id}/end 结束任职,再停用。"


class AccountTaken(Conflict):
    """409: the account is another person's."""

    code = "registry.staff.account_taken"
    title = "该账号已属于另一人"
    advice = "一个账号只属于一人;如登记有误,请先从原人员名下解除。"


class SecondAccount(Conflict):
    """409: the person has another account at this issuer."""

    code = "registry.staff.second_account"
    title = "该人员在此登录系统已有账号"
    advice = "一人在一个登录系统只有一个账号;换号请先解除原账号。"


class AccountNotFound(NotFound):
    """404: the person has no such account."""

    code = "registry.staff.account_not_found"
    title = "该人员没有这个账号"


class AppointmentNotFound(NotFound):
    """404: no such term of somebody within the caller's areas."""

    code = "registry.appointment.not_found"
    title = "未找到该任职"


class AppointmentInvalid(InvalidInput):
    """422: role, unit, area, grid and days do not go together."""

    code = "registry.appointment.invalid"
    title = "任职信息不合要求"


class TermsOverlap(Conflict):
    """409: the person holds this role in this area in these days already."""

    code = "registry.appointment.overlap"
    title = "该人员在同一区域的同一岗位已有重叠的任期"
    advice = "请先结束原任期,或改用不重叠的日期。"


class RolesExclude(Conflict):
    """409: nobody holds these roles at the same time."""

    code = "registry.appointment.roles_exclude"
    title = "系统、安全、审计三类管理员不得由同一人兼任"
    advice = "三权分立:请指派另一人,或先结束该人员现有的管理员任期。"


class LiaisonTaken(Conflict):
    """409: the unit has somebody in this role in these days already."""

    code = "registry.appointment.liaison_taken"
    title = "该部门在此期间已有联络员"
    advice = "一个部门同一时间只有一名联络员:请先结束原联络员的任期。"


class TermOver(Conflict):
    """409: the term has ended already, or its last day is told already."""

    code = "registry.appointment.over"
    title = "该任职已经结束"
    advice = "请重新读取该人员;续任请新增一段任期。"
