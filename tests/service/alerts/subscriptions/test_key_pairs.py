"""Webhooks signed by a key pair: the private key is shown to nobody, the public one to who sees the subscription."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from alerts_world import SECRET_KEY
from pydantic import SecretStr
from webhook_bench import MANAGE, Bench
from webhook_receiver import Receiver

from alerts.subscriptions.service import secret_place
from bangfu.sdk import SignatureInvalid, verify_webhook
from servicekit.crypto import FieldCipher
from servicekit.settings import key_bytes


async def keys_of(bench: Bench, subscription: dict[str, Any], *scopes: str, **caller: Any) -> Any:
    path = f"/v1/subscriptions/{subscription['id']}/public-keys"
    return await bench.client.get(path, headers=bench.headers(*(scopes or MANAGE), **caller))


async def test_a_webhook_signed_by_a_key_pair_is_verified_by_the_public_key_alone(
    bench: Bench, receiver: Receiver
) -> None:
    mine = await bench.subscribe(receiver.url("/mine"), signature="v1a")
    other = await bench.subscribe(receiver.url("/other"), signature="v1a")
    assert (mine["secret"], mine["signature"]) == (None, "v1a")
    assert (await keys_of(bench, mine)).json() == {"signature": "v1a", "public_keys": [mine["public_key"]]}
    household = await bench.publish()
    await bench.sender.settle()
    sent = {request.path: request for request in receiver.received}
    request = sent["/mine"]
    assert request.headers["webhook-signature"].startswith("v1a,")
    event = verify_webhook(mine["public_key"], request.headers, request.body)
    assert event.data.model_dump()["household_id"] == household
    for keys, body in (
        (other["public_key"], request.body),  # handed on from one receiver to another
        (mine["public_key"], request.body + b" "),
        ("whsec_" + mine["public_key"].removeprefix("whpk_"), request.body),
    ):
        with pytest.raises(SignatureInvalid):
            verify_webhook(keys, request.headers, body)


async def test_the_private_key_is_sealed_and_shown_to_nobody(bench: Bench, receiver: Receiver) -> None:
    subscription = await bench.subscribe(receiver.url(), signature="v1a")
    (row,) = await bench.world.rows(
        "SELECT secret FROM subscription WHERE id = CAST(:id AS uuid)", id=subscription["id"]
    )
    cipher = FieldCipher(key_bytes(SecretStr(SECRET_KEY)))
    private = cipher.decrypt(row["secret"], secret_place(subscription["id"]))
    assert private.startswith("whsk_")
    path = f"/v1/subscriptions/{subscription['id']}"
    rotated = await bench.client.post(f"{path}/rotate-secret", headers=bench.headers(*MANAGE))
    shown = [
        subscription,
        await bench.subscription(subscription),
        rotated.json(),
        (await keys_of(bench, subscription)).json(),
    ]
    assert private.removeprefix("whsk_") not in str(shown)
    assert "whsk_" not in str(shown)


async def test_both_keys_of_a_rotation_sign_until_the_old_one_is_revoked(bench: Bench, receiver: Receiver) -> None:
    subscription = await bench.subscribe(receiver.url(), signature="v1a")
    path = f"/v1/subscriptions/{subscription['id']}"
    rotated = (await bench.client.post(f"{path}/rotate-secret", headers=bench.headers(*MANAGE))).json()
    assert rotated["secret"] is None
    both = [rotated["public_key"], subscription["public_key"]]
    assert (await keys_of(bench, subscription)).json()["public_keys"] == both
    await bench.publish()
    await bench.sender.settle()
    (request,) = receiver.received
    for key in both:
        assert verify_webhook(key, request.headers, request.body)
    await bench.client.post(f"{path}/revoke-previous-secret", headers=bench.headers(*MANAGE))
    assert (await keys_of(bench, subscription)).json()["public_keys"] == both[:1]


async def test_who_sees_a_subscription_sees_its_public_keys_and_a_shared_secret_has_none(
    bench: Bench, receiver: Receiver
) -> None:
    pair, shared = await bench.subscribe(receiver.url(), signature="v1a"), await bench.subscribe(receiver.url())
    assert (await keys_of(bench, shared)).json() == {"signature": "v1", "public_keys": []}
    assert shared["public_key"] is None
    bureau = await keys_of(bench, pair, "subscriptions:administer", client_id="bureau")
    assert len(base64.b64decode(bureau.json()["public_keys"][0].removeprefix("whpk_"))) == 32
    assert (await keys_of(bench, pair, client_id="somebody-else")).status_code == 404
    refused = await bench.client.post(
        "/v1/subscriptions", json={"name": "x", "channel": "pull", "signature": "v1a"}, headers=bench.headers(*MANAGE)
    )
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/signature"]
