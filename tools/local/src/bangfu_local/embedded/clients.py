"""The clients that an embedded system starts with: the bureau, the departments that deliver, a subscriber."""

from __future__ import annotations

import json
from dataclasses import dataclass

from bangfu_county.datasets import DATASETS
from contracts.staff import ROLES
from contracts.vocabulary import Department


@dataclass(frozen=True)
class ClientSpec:
    """A client that the system should know.

    Attributes:
        department: Department code; None for the bureau and townships.
        areas: Subtrees it may see, as 12-digit codes.
    """

    client_id: str
    name: str
    scopes: tuple[str, ...]
    department: str | None = None
    areas: tuple[str, ...] = ("000000000000",)


BUREAU, SECOND = "bureau", "bureau-second"
SUBSCRIBER = "health"
PEOPLE, ROSTER = "people", "roster"
PROVINCE = "990000000000"
"""Synthetic data live in province 99, which does not exist."""

_DEPARTMENT_SCOPES = (
    "datasets:read", "deliveries:write", "deliveries:read", "ledger:read", "plans:write", "duties:read",
    "duties:handle", "supervision:read",
)  # fmt: skip
_BUREAU_SCOPES = (
    "areas:read", "areas:write", "households:read", "households:write", "households:import", "persons:search",
    "persons:unmask", "policy:read", "policy:write", "episodes:read", "episodes:write", "episodes:audit",
    "episodes:approve", "plans:write", "datasets:read", "deliveries:read", "deliveries:write", "ledger:read",
    "rules:read", "comparison:run", "comparison:read", "findings:read", "clues:read", "clues:confirm", "alerts:read",
    "subscriptions:manage", "departments:any", "duties:read", "duties:handle", "supervision:read",
    "supervision:write",
    "petitions:read",
    "petitions:write",
    "petitions:confirm",
)  # fmt: skip
_TOWNSHIP_SCOPES = (
    "areas:read", "households:read", "clues:read", "clues:verify", "clues:report", "episodes:read", "episodes:write",
    "episodes:audit", "plans:write", "duties:read", "duties:handle", "supervision:read",
)  # fmt: skip

_VILLAGE_SCOPES = (
    "areas:read", "households:read", "clues:read", "clues:report", "episodes:read", "episodes:write", "duties:read",
    "duties:handle",
)  # fmt: skip

DEPARTMENTS = {dataset.department: Department(dataset.department).label for dataset in DATASETS.values()}


def department_client(code: str) -> str:
    """Client id of a department."""
    return code.lower()


def standard_clients(area: str = PROVINCE) -> list[ClientSpec]:
    """Bureau, who confirms its policy, the departments that deliver and the health department's subscriber.

    Args:
        area: Of the departments and the subscriber; the bureau has the whole province, because it also imports the
            areas above its county.
    """
    departments = [
        ClientSpec(department_client(code), name, _DEPARTMENT_SCOPES, department=code, areas=(area,))
        for code, name in DEPARTMENTS.items()
    ]
    return [
        ClientSpec(BUREAU, "县级主管部门", _BUREAU_SCOPES, areas=(PROVINCE,)),
        ClientSpec(SECOND, "县级主管部门复核人", ("policy:read", "policy:write"), areas=(PROVINCE,)),
        # The bureau's area is the province: small counts are hidden from it, as from everybody outside a county.
        ClientSpec("figures", "县统计分析应用", ("figures:read", "insurance:read", "agreements:read"), areas=(area,)),
        *departments,
        ClientSpec(SUBSCRIBER, "卫生健康局", ("alerts:read", "subscriptions:manage"), department="HEA", areas=(area,)),
    ]


def township_client(town: str) -> ClientSpec:
    """A township's app: sees its own villages only, takes clues, audits what villages collected, plans."""
    return ClientSpec(f"town-{town[:9]}", f"乡镇 {town[6:9]}", _TOWNSHIP_SCOPES, areas=(town,))


def village_client(village: str) -> ClientSpec:
    """A village's app: visits, reviews and publicises; another client audits that."""
    return ClientSpec(f"village-{village}", f"行政村 {village[6:]}", _VILLAGE_SCOPES, areas=(village,))


def people_settings(issuer: str, *apps: str, **more: list[str]) -> dict[str, str]:
    """Variables of a system where people sign in, so that no client stands in for them.

    Args:
        apps: Applications, as the issuer knows them.
        more: Further members of the issuer's entry, e.g. `amr_values`.
    """
    entry = {"issuer": issuer, "client_ids": list(apps), **more}
    return {"GATEWAY_PEOPLE_ISSUERS": json.dumps([entry]), "GATEWAY_MACHINES_STAND_IN": "false"}


def roster_client() -> ClientSpec:
    """The keeper of the roster."""
    return ClientSpec(ROSTER, "人员名册", ("areas:read", "staff:read", "staff:write"), areas=(PROVINCE,))


def people_clients() -> list[ClientSpec]:
    """The application of whoever signs in, with what any role may do, and the keeper of the roster."""
    scopes = sorted(frozenset().union(*(role.scopes for role in ROLES.values())))
    return [ClientSpec(PEOPLE, "登录人员的应用", tuple(scopes), areas=(PROVINCE,)), roster_client()]
