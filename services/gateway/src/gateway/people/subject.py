"""What is looked at in a token of a person's issuer whose signature holds. Pure.

Source: RFC 9068 4, RFC 8693 2.1, OpenID Connect Core 2 (what an ID token is).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from gateway.people.declared import PeopleIssuer
from gateway.people.reasons import Reason

ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - names of RFC 8693 3
JWT = "urn:ietf:params:oauth:token-type:jwt"
ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"  # noqa: S105
TOKEN_TYPES = frozenset({ACCESS_TOKEN, JWT, ID_TOKEN})

_LEEWAY_S = 30  # for the beginning only: nothing goes on beyond the end of a sign-in
_LATEST_S = 10**11
_ACCOUNT_CHARACTERS = 255
_OF_ID_TOKENS = frozenset({"nonce", "at_hash", "c_hash"})
_OF_ACCESS_TOKENS = frozenset({"scope", "scp", "client_id"})
_PLAIN = frozenset({"", "jwt"})


@dataclass(frozen=True, slots=True)
class Subject:
    """An account that signed in: at which issuer, until when (seconds since the epoch), how."""

    issuer: str
    account: str
    expires_at_s: float
    has_second_factor: bool


def subject_of(
    header: Mapping[str, Any], claims: Mapping[str, Any], declared: PeopleIssuer, now_s: float
) -> Subject | Reason:
    """Give who signed in, or what is wrong with the token."""
    if not _is_taken(header, claims, declared):
        return Reason.TYPE
    audience = claims.get("aud")
    named = [*(audience if isinstance(audience, list) else [audience]), claims.get("azp"), claims.get("client_id")]
    if not any(isinstance(name, str) and name in declared.client_ids for name in named):
        return Reason.AUDIENCE
    expires = claims.get("exp")
    if not _is_time(expires) or expires <= now_s:
        return Reason.EXPIRED
    for name in ("nbf", "iat"):
        begins = claims.get(name, 0)
        if not _is_time(begins) or begins - _LEEWAY_S > now_s:
            return Reason.EXPIRED
    account = claims.get(declared.subject_claim)
    if not isinstance(account, str) or not 0 < len(account) <= _ACCOUNT_CHARACTERS or not account.isprintable():
        return Reason.ACCOUNT
    return Subject(declared.issuer, account, float(expires), _has_second_factor(claims, declared))


def _is_taken(header: Mapping[str, Any], claims: Mapping[str, Any], declared: PeopleIssuer) -> bool:
    """Tell whether it is an access token, as far as its issuer says; where it says nothing, there must be evidence."""
    kind, said = header.get("typ", ""), claims.get("typ")
    if not isinstance(kind, str) or not isinstance(said, str | None):
        return False
    kind = kind.lower()
    is_listed = kind in declared.token_types
    if said is not None:  # Keycloak says it in the payload: Bearer, ID, Refresh, Offline, Logout
        said = said.lower()
        return (is_listed and said == "bearer") or (declared.takes_id_tokens and said == "id" and kind in _PLAIN)
    if kind not in _PLAIN:
        return is_listed
    looks_like_id_token = bool(_OF_ID_TOKENS & set(claims)) or not _OF_ACCESS_TOKENS & set(claims)
    return declared.takes_id_tokens or (is_listed and not looks_like_id_token)


def _has_second_factor(claims: Mapping[str, Any], declared: PeopleIssuer) -> bool:
    """Tell whether the sign-in was as strong as this issuer's must be (RFC 8176, OpenID Connect Core 2)."""
    means = claims.get("amr")
    given = {mean for mean in means if isinstance(mean, str)} if isinstance(means, list) else set()
    is_strong = not declared.acr_values or claims.get("acr") in declared.acr_values
    return is_strong and (not declared.amr_values or bool(given & declared.amr_values))


def _is_time(value: object) -> TypeGuard[float]:
    # NaN lies between nothing.
    return isinstance(value, int | float) and not isinstance(value, bool) and -_LATEST_S < value < _LATEST_S
