"""The key of the webhook secrets is changed while subscriptions exist; subscribers notice nothing."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from alerts.keys import rotate_encryption, uses
from alerts.petitions.store import petitioner_place
from alerts.settings import AlertsSettings
from alerts.subscriptions.service import secret_place
from servicekit import keys
from servicekit.db import Database
from servicekit.ids import new_id

OLD, NEW = (base64.b64encode(os.urandom(32)).decode() for _ in range(2))


def settings(url: str, **values: Any) -> AlertsSettings:
    return AlertsSettings.model_validate(
        {"mode": "embedded", "database_url": url, "bus_url": "embedded:unused"} | values
    )


@pytest.fixture(scope="module")
def url(service_database_url: Callable[[str], str]) -> str:
    return service_database_url("alerts")


async def test_secrets_and_their_predecessors_are_sealed_anew_and_stay_the_same(url: str) -> None:
    before = settings(url, secret_key=OLD)
    after = settings(url, secret_key=NEW, secret_key_id="k2", other_secret_keys={"k1": OLD})
    old, new = before.keyring("secret_key").cipher(), after.keyring("secret_key").cipher()
    ids, petitions = [new_id() for _ in range(7)], [new_id() for _ in range(5)]
    database = Database(url, service="alerts")
    async with database.transaction() as session:
        for number, subscription in enumerate(ids):
            place = secret_place(subscription)
            await session.execute(
                text(
                    "INSERT INTO subscription (id, client_id, name, channel, areas, area_lows, area_highs, url, state,"
                    " secret, previous_secret, created_at, updated_at) VALUES (CAST(:id AS uuid), 'c', 'n', 'webhook',"
                    " '{990000000000}', '{990}', '{991}', 'https://x.example', 'active', :secret, :previous, now(),"
                    " now())"
                ),
                {
                    "id": subscription,
                    "secret": old.encrypt(f"s{number}", place),
                    "previous": old.encrypt(f"p{number}", place) if number % 2 else None,
                },
            )
        for petition in petitions:
            await session.execute(
                text(
                    "INSERT INTO petition (id, county_code, source, ticket_no, category, received_on, area_code,"
                    " petitioner, summary, origin, counts_from, due_on, is_estimate, state, version, reopened,"
                    " registered_by, registered_on, updated_at) VALUES (CAST(:id AS uuid), '990101000000', 'petition',"
                    " :id, 'other', '2026-11-10', '990101101000', :petitioner, '反映', '', '2026-11-10', '2026-11-10',"
                    " false, 'open', 1, 0, 'c', '2026-11-10', now())"
                ),
                {"id": petition, "petitioner": old.encrypt("王某某", petitioner_place(petition))},
            )
        await keys.check_in(session, before.keyrings())
        await keys.check_in(session, after.keyrings())
        with pytest.raises(keys.KeyMismatch, match="still needed: 7 subscriptions, 5 petitions"):
            await keys.retire(session, after.keyring("secret_key"), "k1", await uses(session, "secret", "k1"))

    assert await rotate_encryption(after, database, 2) == 12
    assert await rotate_encryption(after, database, 2) == 0

    async with database.transaction() as session:
        rows = await session.execute(text("SELECT id::text, secret, previous_secret FROM subscription"))
        alone = settings(url, secret_key=NEW, secret_key_id="k2").keyring("secret_key").cipher()
        found = {row.id: (row.secret, row.previous_secret) for row in rows}
        for number, subscription in enumerate(ids):
            secret, previous = found[subscription]
            assert new.is_current(secret)
            assert alone.decrypt(secret, secret_place(subscription)) == f"s{number}"
            assert (alone.decrypt(previous, secret_place(subscription)) if previous else None) == (
                f"p{number}" if number % 2 else None
            )
        sealed = await session.execute(text("SELECT id::text, petitioner FROM petition"))
        assert {alone.decrypt(row.petitioner, petitioner_place(row.id)) for row in sealed} == {"王某某"}
        await keys.retire(session, after.keyring("secret_key"), "k1", await uses(session, "secret", "k1"))
        await keys.check_in(session, settings(url, secret_key=NEW, secret_key_id="k2").keyrings())
        with pytest.raises(keys.KeyMismatch, match="was retired"):
            await keys.check_in(session, settings(url, secret_key=OLD, other_secret_keys={"k2": NEW}).keyrings())
    await database.dispose()
