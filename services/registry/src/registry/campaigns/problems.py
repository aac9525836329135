"""Errors of campaigns."""

from __future__ import annotations

from servicekit.problems import Conflict, InvalidInput, NotFound


class CampaignNotFound(NotFound):
    """404: no such campaign in the caller's areas."""

    code = "registry.campaign.not_found"
    title = "未找到该行动"


class CampaignInvalid(InvalidInput):
    """422: days or area do not go together."""

    code = "registry.campaign.invalid"
    title = "行动信息不合要求"


class CampaignOverlaps(Conflict):
    """409: another campaign of the kind runs there in these days; `campaign_id` says which."""

    code = "registry.campaign.overlaps"
    title = "同类行动在该区域的时间重叠"
    advice = "请改用已有的行动(campaign_id),或调整起止日期、区域;误发起的行动可先取消。"


class CampaignCancelled(Conflict):
    """409: the campaign was cancelled."""

    code = "registry.campaign.cancelled"
    title = "该行动已取消"
