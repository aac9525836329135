"""The issuer asks for what we rely on: a second factor, PKCE, and a page that people here can read."""

from __future__ import annotations

import pytest

from .browser import Realm, address_of, challenge_of, claims_of, redeem, tokens_of, visit

pytestmark = pytest.mark.keycloak

VERIFIER = "v" * 64
CHALLENGE = {"code_challenge": challenge_of(VERIFIER), "code_challenge_method": "S256"}


async def test_a_person_signs_in_on_a_chinese_page_and_the_token_says_who_and_nothing_else(realm: Realm) -> None:
    person = realm.people[0]
    claims = claims_of((await tokens_of(realm, person))["access_token"])
    assert (claims["iss"], claims["sub"]) == (realm.issuer, person.subject)
    assert set(claims["amr"]) == {"pwd", "otp"}
    assert {"name", "email", "preferred_username"}.isdisjoint(claims)
    page = await visit(address_of(realm, realm.client_id, **CHALLENGE), person, code="000000")
    assert 'lang="zh-CN"' in page.page


async def test_a_password_without_the_second_factor_is_not_enough(realm: Realm) -> None:
    answer = await visit(address_of(realm, realm.client_id, **CHALLENGE), realm.people[1], code="000000")
    assert answer.location is None


async def test_a_code_is_worth_nothing_with_another_verifier(realm: Realm) -> None:
    answer = await visit(address_of(realm, realm.client_id, **CHALLENGE), realm.people[2])
    refused = await redeem(realm, realm.client_id, answer.parameters["code"], "w" * 64)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


async def test_an_application_that_does_without_pkce_is_turned_away(realm: Realm) -> None:
    answer = await visit(address_of(realm, realm.client_id), realm.people[2])
    assert answer.parameters["error"] == "invalid_request"
