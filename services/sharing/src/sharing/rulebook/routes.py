"""HTTP edge of the rulebook."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Response

from contracts.vocabulary import FieldClass
from servicekit.auth import AreaNeeded, OutsideArea, Principal, WrongDepartment, requires
from servicekit.db import Tx
from servicekit.etags import etag_of
from servicekit.idempotency import IdempotencyKey, KeyReused
from servicekit.paging import read_cursor
from servicekit.problems import InvalidInput, PreconditionFailed, PreconditionRequired, responses
from sharing.catalogue.service import UnknownRule
from sharing.rulebook import problems, service
from sharing.rulebook.schemas import RuleQuery, RuleShown, StepIn, StepPage, StepQuery

router = APIRouter(prefix="/v1/rules", tags=["rules"])

_MayRead = Annotated[
    Principal, requires("rules:read", purpose="read the rules of the comparison", classes=(FieldClass.S1,))
]
_MayDecide = Annotated[
    Principal,
    requires("rules:write", purpose="停用、启用预警规则 / retire and activate rules", classes=(FieldClass.S1,)),
]
_Key = Annotated[IdempotencyKey, Depends()]
_IfMatch = Annotated[str | None, Header(description="ETag that you read")]
_STEPS = (
    UnknownRule, WrongDepartment, OutsideArea, AreaNeeded, PreconditionRequired, PreconditionFailed, KeyReused,
)  # fmt: skip


@router.get("", response_model=list[RuleShown], responses=responses(OutsideArea))
async def list_rules(session: Tx, principal: _MayRead, query: Annotated[RuleQuery, Query()]) -> list[RuleShown]:
    """规则目录 / every rule, as declared, and how it stands."""
    return await service.all_rules(session, principal, query.area)


@router.get("/{rule_id}", response_model=RuleShown, responses=responses(UnknownRule, OutsideArea))
async def get_rule(
    rule_id: str, session: Tx, principal: _MayRead, query: Annotated[RuleQuery, Query()], response: Response
) -> RuleShown:
    """单条规则 / a rule with its facts, parameters, examples and source, and how it stands."""
    return _tagged(response, await service.one_rule(session, principal, rule_id, query.area))


@router.get("/{rule_id}/steps", response_model=StepPage, responses=responses(UnknownRule, InvalidInput))
async def list_steps(rule_id: str, session: Tx, principal: _MayRead, query: Annotated[StepQuery, Query()]) -> StepPage:
    """规则启停记录 / who retired or activated a rule in the caller's areas, when and why; the newest first."""
    before = read_cursor(query.cursor, int)
    return await service.history(session, principal, rule_id, query, int(before[0]) if before else None)


@router.post("/{rule_id}/retire", response_model=RuleShown, responses=responses(*_STEPS, problems.NotActive))
async def retire_rule(
    rule_id: str,
    body: StepIn,
    session: Tx,
    principal: _MayDecide,
    key: _Key,
    response: Response,
    if_match: _IfMatch = None,
) -> RuleShown:
    """停用规则 / Let a rule rest: it finds nothing more, and what it found in the open months is withdrawn."""

    async def decide() -> RuleShown:
        return await service.retire(session, principal, rule_id, body, if_match)

    done = await key.once(session, principal, f"rules.retire.{rule_id}", body, decide, RuleShown, response)
    return _tagged(response, done)


@router.post(
    "/{rule_id}/activate",
    response_model=RuleShown,
    responses=responses(*_STEPS, problems.AlreadyActive, problems.SecondPersonNeeded),
)
async def activate_rule(
    rule_id: str,
    body: StepIn,
    session: Tx,
    principal: _MayDecide,
    key: _Key,
    response: Response,
    if_match: _IfMatch = None,
) -> RuleShown:
    """启用规则 / Let a rule find again, as another person than who retired it."""

    async def decide() -> RuleShown:
        return await service.activate(session, principal, rule_id, body, if_match)

    done = await key.once(session, principal, f"rules.activate.{rule_id}", body, decide, RuleShown, response)
    return _tagged(response, done)


def _tagged(response: Response, rule: RuleShown) -> RuleShown:
    response.headers["ETag"] = etag_of(rule.life.version)
    return rule
