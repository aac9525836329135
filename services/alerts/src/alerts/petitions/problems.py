"""Errors of petitions and public opinion."""

from __future__ import annotations

from servicekit.problems import Conflict, Forbidden, InvalidInput, NotFound


class PetitionNotFound(NotFound):
    """404: no such item of the caller's areas and department."""

    code = "alerts.petition.not_found"
    title = "未找到该信访舆情事项"
    advice = "请核对编号,以及该事项是否属于您的区域和部门。"


class PetitionKnown(Conflict):
    """409: the ticket is registered already."""

    code = "alerts.petition.known"
    title = "该编号的事项已登记"
    advice = "请查询已登记的事项;再次反映的,请对原事项使用“重新办理”。"


class PetitionIllegalStep(Conflict):
    """409: the item's state does not allow the step."""

    code = "alerts.petition.illegal_step"
    title = "该事项当前状态不允许此操作"
    advice = (
        "请重新读取;办理中(open)的可修改、转线索和登记办理结果,已办理(disposed)的可复核,已办结(closed)的可重新办理。"
    )


class PetitionInvalid(InvalidInput):
    """422: what is said of an item does not go together."""

    code = "alerts.petition.invalid"
    title = "信访舆情事项信息不符合要求"
    advice = "请按 errors 修改:承办单位为部门或乡镇,收到日期不晚于今天,办理结果须写明是否已答复。"


class PetitionSecondPerson(Forbidden):
    """403: who dealt with it does not confirm it."""

    code = "alerts.petition.second_person"
    title = "办理结果须由另一人复核"
    advice = "请由未办理过该事项的另一人复核。"


class PetitionNotRegistrar(Forbidden):
    """403: of the departments only the one that keeps petitions and hotlines registers items."""

    code = "alerts.petition.not_registrar"
    title = "该事项由信访部门或主管部门登记"
    advice = "承办部门请登记办理结果;登记、修改、转线索、重新办理和撤销由信访部门或主管部门办理。"
