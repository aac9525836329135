"""Pure parts of client registration and authentication."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard
from urllib.parse import unquote_plus

from joserfc.jwk import JWKRegistry

from gateway.access.problems import InvalidScope
from gateway.problems import OAuthProblem
from servicekit.areas import is_within

SECRET_BYTES = 32
MIN_SECRET_CHARACTERS = 32
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
MAX_ASSERTION_S = 300
LEEWAY_S = 30
_LATEST_S = 10**11
CLIENT_ID = re.compile(r"[a-z0-9][a-z0-9._-]{2,63}")

_JTI = re.compile(r"[\x21-\x7e]{8,128}")
_CURVES = {"EC": {"P-256", "P-384"}, "OKP": {"Ed25519"}}
_MIN_RSA_BITS = 2048
_MAX_KEYS = 5
_LISTS = frozenset({"key_ops", "x5c"})
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


def new_secret() -> str:
    """Give a client secret of 256 random bits."""
    return "bfs_" + secrets.token_urlsafe(SECRET_BYTES)


def hash_of(secret: str) -> str:
    """Give what is stored of a secret.

    One round of SHA-256 is enough: a secret of 256 random bits cannot be guessed, and a slow hash
    would let anybody exhaust the token endpoint.
    """
    return hashlib.sha256(secret.encode()).hexdigest()


def matches(secret: str, stored: Iterable[str | None]) -> bool:
    """Tell, in constant time, whether `secret` has one of the stored hashes."""
    digest = hash_of(secret)
    found = False
    for candidate in stored:
        found |= hmac.compare_digest(digest, candidate or "")
    return found


@dataclass(frozen=True, slots=True)
class Credentials:
    """How a client identified itself: a secret or a signed assertion."""

    client_id: str | None
    secret: str | None = None
    assertion: str | None = None


def credentials_of(authorization: str | None, form: Mapping[str, str]) -> Credentials:
    """Read the client's credentials from the Authorization field or the form.

    Raises:
        OAuthProblem: none, several ways at once, or malformed.
    Source: RFC 6749 2.3.1, RFC 7523 2.2.
    """
    ways = [authorization is not None, "client_secret" in form, "client_assertion" in form]
    if sum(ways) != 1:
        raise OAuthProblem("use exactly one way of client authentication")
    if authorization is not None:
        given = _basic(authorization)
        if form.get("client_id", given.client_id) != given.client_id:
            raise OAuthProblem("client_id differs from the Authorization field")
        return given
    if "client_secret" in form:
        return Credentials(client_id=form.get("client_id"), secret=form["client_secret"])
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise OAuthProblem("client_assertion_type is not jwt-bearer")
    return Credentials(client_id=form.get("client_id"), assertion=form["client_assertion"])


def _basic(authorization: str) -> Credentials:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise OAuthProblem("the Authorization field must be Basic here")
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode()
    except ValueError as error:
        raise OAuthProblem("the Authorization field is not Basic credentials") from error
    client_id, separator, secret = text.partition(":")
    if not separator:
        raise OAuthProblem("the Authorization field is not Basic credentials")
    return Credentials(client_id=unquote_plus(client_id), secret=unquote_plus(secret))


def assertion_fault(
    claims: Mapping[str, Any], *, client_id: str, audiences: frozenset[str], now_s: float
) -> str | None:
    """Say what is wrong with the claims of a client assertion whose signature holds; None if nothing is.

    Source: RFC 7523 section 3; a lifetime of at most five minutes keeps the memory of used ids small.
    """
    if claims.get("iss") != client_id or claims.get("sub") != client_id:
        return "iss and sub must be the client_id"
    audience = claims.get("aud")
    given = audience if isinstance(audience, list) else [audience]
    if not any(isinstance(each, str) and each in audiences for each in given):
        return "aud must be this issuer"
    expires, not_before, issued = (claims.get(name) for name in ("exp", "nbf", "iat"))
    if not _is_number(expires) or expires + LEEWAY_S <= now_s:
        return "the assertion has expired"
    if expires > now_s + MAX_ASSERTION_S + LEEWAY_S:
        return f"the assertion lives longer than {MAX_ASSERTION_S} s"
    for value in (not_before, issued):
        if value is not None and (not _is_number(value) or value - LEEWAY_S > now_s):
            return "the assertion is not valid yet"
    jti = claims.get("jti")
    if not isinstance(jti, str) or not _JTI.fullmatch(jti):
        return "jti must have 8 to 128 visible characters"
    return None


def _is_number(value: object) -> TypeGuard[float]:
    # NaN lies between nothing.
    return isinstance(value, int | float) and not isinstance(value, bool) and -_LATEST_S < value < _LATEST_S


def key_fault(keys: Sequence[Mapping[str, Any]]) -> str | None:
    """Say what is wrong with a client's public keys (JWK); None if nothing is."""
    if not 1 <= len(keys) <= _MAX_KEYS:
        return f"give 1 to {_MAX_KEYS} keys"
    for key in keys:
        if _PRIVATE_MEMBERS & set(key):
            return "never send a private key"
        if not all(isinstance(value, str) or name in _LISTS for name, value in key.items()):
            return "the members of a key are texts"
        kind = str(key.get("kty"))
        if kind != "RSA" and key.get("crv") not in _CURVES.get(kind, set()):
            return "keys are EC P-256 or P-384, OKP Ed25519, or RSA"
        try:
            JWKRegistry.import_key(dict(key)).public_key  # noqa: B018 - made on access
        except Exception:  # whatever the library says of a stranger's numbers
            return f"this is no public key of kind {kind}"
        if kind == "RSA" and len(str(key["n"]).lstrip("A")) * 6 < _MIN_RSA_BITS:
            return f"an RSA key needs {_MIN_RSA_BITS} bits"
    kids = [key.get("kid") for key in keys]
    if len(keys) > 1 and (None in kids or len(set(kids)) < len(kids)):
        return "several keys need different kid values"
    return None


def granted_scope(requested: str | None, allowed: Sequence[str]) -> str:
    """Give the scope of a new token: what was asked for, or everything the client has.

    Raises:
        InvalidScope: if something was asked for that is not the client's.
    """
    if requested is None or not requested.strip():
        return " ".join(sorted(allowed))
    wanted = set(requested.split())
    if not wanted <= set(allowed):
        raise InvalidScope("the client does not have " + " ".join(sorted(wanted - set(allowed))))
    return " ".join(sorted(wanted))


def areas_beyond(areas: Iterable[str], manager_areas: Sequence[str]) -> list[str]:
    """Give the areas that lie outside the manager's own: nobody grants what they do not have."""
    return [area for area in areas if not any(is_within(area, root) for root in manager_areas)]
