"""Webhook signatures, against the reference implementation of Standard Webhooks."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from bangfu.sdk import SignatureInvalid, verify_webhook

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
OTHER = "whsec_" + base64.b64encode(b"another-secret-another-secret-32").decode()
AT = datetime(2026, 11, 10, 1, tzinfo=UTC)
BODY = json.dumps(
    {
        "specversion": "1.0", "id": "e1", "source": "/bangfu/alerts", "type": "bangfu.alerts.alert.published.v1",
        "subject": "h1", "time": "2026-11-10T01:00:00Z",
        "data": {
            "alert_id": "a1", "position": 1, "kind": "raised", "clue_id": "c1", "household_id": "h1",
            "area_code": "990101101201", "risk_type": "01", "severity": "RED", "state": "dispatched",
            "link": "/v1/clues/c1",
        },
    }
)  # fmt: skip


def headers(secret: str = SECRET) -> dict[str, str]:
    return {
        "Webhook-Id": "e1",
        "Webhook-Timestamp": str(int(AT.timestamp())),
        "Webhook-Signature": Webhook(secret).sign("e1", AT, BODY),
    }


def test_a_signed_alert_is_returned() -> None:
    event = verify_webhook(SECRET, headers(), BODY.encode(), now_s=AT.timestamp() + 20)
    assert event.data.position == 1


def test_while_a_secret_is_rotated_either_fits() -> None:
    assert verify_webhook([OTHER, SECRET], headers(), BODY.encode(), now_s=AT.timestamp())


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"Webhook-Signature": "v1,AAAA"}, "fits"),
        ({"Webhook-Id": "e2"}, "fits"),
        ({"Webhook-Timestamp": "yesterday"}, "number"),
    ],
)
def test_a_forged_header_is_refused(change: dict[str, str], what: str) -> None:
    with pytest.raises(SignatureInvalid, match=what):
        verify_webhook(SECRET, headers() | change, BODY.encode(), now_s=AT.timestamp())


def test_a_changed_body_an_old_message_another_secret_and_a_missing_header_are_refused() -> None:
    now_s = AT.timestamp()
    with pytest.raises(SignatureInvalid):
        verify_webhook(SECRET, headers(), BODY.replace("RED", "INFO").encode(), now_s=now_s)
    with pytest.raises(SignatureInvalid, match="off"):
        verify_webhook(SECRET, headers(), BODY.encode(), now_s=now_s + 301)
    with pytest.raises(SignatureInvalid):
        verify_webhook(OTHER, headers(), BODY.encode(), now_s=now_s)
    with pytest.raises(SignatureInvalid, match="missing"):
        verify_webhook(SECRET, {}, BODY.encode(), now_s=now_s)
