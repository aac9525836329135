"""Photos and scans: kept once by their hash, sealed, seen by who works on the household, never run by a browser."""

from __future__ import annotations

import hashlib
from typing import Any

import httpx
import pytest
from pairing_case import helper, home, pairing
from registry_world import TOWN
from roster_case import made
from sqlalchemy import text

from registry.attachments import rules
from servicekit.crypto import DecryptionError, FieldCipher
from servicekit.db import Database

PNG = b"\x89PNG\r\n\x1a\n" + b"<script>alert(1)</script>" * 4
JPEG = b"\xff\xd8\xff\xe0" + bytes(200)
PDF = b"%PDF-1.7\n" + b"scan" * 20


def place(household: str, data: bytes) -> str:
    return f"/v1/households/{household}/attachments/{hashlib.sha256(data).hexdigest()}"


async def keep(client: httpx.AsyncClient, headers: dict[str, str], household: str, data: bytes, kind: str) -> Any:
    return await client.put(place(household, data), content=data, headers=headers | {"Content-Type": kind})


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (JPEG, "image/jpeg"),
        (PNG, "image/png"),
        (PDF, "application/pdf"),
        (b"GIF89a", None),
        (b"", None),
        (b"<svg", None),
    ],
)
def test_bytes_are_what_they_begin_as(data: bytes, kind: str | None) -> None:
    assert rules.media_type_of(data) == kind


async def test_a_file_is_kept_once_and_given_back_as_a_file(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    household = await home(client, county)
    first, again = [await keep(client, county, household, PNG, "image/png") for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 200), again.text
    assert first.json() == again.json()
    assert (first.json()["media_type"], first.json()["size_bytes"]) == ("image/png", len(PNG))
    listed = await client.get(f"/v1/households/{household}/attachments", headers=county)
    assert listed.json()["items"] == [first.json()]
    seen = await client.get(place(household, PNG), params={"purpose_code": "assistance"}, headers=county)
    assert (seen.status_code, seen.content) == (200, PNG)
    assert seen.headers["content-disposition"].startswith("attachment;")
    assert seen.headers["cache-control"] == "no-store"
    assert seen.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in seen.headers["content-security-policy"]
    async with registry_database.transaction() as session:
        ((data,),) = (
            await session.execute(text("SELECT data FROM attachment WHERE household_id = :id"), {"id": household})
        ).all()
        ((purpose,),) = (
            await session.execute(
                text("SELECT purpose_code FROM attachment_look WHERE household_id = :id"), {"id": household}
            )
        ).all()
    assert b"script" not in data, "the bytes are sealed"
    assert purpose == "assistance"


async def test_what_is_none_of_the_three_or_something_else_than_it_says_is_not_kept(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    household = await home(client, county)
    wrong = {
        "a page": (b"<html><script>", "image/png", 415, "registry.attachment.type"),
        "another type": (PNG, "application/pdf", 415, "registry.attachment.type"),
        "a type of its own": (b"GIF89a...", "image/gif", 415, "registry.attachment.type"),
        "nothing": (b"", "image/png", 415, "registry.attachment.type"),
        "too large": (PNG + bytes(10 * 1024 * 1024), "image/png", 413, "registry.attachment.too_large"),
    }
    for what, (data, kind, status, code) in wrong.items():
        answer = await keep(client, county, household, data, kind)
        assert (answer.status_code, answer.json()["code"]) == (status, code), what
    other = place(household, JPEG)
    answer = await client.put(other, content=PNG, headers=county | {"Content-Type": "image/png"})
    assert (answer.status_code, answer.json()["code"]) == (422, "registry.attachment.hash")
    packed = county | {"Content-Type": "image/png", "Content-Encoding": "gzip"}
    assert (await client.put(place(household, PNG), content=PNG, headers=packed)).status_code == 415
    listed = await client.get(f"/v1/households/{household}/attachments", headers=county)
    assert listed.json()["items"] == []


async def test_only_who_works_on_the_household_sees_it_and_looks_are_limited(
    client: httpx.AsyncClient, county: dict[str, str], headers: Any
) -> None:
    household = await home(client, county)
    assert (await keep(client, county, household, JPEG, "image/jpeg")).status_code == 201
    why = {"purpose_code": "assistance"}
    for who, status in (
        (headers(areas=["990102000000"]), 404),
        (headers(areas=[TOWN], scopes=["households:read"]), 403),
        (headers(areas=[TOWN], scopes=["contacts:write"], client_id="helper-of-town"), 200),
    ):
        assert (await client.get(place(household, JPEG), params=why, headers=who)).status_code == status
    elsewhere = await home(client, county)
    assert (await client.get(place(elsewhere, JPEG), params=why, headers=county)).status_code == 404
    assert (await client.get(place(household, JPEG), headers=county)).status_code == 422, "say why"
    often = headers(client_id="looks-often")
    answers = [await client.get(place(household, JPEG), params=why, headers=often) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]


async def test_a_contact_names_files_that_are_kept(client: httpx.AsyncClient, county: dict[str, str]) -> None:
    household, cadre = await home(client, county), await helper(client, county)
    await made(client, county, "/v1/pairings", **pairing(household, cadre.id))
    photo = hashlib.sha256(JPEG).hexdigest()
    contact = {
        "household_id": household, "staff_id": cadre.id, "happened_on": "2026-02-01", "way": "visit",
        "attachments": [photo],
    }  # fmt: skip
    refused = await client.post("/v1/contacts", json=contact, headers=county)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/attachments/0")
    assert (await keep(client, county, household, JPEG, "image/jpeg")).status_code == 201
    recorded = await made(client, county, "/v1/contacts", **contact)
    assert recorded["attachments"] == [photo]
    listed = await client.get("/v1/contacts", params={"household_id": household}, headers=county)
    assert [item["attachments"] for item in listed.json()["items"]] == [[photo]]


async def test_a_sealed_file_in_the_place_of_another_does_not_open(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database, app: Any
) -> None:
    mine, other = await home(client, county), await home(client, county)
    for household in (mine, other):
        assert (await keep(client, county, household, PDF, "application/pdf")).status_code == 201
    async with registry_database.transaction() as session:
        ((sealed_key,),) = (
            await session.execute(text("SELECT sealed_key FROM attachment WHERE household_id = :id"), {"id": mine})
        ).all()
    cipher: FieldCipher = app.state.keys.cipher
    hashed = hashlib.sha256(PDF).hexdigest()
    assert cipher.decrypt(sealed_key, f"attachment|{mine}|{hashed}")
    with pytest.raises(DecryptionError):
        cipher.decrypt(sealed_key, f"attachment|{other}|{hashed}")
