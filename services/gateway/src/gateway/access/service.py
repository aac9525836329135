"""Use cases of client registration."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.vocabulary import Department
from gateway.access import rules, store
from gateway.access.problems import AreasBeyond, ClientExists, ClientInvalid, ClientRemoved, ClientUnknown, SelfChange
from gateway.access.schemas import Areas, ClientId, ClientIn, ClientOut, ClientPatch, ClientWithSecret, Name, Scopes
from gateway.access.scopes import SCOPES
from gateway.access.tables import Client
from gateway.access.verifier import Caller, GatewayVerifier
from servicekit.auth import Principal
from servicekit.body import Body
from servicekit.problems import FieldError

__all__ = ["SCOPES", "BootstrapClient", "Caller", "GatewayVerifier", "bootstrap", "shown"]


def shown(client: Client) -> ClientOut:
    """Give the wire form."""
    return ClientOut.model_validate(client, from_attributes=True)


def _shown_once(client: Client, secret: str | None) -> ClientWithSecret:
    return ClientWithSecret(**shown(client).model_dump(), client_secret=secret)


async def register(
    session: AsyncSession, manager: Principal, given: ClientIn, known_scopes: Collection[str]
) -> ClientWithSecret:
    """Register a client; give it with its secret, which is not stored.

    Raises:
        ClientExists, ClientInvalid, AreasBeyond.
    """
    _check_areas(given.areas, manager)
    _check(given.scopes, given.jwks, known_scopes)
    if not given.with_secret and not given.jwks:
        raise ClientInvalid(
            "a client needs a secret or public keys",
            errors=[FieldError(pointer="/jwks", code="missing", detail="give public keys, or take a secret")],
        )
    if await store.find_client(session, given.client_id) is not None:
        raise ClientExists("this client_id was used before")
    secret = rules.new_secret() if given.with_secret else None
    now = datetime.now(UTC)
    client = Client(
        client_id=given.client_id,
        name=given.name,
        secret_hash=rules.hash_of(secret) if secret else None,
        jwks=given.jwks,
        scopes=sorted(set(given.scopes)),
        department=str(given.department) if given.department else None,
        areas=sorted(set(given.areas)),
        epoch_changed_at=now,
        created_at=now,
        updated_at=now,
    )
    session.add(client)
    await session.flush()
    return _shown_once(client, secret)


async def change(
    session: AsyncSession, manager: Principal, client: Client, patch: ClientPatch, known_scopes: Collection[str]
) -> Client:
    """Change a registration. Taking something away ends the tokens that are out.

    Raises:
        SelfChange, AreasBeyond, ClientInvalid.
    """
    if client.client_id == manager.client_id:
        raise SelfChange("ask another manager")
    # Both what is granted and what is taken away must be the manager's to decide.
    _check_areas([*(patch.areas or []), *client.areas], manager)
    _check(patch.scopes or [], patch.jwks, known_scopes)
    loses = (
        (patch.scopes is not None and not set(client.scopes) <= set(patch.scopes))
        or (patch.areas is not None and bool(rules.areas_beyond(client.areas, patch.areas)))
        or (patch.status == "disabled" and client.status == "active")
    )
    for name, value in patch.model_dump(exclude_none=True).items():
        setattr(client, name, sorted(set(value)) if name in ("scopes", "areas") else value)
    if loses:
        _end_tokens(client)
    _touch(client)
    await session.flush()
    return client


async def rotate_secret(session: AsyncSession, manager: Principal, client: Client, overlap_s: int) -> ClientWithSecret:
    """Give a client a new secret; the old one stays good for `overlap_s` seconds.

    Without overlap the tokens that are out end too: the secret is taken to be known to others.
    """
    _check_areas(client.areas, manager)
    secret = rules.new_secret()
    set_secret(client, secret, overlap_s)
    if overlap_s == 0:
        _end_tokens(client)
    _touch(client)
    await session.flush()
    return _shown_once(client, secret)


def set_secret(client: Client, secret: str, overlap_s: int) -> None:
    """Replace the secret's hash."""
    now = datetime.now(UTC)
    client.previous_secret_hash = client.secret_hash if overlap_s else None
    client.previous_secret_until = now + timedelta(seconds=overlap_s) if overlap_s and client.secret_hash else None
    client.secret_hash = rules.hash_of(secret)


async def remove(session: AsyncSession, manager: Principal, client: Client) -> None:
    """Remove a client for good; its id stays taken, because the audit record names it.

    Raises:
        SelfChange, AreasBeyond.
    """
    if client.client_id == manager.client_id:
        raise SelfChange("ask another manager")
    _check_areas(client.areas, manager)
    client.status = "removed"
    client.secret_hash = client.previous_secret_hash = None
    client.previous_secret_until = None
    client.jwks = None
    _end_tokens(client)
    _touch(client)
    await session.flush()


async def existing(session: AsyncSession, client_id: str, *, lock: bool = False) -> Client:
    """Give a client that may be changed.

    Raises:
        ClientUnknown, ClientRemoved.
    """
    client = await store.find_client(session, client_id, lock=lock)
    if client is None:
        raise ClientUnknown("no client has this id")
    if lock and client.status == "removed":
        raise ClientRemoved("the client was removed")
    return client


def _end_tokens(client: Client) -> None:
    client.epoch += 1
    client.epoch_changed_at = datetime.now(UTC)


def _touch(client: Client) -> None:
    client.version += 1
    client.updated_at = datetime.now(UTC)


def _check_areas(areas: Sequence[str], manager: Principal) -> None:
    beyond = rules.areas_beyond(areas, manager.areas)
    if beyond:
        raise AreasBeyond("outside your own areas: " + ", ".join(beyond))


def _check(scopes: Sequence[str], jwks: list[dict[str, Any]] | None, known_scopes: Collection[str]) -> None:
    errors = [
        FieldError(pointer=f"/scopes/{index}", code="scope.unknown", detail=f"there is no scope {scope}")
        for index, scope in enumerate(scopes)
        if scope not in known_scopes
    ]
    fault = rules.key_fault(jwks) if jwks is not None else None
    if fault is not None:
        errors.append(FieldError(pointer="/jwks", code="jwks.invalid", detail=fault))
    if errors:
        raise ClientInvalid("the registration does not hold together", errors=errors)


class BootstrapClient(Body):
    """A client that the operator creates before anybody can sign in. `secret` may be given, else one is made."""

    client_id: ClientId
    name: Name | None = None
    scopes: Scopes
    department: Department | None = None
    areas: Areas = []
    jwks: list[dict[str, Any]] | None = None
    secret: str | None = Field(default=None, min_length=rules.MIN_SECRET_CHARACTERS, max_length=200, repr=False)


async def bootstrap(session: AsyncSession, given: BootstrapClient, *, rotate: bool = False) -> str | None:
    """Create or bring up to date a client from the command line; give its secret when one was made.

    A second run with the same values changes nothing. An existing client without a given secret keeps its own,
    unless `rotate` asks for a new one.
    """
    fault = rules.key_fault(given.jwks) if given.jwks is not None else None
    if fault is not None:
        raise ClientInvalid(fault)
    client = await store.find_client(session, given.client_id, lock=True)
    if client is not None and client.status == "removed":
        raise ClientRemoved("the client was removed")
    now = datetime.now(UTC)
    is_new = client is None
    if client is None:
        client = Client(
            client_id=given.client_id, name="", scopes=[], areas=[],
            epoch_changed_at=now, created_at=now, updated_at=now,
        )  # fmt: skip
        session.add(client)
    scopes, areas = sorted(set(given.scopes)), sorted(set(given.areas))
    if not is_new and (not set(client.scopes) <= set(scopes) or rules.areas_beyond(client.areas, areas)):
        _end_tokens(client)
    client.name = given.name or client.name or given.client_id
    client.scopes, client.areas = scopes, areas
    client.department = str(given.department) if given.department else None
    client.jwks = given.jwks if given.jwks is not None else client.jwks
    secret = given.secret
    made = None
    if secret is None and (rotate or (is_new and not given.jwks)):
        secret = made = rules.new_secret()
    if secret is not None and not rules.matches(secret, [client.secret_hash]):
        set_secret(client, secret, 0)
        if not is_new:
            _end_tokens(client)
    client.updated_at = now
    await session.flush()
    return made
