"""HTTP edge of the rule catalogue."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from contracts.vocabulary import FieldClass
from servicekit.auth import Principal, requires
from servicekit.problems import responses
from sharing.rules.catalogue import load_catalogue
from sharing.rules.problems import UnknownRule
from sharing.rules.schemas import RuleOut, rule_out
from sharing.rules.service import rule_of

router = APIRouter(prefix="/v1/rules", tags=["rules"])

_MayRead = Annotated[
    Principal, Depends(requires("rules:read", purpose="read the rules of the comparison", classes=(FieldClass.S1,)))
]


@router.get("", response_model=list[RuleOut])
async def list_rules(_: _MayRead) -> list[RuleOut]:
    """规则目录 / every rule, as declared."""
    catalogue = load_catalogue()
    return [rule_out(catalogue, compiled) for compiled in catalogue.rules]


@router.get("/{rule_id}", response_model=RuleOut, responses=responses(UnknownRule))
async def get_rule(rule_id: str, _: _MayRead) -> RuleOut:
    """单条规则 / a rule with its facts, parameters, examples and source."""
    return rule_out(load_catalogue(), rule_of(rule_id))
