"""A field outside its agreement is in no answer, file, feed, event, log or receipt, whoever asks for whatever."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.vocabulary import Department, FieldClass
from sharing.products import loading
from sharing.products.service import Mode, ProductField

from .conftest import COUNTY

FIELDS = [f"field_{letter}" for letter in "abcdef"]
SECRETS = {name: f"canary-{name}" for name in FIELDS}
RECEIVERS = ("CIV", "HEA", "BNK")
NAMES = st.lists(st.sampled_from(FIELDS), unique=True)


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """A product whose every field has a value that nothing else has."""
    fields = tuple(
        ProductField(name=name, zh=name, en=name, field_class=FieldClass.S4, sql=f"'{secret}' || p.person_id")
        for name, secret in SECRETS.items()
    )
    product = replace(
        loading.load_products()["low-income-tags"], id="secrets", fields=fields, condition="true",
        receivers=tuple(map(Department, RECEIVERS)), modes=(Mode.LIST, Mode.FILE, Mode.FEED),
    )  # fmt: skip
    monkeypatch.setattr("sharing.products.service.load_products", lambda: {"secrets": product})


async def _draw(
    parties: Any, who: str, agreement: dict[str, Any], requested: list[str] | None, form: str
) -> list[bytes]:
    """Ask in every manner; give all that is answered."""
    place = f"/v1/provision/{agreement['id']}"
    wanted = {} if requested is None else {"fields": ",".join(requested)}
    named = {} if not requested else {"fields": requested}
    answers = [
        await parties.call(who, "GET", f"{place}/rows", params=wanted),
        await parties.call(who, "GET", f"{place}/changes"),
        await parties.call(who, "POST", f"{place}/file", json={"format": form} | named),
        await parties.call(who, "GET", f"/v1/agreements/{agreement['id']}"),
        await parties.call(who, "GET", "/v1/provision/receipts"),
    ]
    return [answer.content for answer in answers]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    receiver=st.sampled_from(RECEIVERS), asker=st.sampled_from(RECEIVERS),
    mode=st.sampled_from(["list", "file", "feed"]),
    agreed=NAMES.filter(bool), requested=st.none() | NAMES, form=st.sampled_from(["csv", "ndjson"]),
)  # fmt: skip
async def test_a_field_outside_its_agreement_is_nowhere(
    parties: Any,
    declared: None,
    capsys: pytest.CaptureFixture[str],
    receiver: str,
    asker: str,
    mode: str,
    agreed: list[str],
    requested: list[str] | None,
    form: str,
) -> None:
    capsys.readouterr()
    agreement = await parties.agreed("secrets", receiver, mode, fields=agreed, area_codes=[COUNTY])
    answers = await _draw(parties, asker.lower(), agreement, requested, form)
    may = set(agreed) if asker == receiver else set()
    if (mode == "list" and requested is not None) or (mode == "file" and requested):
        may &= set(requested)
    seen = {name for name, secret in SECRETS.items() if any(secret.encode() in answer for answer in answers)}
    assert seen == may
    kept = await parties.query(
        "SELECT CAST(to_jsonb(r) AS text) FROM provision_receipt r UNION ALL SELECT CAST(to_jsonb(p) AS text)"
        " FROM provision_person p UNION ALL SELECT CAST(to_jsonb(f) AS text) FROM provision_feed f"
        " UNION ALL SELECT CAST(to_jsonb(o) AS text) FROM outbox o"
    )
    said = "".join(capsys.readouterr()) + "".join(text for (text,) in kept)
    assert "canary" not in said, "values are in no log, event or ledger"
