"""Use cases of client registration."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import Field, StringConstraints
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.gateway import ClientChanged
from contracts.vocabulary import Department
from gateway.access import rules, store
from gateway.access.exchange import Exchange, PeopleDesk, SignedIn
from gateway.access.granting import Manager, is_sensitive, needs_second
from gateway.access.problems import (
    AreasBeyond,
    ClientExists,
    ClientInvalid,
    ClientRemoved,
    ClientUnknown,
    ScopesBeyond,
    SelfChange,
)
from gateway.access.rules import Credentials
from gateway.access.schemas import (
    Areas,
    ClientId,
    ClientIn,
    ClientOut,
    ClientPatch,
    ClientWithSecret,
    Name,
    Scopes,
    SecretRotation,
)
from gateway.access.tables import Client, ClientProposal
from gateway.access.verifier import Caller, GatewayVerifier
from servicekit import outbox
from servicekit.auth import Principal
from servicekit.body import Body
from servicekit.ids import new_id
from servicekit.problems import FieldError

__all__ = [
    "BootstrapClient", "Caller", "Credentials", "Exchange", "GatewayVerifier", "PeopleDesk", "SignedIn",
    "announce_missing", "bootstrap", "shown",
]  # fmt: skip

_ANNOUNCED_AT_ONCE = 500
_PROPOSAL_LIVES = timedelta(days=7)


def shown(client: Client) -> ClientOut:
    """Give the wire form."""
    return ClientOut.model_validate(client, from_attributes=True)


def shown_once(client: Client, secret: str | None) -> ClientWithSecret:
    """Give the wire form with a secret that was just made."""
    return ClientWithSecret(**shown(client).model_dump(), client_secret=secret)


async def manager_of(session: AsyncSession, principal: Principal, sole: Collection[str]) -> Manager:
    """Give the caller as a manager, with what the operator declared that it may give."""
    known = await store.find_client(session, principal.client_id)
    return Manager(
        client_id=principal.client_id,
        actor=principal.actor,
        scopes=principal.scopes,
        areas=principal.areas,
        grants=frozenset(known.grants if known is not None else ()),
        is_sole=principal.client_id in sole,
    )


async def register(
    session: AsyncSession, manager: Manager, given: ClientIn, known_scopes: Collection[str], *, by: str | None = None
) -> ClientWithSecret | ClientProposal:
    """Register a client; give it with its secret, which is not stored. What needs a second manager is proposed.

    Args:
        by: Who proposed it, when it is approved now.

    Raises:
        ClientExists, ClientInvalid, AreasBeyond, ScopesBeyond.
    """
    _check(given.scopes, given.jwks, known_scopes)
    _check_reach(manager, given.areas)
    _check_scopes(manager, given.scopes)
    if not given.with_secret and not given.jwks:
        raise ClientInvalid(
            "a client needs a secret or public keys",
            errors=[FieldError(pointer="/jwks", code="missing", detail="give public keys, or take a secret")],
        )
    if await store.find_client(session, given.client_id) is not None:
        raise ClientExists("this client_id was used before")
    if by is None and not manager.is_sole and is_sensitive(given.scopes, given.department):
        return await _propose(session, manager, "register", given.client_id, given.areas, 0, given)
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
        grants=[],
        epoch_changed_at=now,
        created_at=now,
        updated_at=now,
    )
    session.add(client)
    await announce(session, client)
    return shown_once(client, secret)


async def change(
    session: AsyncSession,
    manager: Manager,
    client: Client,
    patch: ClientPatch,
    known_scopes: Collection[str],
    *,
    by: str | None = None,
) -> Client | ClientProposal:
    """Change a registration. Taking something away ends the tokens that are out; what needs a second is proposed.

    Raises:
        SelfChange, AreasBeyond, ScopesBeyond, ClientInvalid.
    """
    if client.client_id in (manager.client_id, by):
        raise SelfChange("ask another manager")
    # Both what is granted and what is taken away must be the manager's to decide.
    _check_reach(manager, client.areas)
    if patch.areas is not None:
        _check_reach(manager, patch.areas)
    _check(patch.scopes or [], patch.jwks, known_scopes)
    scopes = client.scopes if patch.scopes is None else patch.scopes
    added = set(scopes) - set(client.scopes)
    is_wider = patch.areas is not None and bool(rules.areas_beyond(patch.areas, client.areas))
    takes_credentials = patch.jwks is not None or is_wider or (patch.status == "active" and client.status != "active")
    _check_scopes(manager, scopes if takes_credentials else added)
    if by is None and not manager.is_sole:
        department = client.department if takes_credentials else None
        if needs_second(added=added, department=department, takes_credentials=takes_credentials, scopes=scopes):
            return await _propose(session, manager, "change", client.client_id, client.areas, client.version, patch)
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
    await announce(session, client)
    return client


async def rotate_secret(
    session: AsyncSession, manager: Manager, client: Client, given: SecretRotation, *, by: str | None = None
) -> ClientWithSecret | ClientProposal:
    """Give a client a new secret; the old one stays good for `overlap_s` seconds.

    Without overlap the tokens that are out end too: the secret is taken to be known to others. Whoever gets the secret
    can act as the client, so it must be theirs to give everything that the client has.
    """
    _check_reach(manager, client.areas)
    _check_scopes(manager, client.scopes)
    if by is None and not manager.is_sole and is_sensitive(client.scopes, client.department):
        return await _propose(session, manager, "rotate_secret", client.client_id, client.areas, client.version, given)
    secret = rules.new_secret()
    set_secret(client, secret, given.overlap_s)
    if given.overlap_s == 0:
        _end_tokens(client)
    _touch(client)
    await announce(session, client)
    return shown_once(client, secret)


async def _propose(
    session: AsyncSession, manager: Manager, kind: str, client_id: str, areas: Sequence[str], version: int, wanted: Body
) -> ClientProposal:
    now = datetime.now(UTC)
    proposal = ClientProposal(
        id=new_id(),
        kind=kind,
        client_id=client_id,
        areas=sorted(set(areas)),
        wanted=wanted.model_dump(mode="json", exclude_none=True),
        client_version=version,
        proposed_by=manager.actor,
        proposed_at=now,
        expires_at=now + _PROPOSAL_LIVES,
    )
    session.add(proposal)
    await session.flush()
    return proposal


def set_secret(client: Client, secret: str, overlap_s: int) -> None:
    """Replace the secret's hash."""
    now = datetime.now(UTC)
    client.previous_secret_hash = client.secret_hash if overlap_s else None
    client.previous_secret_until = now + timedelta(seconds=overlap_s) if overlap_s and client.secret_hash else None
    client.secret_hash = rules.hash_of(secret)


async def remove(session: AsyncSession, manager: Manager, client: Client) -> None:
    """Remove a client for good; its id stays taken, because the audit record names it.

    Raises:
        SelfChange, AreasBeyond.
    """
    if client.client_id == manager.client_id:
        raise SelfChange("ask another manager")
    _check_reach(manager, client.areas)
    client.status = "removed"
    client.secret_hash = client.previous_secret_hash = None
    client.previous_secret_until = None
    client.jwks = None
    _end_tokens(client)
    _touch(client)
    await announce(session, client)


async def existing(session: AsyncSession, manager: Manager, client_id: str, *, lock: bool = False) -> Client:
    """Give a client that the manager looks after.

    Raises:
        ClientUnknown, ClientRemoved.
    """
    client = await store.find_client(session, client_id, lock=lock)
    if client is None or not (manager.reaches(client.areas) or client_id == manager.client_id):
        raise ClientUnknown("no client within your areas has this id")
    if lock and client.status == "removed":
        raise ClientRemoved("the client was removed")
    return client


async def announce(session: AsyncSession, client: Client) -> None:
    """Tell the services what a client may do now."""
    client.announced_version = client.version
    await session.flush()
    changed = ClientChanged(
        client_id=client.client_id,
        version=client.version,
        is_active=client.status == "active",
        scopes=client.scopes,
        areas=client.areas,
        department=Department(client.department) if client.department else None,
    )
    await outbox.add(session, changed, at=client.updated_at)


async def announce_missing(session: AsyncSession) -> None:
    """Announce clients that nobody has heard of as they are: those of a release that did not announce."""
    for client in await store.unannounced(session, _ANNOUNCED_AT_ONCE):
        await announce(session, client)


def _end_tokens(client: Client) -> None:
    client.epoch += 1
    client.epoch_changed_at = datetime.now(UTC)


def _touch(client: Client) -> None:
    client.version += 1
    client.updated_at = datetime.now(UTC)


def _check_reach(manager: Manager, areas: Sequence[str]) -> None:
    if not manager.reaches(areas):
        beyond = ", ".join(manager.areas_beyond(areas)) or "no area at all"
        raise AreasBeyond(f"outside your own areas: {beyond}")


def _check_scopes(manager: Manager, scopes: Collection[str]) -> None:
    beyond = manager.beyond(scopes)
    if beyond:
        raise ScopesBeyond(f"you may not give {', '.join(beyond)}", scopes=beyond)


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
    grants: list[Annotated[str, StringConstraints(pattern=r"^(\*|[a-z_]{2,40}:[a-z_]{2,40})$")]] = []
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
            client_id=given.client_id, name="", scopes=[], areas=[], grants=[],
            epoch_changed_at=now, created_at=now, updated_at=now,
        )  # fmt: skip
        session.add(client)
    scopes, areas = sorted(set(given.scopes)), sorted(set(given.areas))
    if not is_new and (not set(client.scopes) <= set(scopes) or rules.areas_beyond(client.areas, areas)):
        _end_tokens(client)
    client.name = given.name or client.name or given.client_id
    client.scopes, client.areas = scopes, areas
    client.grants = sorted(set(given.grants))
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
    if not is_new:
        _touch(client)
    await announce(session, client)
    return made
