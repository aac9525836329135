"""Errors of clues."""

from __future__ import annotations

from servicekit.problems import Conflict, Forbidden, InvalidInput, NotFound, Overtaken


class ClueNotFound(NotFound):
    """404: no such clue within the caller's areas."""

    code = "alerts.clue.not_found"
    title = "未找到该线索"
    advice = "请核对线索编号,以及该线索是否在您的管辖区域内。"


class HouseholdUnknown(NotFound):
    """404: the household is not in the register, or outside the caller's areas."""

    code = "alerts.household.unknown"
    title = "未找到该农户"
    advice = "请核对户编号;若该户尚未登记,可只填行政村代码 area_code 上报,或先在登记服务中建户。"


class ClueClosed(Overtaken):
    """409: the clue's state does not allow the step."""

    code = "alerts.clue.illegal_step"
    title = "线索当前状态不允许此操作"
    advice = "请重新读取线索;已办结的线索不能再次核实,next_states 列出可进行的步骤。"


class NoExclusion(Overtaken):
    """409: no exclusion of the clue waits for a second person."""

    code = "alerts.clue.no_exclusion"
    title = "没有待复核的排除"
    advice = "请重新读取线索;只有核实人提出排除(exclusion 不为空)后才能复核。"


class SecondPersonNeeded(Forbidden):
    """403: who reported or verified a clue does not confirm its exclusion."""

    code = "alerts.clue.second_person"
    title = "排除须由另一人复核"
    advice = "请由未参与上报、走访和核实的另一人(乡镇或县级,具有 clues:confirm)复核。"


class ExclusionsCapped(Conflict):
    """409: the township's clues that may be excluded on one day are used up."""

    code = "alerts.clue.exclusions_capped"
    title = "该乡镇当日排除线索数已达上限"
    advice = "请于次日再复核;确需提高上限的,请县级主管部门调整政策参数 alerts.exclusions_per_day。"


class PolicyOnlyCapped(Conflict):
    """409: the township's clues that may be left to a department's policy alone on one day are used up."""

    code = "alerts.clue.policy_only_capped"
    title = "该乡镇当日“仅落实政策”线索数已达上限"
    advice = "请核对是否误操作;确需办理的,请于次日再办,或由县级主管部门调整政策参数 alerts.policy_only_per_day。"


class VerificationInvalid(InvalidInput):
    """422: the verification lacks what the rules demand."""

    code = "alerts.verification.invalid"
    title = "核实结果不符合要求"
    advice = "请按 errors 补全:不少于规定人数的不同核实人、入户日期不早于预警日期且不晚于今天;排除须有原因代码和说明。"


class NoCase(Conflict):
    """409: the household is not monitored, so the clue cannot belong to an existing case."""

    code = "alerts.clue.no_existing_case"
    title = "该户不是监测对象"
    advice = "请改选“转识别认定”或“仅政策落实”;若该户刚刚纳入监测,请稍后重试。"


class HouseholdUnresolved(Conflict):
    """409: identification needs a registered household."""

    code = "alerts.clue.household_unresolved"
    title = "尚未关联到登记农户"
    advice = "请先在登记服务中建户,再在核实结果中填写 household_id。"


class DuplicateClue(Conflict):
    """409: the household that was named has an open clue of this risk already."""

    code = "alerts.clue.duplicate"
    title = "该户已有同类未办结线索"
    advice = "请在已有线索上登记核实结果,并将本线索排除(data_error)。"


class ReportInvalid(InvalidInput):
    """422: an application or visit with impossible values."""

    code = "alerts.report.invalid"
    title = "上报内容不合要求"
    advice = "请按 errors 中的位置和说明修改后重新提交。"
