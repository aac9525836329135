"""The administration of clients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from contracts.scopes import SCOPES
from contracts.vocabulary import Department, FieldClass
from gateway.access import problems, service, store
from gateway.access import proposals as decisions
from gateway.access.granting import Manager
from gateway.access.replicas import REPLICAS_WITHIN_S, shown
from gateway.access.schemas import (
    ClientIn,
    ClientOut,
    ClientPatch,
    ClientWithSecret,
    ProposalOut,
    RejectionIn,
    ReplicaOut,
    ReplicasOut,
    SecretRotation,
)
from gateway.access.tables import ClientProposal
from gateway.audit.service import record_own
from gateway.request import entry_of
from servicekit.auth import Principal, requires
from servicekit.db import Tx
from servicekit.etags import etag_of, require_match
from servicekit.paging import Cursor, Limit, Page, encode_cursor, read_cursor
from servicekit.problems import Forbidden, PreconditionFailed, PreconditionRequired, Problem, Unauthorized, responses

_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_PURPOSE = "接入方管理 administration of clients"

clients = APIRouter(prefix="/v1/clients", tags=["access 接入"])

ManagerToken = Annotated[Principal, requires("clients:manage", purpose=_PURPOSE, classes=(FieldClass.S2,))]
IfMatch = Annotated[str | None, Header(description="ETag that you read")]
_PROPOSED: dict[int | str, dict[str, Any]] = {202: {"model": ProposalOut, "description": "waits for a second manager"}}
_COMMON: tuple[type[Problem], ...] = (Unauthorized, Forbidden, problems.ClientUnknown)


async def _audited(request: Request, session: Tx, principal: Principal, status: int, what: Audited) -> None:
    """Record whose registration was touched, and how: what it could do before and what it can do now."""
    entry = entry_of(request, principal, scope="clients:manage", purpose=f"administration of clients: {what.text}")
    entry.object_path = f"/v1/clients/{what.client_id}"
    await record_own(session, entry, status)


@dataclass(frozen=True, slots=True)
class Audited:
    """What the record says of a change."""

    client_id: str
    text: str

    @classmethod
    def of(cls, what: str, before: ClientOut | None, after: ClientOut) -> Audited:
        """Compare a registration before and after."""
        parts = [what]
        for name in ("scopes", "areas"):
            old, new = set(getattr(before, name) if before else ()), set(getattr(after, name))
            parts += [f"{name} +{' +'.join(sorted(new - old))}"] if new - old else []
            parts += [f"{name} -{' -'.join(sorted(old - new))}"] if old - new else []
        if before is None and after.department:
            parts.append(f"department {after.department}")
        if before is not None and before.status != after.status:
            parts.append(f"status {before.status} -> {after.status}")
        return cls(after.client_id, "; ".join(parts))


def _proposed(proposal: ClientProposal) -> Response:
    shown = ProposalOut.model_validate(proposal, from_attributes=True)
    headers = {"Location": f"/v1/client-proposals/{proposal.id}", **_NO_STORE}
    return JSONResponse(shown.model_dump(mode="json"), status_code=202, headers=headers)


async def _proposal_audited(request: Request, session: Tx, principal: Principal, proposal: ClientProposal) -> Response:
    wanted = proposal.wanted
    named = [f"{name} {wanted[name]}" for name in ("scopes", "areas", "department") if name in wanted]
    text = "; ".join((f"{proposal.kind} proposed", *named))
    await _audited(request, session, principal, 202, Audited(proposal.client_id, text))
    return _proposed(proposal)


async def _manager(request: Request, session: Tx, principal: Principal) -> Manager:
    return await service.manager_of(session, principal, request.app.state.settings.sole_granters)


def _known_scopes(request: Request) -> set[str]:
    table = request.app.state.directory.table
    return set(SCOPES) | {scope for route in table.routes for scope in route.access.scopes}


@clients.post(
    "",
    status_code=201,
    response_model=ClientWithSecret,
    responses=responses(
        Unauthorized, problems.AreasBeyond, problems.ScopesBeyond, problems.ClientExists, problems.ClientInvalid
    ) | _PROPOSED,
)  # fmt: skip
async def register_client(
    given: ClientIn, request: Request, response: Response, session: Tx, principal: ManagerToken
) -> Any:
    """The secret is shown in this answer only. A repeated request gets 409: rotate if the answer was lost.

    A department or a strict scope needs a second manager: 202 shows the proposal, and whoever approves it gets the
    secret.
    """
    manager = await _manager(request, session, principal)
    made = await service.register(session, manager, given, _known_scopes(request))
    if isinstance(made, ClientProposal):
        return await _proposal_audited(request, session, principal, made)
    await _audited(request, session, principal, 201, Audited.of("register", None, made))
    response.headers.update({"Location": f"/v1/clients/{made.client_id}", "ETag": etag_of(1), **_NO_STORE})
    return made


@clients.get(
    "",
    responses=responses(Unauthorized, Forbidden),
)
async def list_clients(
    request: Request,
    session: Tx,
    principal: ManagerToken,
    department: Department | None = None,
    status: Annotated[str | None, Query(pattern="^(active|disabled|removed)$")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[ClientOut]:
    """Those of your areas, ordered by id."""
    read = read_cursor(cursor, str)
    after = read[0] if read else None
    manager = await _manager(request, session, principal)
    found = await store.list_clients(
        session,
        manager,
        after=after,
        limit=limit + 1,
        department=str(department) if department else None,
        status=status,
    )
    next_cursor = encode_cursor([found[limit - 1].client_id]) if len(found) > limit else None
    return Page(items=[service.shown(client) for client in found[:limit]], next_cursor=next_cursor)


@clients.get("/{client_id}", responses=responses(*_COMMON))
async def read_client(
    client_id: str, request: Request, response: Response, session: Tx, principal: ManagerToken
) -> ClientOut:
    """With its ETag."""
    client = await service.existing(session, await _manager(request, session, principal), client_id)
    response.headers["ETag"] = etag_of(client.version)
    return service.shown(client)


@clients.patch(
    "/{client_id}",
    response_model=ClientOut,
    responses=responses(
        *_COMMON, problems.SelfChange, problems.AreasBeyond, problems.ScopesBeyond, problems.ClientRemoved,
        problems.ClientInvalid, PreconditionFailed, PreconditionRequired,
    ) | _PROPOSED,
)  # fmt: skip
async def change_client(
    client_id: str,
    patch: ClientPatch,
    request: Request,
    response: Response,
    session: Tx,
    principal: ManagerToken,
    if_match: IfMatch = None,
) -> Any:
    """What is taken away ends tokens, streams and subscriptions within two seconds.

    A strict scope that is added, or new keys for a client that has one, need a second manager: 202.
    """
    manager = await _manager(request, session, principal)
    client = await service.existing(session, manager, client_id, lock=True)
    require_match(if_match, client.version)
    before = service.shown(client)
    made = await service.change(session, manager, client, patch, _known_scopes(request))
    if isinstance(made, ClientProposal):
        return await _proposal_audited(request, session, principal, made)
    await _audited(request, session, principal, 200, Audited.of("change", before, service.shown(made)))
    response.headers["ETag"] = etag_of(made.version)
    return service.shown(made)


@clients.delete(
    "/{client_id}",
    status_code=204,
    response_class=Response,
    responses=responses(
        *_COMMON, problems.SelfChange, problems.ClientRemoved, PreconditionFailed, PreconditionRequired
    ),
)  # fmt: skip
async def remove_client(
    client_id: str, request: Request, session: Tx, principal: ManagerToken, if_match: IfMatch = None
) -> None:
    """For good: the id is never used again."""
    manager = await _manager(request, session, principal)
    client = await service.existing(session, manager, client_id, lock=True)
    require_match(if_match, client.version)
    before = service.shown(client)
    await service.remove(session, manager, client)
    await _audited(request, session, principal, 204, Audited.of("remove", before, service.shown(client)))


@clients.post(
    "/{client_id}/rotate-secret",
    response_model=ClientWithSecret,
    responses=responses(*_COMMON, problems.AreasBeyond, problems.ScopesBeyond, problems.ClientRemoved) | _PROPOSED,
)
async def rotate_secret(
    client_id: str, given: SecretRotation, request: Request, response: Response, session: Tx, principal: ManagerToken
) -> Any:
    """The new secret is shown in this answer only; the old one stays good for `overlap_s` seconds.

    For a client of a department or with a strict scope a second manager approves (202), and gets the secret.
    """
    manager = await _manager(request, session, principal)
    client = await service.existing(session, manager, client_id, lock=True)
    made = await service.rotate_secret(session, manager, client, given)
    if isinstance(made, ClientProposal):
        return await _proposal_audited(request, session, principal, made)
    await _audited(request, session, principal, 200, Audited(client_id, "rotate_secret"))
    response.headers.update({"ETag": etag_of(client.version), **_NO_STORE})
    return made


proposals = APIRouter(prefix="/v1/client-proposals", tags=["access 接入"])
ProposalId = Annotated[UUID, Path(description="id of the proposal")]
_ON_PROPOSAL: tuple[type[Problem], ...] = (
    Unauthorized, Forbidden, problems.ProposalUnknown, problems.ProposalDecided,
)  # fmt: skip


@proposals.get("", responses=responses(Unauthorized, Forbidden))
async def list_proposals(
    request: Request,
    session: Tx,
    principal: ManagerToken,
    state: Literal["open", "approved", "rejected"] = "open",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[ProposalOut]:
    """Changes of clients of your areas that wait for a second manager, or what came of them."""
    after = read_cursor(cursor, UUID)
    manager = await _manager(request, session, principal)
    found = await store.list_proposals(
        session, manager, state=state, after=after[0] if after else None, limit=limit + 1
    )
    items = [ProposalOut.model_validate(each, from_attributes=True) for each in found[:limit]]
    return Page(items=items, next_cursor=encode_cursor([items[-1].id]) if len(found) > limit else None)


@proposals.post(
    "/{proposal_id}/approve",
    responses=responses(
        *_ON_PROPOSAL, problems.SecondManagerNeeded, problems.AreasBeyond, problems.ScopesBeyond, problems.ClientExists,
    ),
)  # fmt: skip
async def approve_proposal(
    proposal_id: ProposalId, request: Request, response: Response, session: Tx, principal: ManagerToken
) -> ClientWithSecret:
    """As another manager than who proposed, with the same right to give it. A secret is shown in this answer only."""
    manager = await _manager(request, session, principal)
    proposal = await decisions.open_proposal(session, manager, str(proposal_id))
    made = await decisions.approve(session, manager, proposal, _known_scopes(request))
    what = f"{proposal.kind} approved, proposed by {proposal.proposed_by}"
    await _audited(request, session, principal, 200, Audited.of(what, None, made))
    response.headers.update(_NO_STORE)
    return made


@proposals.post(
    "/{proposal_id}/reject", responses=responses(*_ON_PROPOSAL)
)  # fmt: skip
async def reject_proposal(
    proposal_id: ProposalId, given: RejectionIn, request: Request, session: Tx, principal: ManagerToken
) -> ProposalOut:
    """By any manager within reach; who proposed takes it back so."""
    manager = await _manager(request, session, principal)
    proposal = await decisions.open_proposal(session, manager, str(proposal_id))
    decisions.reject(proposal, manager, given.reason)
    await _audited(request, session, principal, 200, Audited(proposal.client_id, f"{proposal.kind} rejected"))
    return ProposalOut.model_validate(proposal, from_attributes=True)


replicas = APIRouter(prefix="/v1/replicas", tags=["access 接入"])


@replicas.get("", responses=responses(Unauthorized, Forbidden))
async def list_replicas(request: Request, session: Tx, _: ManagerToken) -> ReplicasOut:
    """Who has confirmed the keys of now. A revocation is done when every replica has."""
    digest = request.app.state.keyring.digest
    rows = await store.replicas(session, REPLICAS_WITHIN_S)
    return ReplicasOut(items=[ReplicaOut.model_validate(row) for row in shown(rows, digest)], keys=digest)
