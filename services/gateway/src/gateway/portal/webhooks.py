"""The `webhooks` of the API's document: what a subscriber's receiver is sent. Pure.

Source: OpenAPI 3.1 (webhooks), Standard Webhooks 1.0.0 (headers, signatures, answers), CloudEvents 1.0 (body).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts import topics
from contracts.events import ALL
from gateway.portal import texts
from servicekit.cloud_events import MEDIA_TYPE

Document = dict[str, Any]

_HEADERS = (
    (
        "webhook-id", {"type": "string"}, True,
        "事件编号,重发不变,用来去重 / the event's id, the same at every attempt: deduplicate by it",
    ),
    (
        "webhook-timestamp", {"type": "string", "pattern": r"^\d+$"}, True,
        "发送时刻(Unix 秒),相差超过5分钟的应拒绝 / of this attempt, in seconds; refuse what is five minutes off",
    ),
    (
        "webhook-signature", {"type": "string"}, True,
        "签名,空格分隔,一个有效即可 / `v1,` (HMAC) or `v1a,` (Ed25519) over id.timestamp.body; one is enough",
    ),
    ("traceparent", {"type": "string"}, False, "W3C Trace Context"),
)  # fmt: skip
_ANSWERS: Document = {
    "2XX": {"description": "已收到,请在15秒内先应答后处理 / taken: answer first, then act"},
    "410": {"description": "不再接收,订阅停用 / gone: the subscription is disabled"},
    "429": {"description": "按 Retry-After 暂停推送 / silent for as long as Retry-After says; so for 503"},
    "default": {"description": "视为失败,按时重试 / anything else, redirects too, is a failure and tried again"},
}


def webhooks(schemas: Mapping[str, Any]) -> Document:
    """Give a webhook for every event that subscribers are sent, by its type.

    Args:
        schemas: Components of the document. An event whose envelope is not among them (its service has not
            answered yet) is left out.
    """
    found: Document = {}
    for event in ALL:
        envelope = f"CloudEvent_{event.__name__}_"
        if event.topic is not topics.ALERT or envelope not in schemas:
            continue
        found[event.event_type] = {
            "post": {
                "operationId": f"receive_{event.event_type.replace('.', '_')}",
                "summary": (event.__doc__ or "").strip().partition("\n")[0],
                "tags": [texts.WEBHOOKS],
                "security": [],
                "parameters": [
                    {"name": name, "in": "header", "required": required, "schema": schema, "description": said}
                    for name, schema, required, said in _HEADERS
                ],
                "requestBody": {
                    "required": True,
                    "content": {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{envelope}"}}},
                },
                "responses": _ANSWERS,
            }
        }
    return dict(sorted(found.items()))
