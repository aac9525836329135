"""Errors of pairings and rotation."""

from __future__ import annotations

from servicekit.problems import Conflict, InvalidInput, NotFound


class PairingNotFound(NotFound):
    """404: no such pairing of a household within the caller's areas."""

    code = "registry.pairing.not_found"
    title = "未找到该结对"


class PairingInvalid(InvalidInput):
    """422: the person is no helper there on that day, or the days do not go together."""

    code = "registry.pairing.invalid"
    title = "结对信息不合要求"


class HasHelper(Conflict):
    """409: the household has a helper in these days."""

    code = "registry.pairing.has_helper"
    title = "该户在此期间已有帮扶责任人"
    advice = "更换帮扶责任人请在 replaces 中填写现有结对的 id,新旧衔接,中间不断档。"


class PairingOver(Conflict):
    """409: the pairing has ended already."""

    code = "registry.pairing.over"
    title = "该结对已经结束"


class WouldOrphan(Conflict):
    """409: a monitored household would have no helper."""

    code = "registry.pairing.would_orphan"
    title = "该户是监测对象,不能没有帮扶责任人"
    advice = "请用 POST /v1/pairings 指定接替人(replaces 填写本结对的 id)。"


class HouseholdsLeft(Conflict):
    """409: households would have no helper; `households_left` says how many, nothing was changed."""

    code = "registry.pairing.households_left"
    title = "还有结对户没有接替人,未执行"
    advice = "请用 POST /v1/staff/{id}/rotation?dry_run=true 查看这些户,并为每户指定接替人。"


class RotationInvalid(InvalidInput):
    """422: the rotation names a term or households that are not this person's."""

    code = "registry.rotation.invalid"
    title = "轮换信息不合要求"
