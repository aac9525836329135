"""Errors of subscriptions."""

from __future__ import annotations

from servicekit.problems import Conflict, FieldError, InvalidInput, NotFound, Unavailable


class SubscriptionNotFound(NotFound):
    """404: no such subscription of this client."""

    code = "alerts.subscription.not_found"
    title = "未找到该订阅"
    advice = "请核对订阅编号;订阅只对创建它的客户端可见。"


class DeliveryNotFound(NotFound):
    """404: the subscription has no event at that position."""

    code = "alerts.subscription.delivery_not_found"
    title = "该订阅没有这个位置的事件"
    advice = "请从推送记录中选择 position;不在订阅范围内的事件不会推送。"


class SubscriptionInvalid(InvalidInput):
    """422: the subscription cannot work as described."""

    code = "alerts.subscription.invalid"
    title = "订阅内容不合要求"
    advice = "请按 errors 修改:webhook 必须有 url,其他渠道不得有 url。"


class TargetForbidden(InvalidInput):
    """422: webhooks may not go to that URL."""

    code = "alerts.subscription.target_forbidden"
    title = "不允许推送到该地址"
    advice = "请使用 https 地址,并请管理员把主机或网段加入 ALERTS_WEBHOOK_ALLOW。"

    def __init__(self, reason: str = "", detail: str = "") -> None:
        """Say why, by a stable word and in a text that never repeats an address that was resolved."""
        errors = [FieldError("/url", reason, detail)] if reason else []
        super().__init__("webhooks may not go to that URL", errors=errors)
        self.reason = reason


class NotAWebhook(Conflict):
    """409: the step makes sense for webhooks only."""

    code = "alerts.subscription.not_webhook"
    title = "该订阅不是 webhook"
    advice = "SSE 与拉取订阅请用 after 参数自行从任意位置重读。"


class SubscriptionDisabled(Conflict):
    """409: the subscription is disabled."""

    code = "alerts.subscription.disabled"
    title = "订阅已停用"
    advice = "请先修复接收端,再调用 POST /v1/subscriptions/{id}/enable,然后用 replay 补发。"


class RotationUnderWay(Conflict):
    """409: the secret before the last is still valid; a third one would cut off receivers that lag behind."""

    code = "alerts.subscription.rotation_under_way"
    title = "密钥轮换尚未完成"
    advice = "旧密钥在 24 小时内仍有效,请在 previous_secret_valid_until 之后再次轮换。"


class SendingHeld(Unavailable):
    """503: after a restore nothing leaves the system until an operator says so."""

    code = "alerts.subscription.sending_held"
    title = "系统暂停对外发送"
    advice = "系统恢复后由管理员核对并恢复对外发送(bangfu resume),之后再测试。"
