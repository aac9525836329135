"""Errors of episodes."""

from __future__ import annotations

from servicekit.problems import Conflict, Forbidden, InvalidInput, NotFound


class EpisodeNotFound(NotFound):
    """404: no such episode within the caller's areas."""

    code = "registry.episode.not_found"
    title = "未找到该监测记录"


class IllegalTransition(Conflict):
    """409: the step may not follow the present state; `legal_next` lists those that may."""

    code = "registry.episode.illegal_transition"
    title = "当前环节不能转到该环节"
    advice = "请按 legal_next 中的环节办理。"


class StepRefused(Conflict):
    """409: something that the step needs has not happened yet; `errors` list it."""

    code = "registry.episode.precondition"
    title = "尚不具备办理条件"
    advice = "请先补齐 errors 中列出的事项。"


class StepInvalid(InvalidInput):
    """422: the request lacks what the step must record; `errors` point at it."""

    code = "registry.episode.step_invalid"
    title = "环节记录不完整"


class StepNotAllowed(Forbidden):
    """403: the step belongs to another level (separation of duty)."""

    code = "registry.episode.step_scope"
    title = "该环节须由其他层级办理"
    advice = "核实、审核、审定须由不同权限的人员办理,请由有 required_scope 的客户端提交。"


class HouseholdHasEpisode(Conflict):
    """409: the household already has an active episode."""

    code = "registry.episode.active_exists"
    title = "该户已有在办的监测记录"


class NotRefused(Conflict):
    """409: only a written refusal is appealed against, once."""

    code = "registry.episode.not_refused"
    title = "该记录没有可申诉的不予纳入决定"
    advice = "申诉针对状态 REJECTED 的记录,每个决定申诉一次;其他情况请按新线索办理。"


class AppealTooLate(Conflict):
    """409: the days within which a refusal is appealed against are over."""

    code = "registry.episode.appeal_late"
    title = "已超过申诉期限"
    advice = "期限见政策参数 episodes.appeal_days;情况有变化的,请按新线索办理。"


class EndingsCapped(Conflict):
    """409: as many households of the township as policy allows have left monitoring today."""

    code = "registry.episode.endings_capped"
    title = "今日本乡镇退出监测的户数已达上限"
    advice = "请核对是否误操作;确需办理的,请次日再办,或由主管部门在政策参数 episodes.endings_per_day 中调整上限。"


class RefusalsCapped(Conflict):
    """409: as many households of the township as policy allows were refused or withdrew today."""

    code = "registry.episode.refusals_capped"
    title = "今日本乡镇不予纳入和撤回申请的户数已达上限"
    advice = "请核对是否误操作;确需办理的,请次日再办,或由主管部门在政策参数 episodes.refusals_per_day 中调整上限。"


class GreenChannelRefused(Conflict):
    """409: the green channel is for sudden disasters and accidents, after a visit; `errors` say why."""

    code = "registry.green_channel.precondition"
    title = "不符合绿色通道条件"
    advice = "请先补齐 errors 中列出的事项;其他情况请按正常程序办理。"


class GreenChannelAsked(Conflict):
    """409: the green channel of this episode was asked for, or is open."""

    code = "registry.green_channel.asked"
    title = "该记录已申请或已开通绿色通道"
    advice = "请重新读取该记录(green_channel);被退回的可重新申请。"


class GreenChannelNotAsked(Conflict):
    """409: nobody asks for the green channel, or it was decided."""

    code = "registry.green_channel.not_asked"
    title = "该记录没有待审批的绿色通道申请"
    advice = "请重新读取该记录(green_channel)。"


class GreenChannelSecondPerson(Forbidden):
    """403: who asks for the green channel does not approve it."""

    code = "registry.green_channel.second_person"
    title = "绿色通道须由另一人审批"
    advice = "请由申请人以外、具有 episodes:expedite 的另一人审批。"
