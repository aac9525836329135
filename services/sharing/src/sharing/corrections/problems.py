"""Errors of corrections."""

from __future__ import annotations

from servicekit.problems import Conflict, Forbidden, InvalidInput, NotFound


class UnknownCorrection(NotFound):
    """404: no such correction of the caller's areas and department."""

    code = "sharing.correction.unknown"
    title = "没有这条数据更正申请"
    advice = "请用 GET /v1/corrections 查看本部门、本区域的数据更正申请。"


class NotContestable(InvalidInput):
    """422: what is contested is nothing that the finding rests on."""

    code = "sharing.correction.not_contestable"
    title = "所指数据不是该比对结果的依据"
    advice = "请按 errors 修改;allowed 为该比对结果所依据的数据集,字段见 GET /v1/datasets/{code}。"


class FindingGone(Conflict):
    """409: the finding was withdrawn: nothing that stands rests on the data."""

    code = "sharing.correction.finding_gone"
    title = "该比对结果已撤回,无须申请更正"
    advice = "请重新读取比对结果(GET /v1/findings/{id});如再次出现,可再申请更正。"


class AlreadyAsked(Conflict):
    """409: the department has been asked about this finding and dataset and has not answered."""

    code = "sharing.correction.already_asked"
    title = "已就该比对结果和数据集申请更正,待部门答复"
    advice = "请查看 correction_id 所指的申请;如须修改,请先撤回再重新申请。"


class NotOpen(Conflict):
    """409: the correction is over."""

    code = "sharing.correction.not_open"
    title = "该数据更正申请已办结或撤回"
    advice = "请重新读取该申请,查看结果;如仍有异议,可就同一比对结果再次申请。"


class AnswerInvalid(InvalidInput):
    """422: the answer lacks what the rules demand."""

    code = "sharing.correction.answer_invalid"
    title = "答复不符合要求"
    advice = "请按 errors 补全:维持不变须有原因代码和说明;已更正的不填原因代码。"


class NotInHand(Forbidden):
    """403: the caller has not taken the correction's duty in hand."""

    code = "sharing.correction.not_in_hand"
    title = "您尚未接手该数据更正事项"
    advice = "请先用 POST /v1/duties/{duty_id}/accept 接手 K01 事项(申请后一分钟内下达),或由接手人答复。"


class AskerAnswers(Forbidden):
    """403: who asked does not answer for the department."""

    code = "sharing.correction.second_person"
    title = "申请人不能代部门答复"
    advice = "请由数据报送部门,或监测中心的另一人答复。"
