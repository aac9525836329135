"""What each kind of unit and each role of the roster needs, once: validation, pages and decisions derive from it. Pure.

Source: roles of the three-tier monitoring system (村有采集员、乡镇有录入员、县有监测员), helpers and work teams of the
policy papers; three administrators who are three different people (三权分立), GB/T 22239. Where units of a kind sit
and which of them a role may belong to are this project's defaults [A].
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from contracts.vocabulary import StaffRole, UnitKind

Level = Literal["province", "city", "county", "town", "village"]
Tier = Literal["province", "city", "county", "town", "village", "household", "any"]


@dataclass(frozen=True, kw_only=True)
class UnitRule:
    """Where a kind of unit is.

    Attributes:
        areas: Levels that its area may have.
        has_department: Whether it is one of the departments, and says which.
    """

    areas: tuple[Level, ...]
    has_department: bool = False


@dataclass(frozen=True, kw_only=True)
class RoleRule:
    """What a role needs.

    Attributes:
        tier: At which level its duty is: a helper's is a household.
        units: Kinds of unit that somebody in this role belongs to.
        areas: Levels that the area of a term may have; it lies within the unit's area.
        has_grid: Whether a term names the grid within its area.
        is_single: Whether a unit has one person in this role at a time.
        excludes: Roles that nobody may hold at the same time.
        zh, en: What it does.
        scopes: What somebody signed in may do in this role, within the area, grid and department of the term.
    """

    tier: Tier
    units: tuple[UnitKind, ...]
    areas: tuple[Level, ...]
    zh: str
    en: str
    scopes: frozenset[str]
    has_grid: bool = False
    is_single: bool = False
    excludes: frozenset[StaffRole] = frozenset()

    @property
    def has_department(self) -> bool:
        """Tell whether it is held for a department."""
        return all(UNITS[kind].has_department for kind in self.units)


UNITS: Final[Mapping[UnitKind, UnitRule]] = {
    UnitKind.DEPARTMENT: UnitRule(areas=("province", "city", "county"), has_department=True),
    UnitKind.LEAD: UnitRule(areas=("county",)),
    UnitKind.TOWN: UnitRule(areas=("town",)),
    UnitKind.VILLAGE: UnitRule(areas=("village",)),
    UnitKind.WORKTEAM: UnitRule(areas=("town", "village")),
    UnitKind.OFFICE: UnitRule(areas=("province", "city", "county")),
}

ADMINISTRATORS: Final = frozenset({StaffRole.SYSTEM_ADMIN, StaffRole.SECURITY_ADMIN, StaffRole.AUDIT_ADMIN})
"""Three different people (三权分立)."""

_ABOVE: Final = (UnitKind.LEAD, UnitKind.OFFICE, UnitKind.DEPARTMENT)
_UPPER: Final[tuple[Level, ...]] = ("province", "city", "county")


_HOUSEHOLDS: Final = frozenset({"areas:read", "households:read", "episodes:read", "clues:read"})
_DUTIES: Final = frozenset({"duties:read", "duties:handle"})
_PETITIONS: Final = frozenset({"petitions:read", "petitions:write"})
_VISITS: Final = _HOUSEHOLDS | _DUTIES | {"clues:report", "contacts:write"}
_FIGURES: Final = _HOUSEHOLDS | {
    "ledger:read", "comparison:read", "rules:read", "policy:read", "datasets:read", "supervision:read",
    "figures:read",
}  # fmt: skip
_AGREEMENTS: Final = frozenset({"agreements:read", "agreements:write", "agreements:approve"})


def _administrator(role: StaffRole, zh: str, en: str, *scopes: str) -> RoleRule:
    return RoleRule(
        tier="any", units=_ABOVE, areas=_UPPER, excludes=ADMINISTRATORS - {role}, zh=zh, en=en, scopes=frozenset(scopes)
    )


ROLES: Final[Mapping[StaffRole, RoleRule]] = {
    StaffRole.GRID: RoleRule(
        tier="village", units=(UnitKind.VILLAGE, UnitKind.TOWN), areas=("village",), has_grid=True,
        zh="每月走访网格内各户,每季电话联系外出户,突发情况立即上报",
        en="visits each household of the grid monthly, phones migrants quarterly, reports sudden changes at once",
        scopes=_VISITS,
    ),
    StaffRole.COLLECTOR: RoleRule(
        tier="village", units=(UnitKind.VILLAGE, UnitKind.TOWN, UnitKind.WORKTEAM), areas=("village",),
        zh="采集户信息并保持更新", en="collects the data of households and keeps them current",
        scopes=_VISITS | {"households:write"},
    ),
    StaffRole.VILLAGE: RoleRule(
        tier="village", units=(UnitKind.VILLAGE,), areas=("village",),
        zh="入户核实、民主评议、公示", en="verification visits, democratic review, public notice",
        scopes=_VISITS | {"clues:verify", "episodes:write", "collective:write", "figures:read"},
    ),
    StaffRole.WORKTEAM: RoleRule(
        tier="village", units=(UnitKind.WORKTEAM,), areas=("village",),
        zh="参与走访评议、落实帮扶、回头看", en="joins visits and review, assistance, look-back",
        scopes=_VISITS | {"clues:verify", "episodes:write", "figures:read"},
    ),
    StaffRole.HELPER: RoleRule(
        tier="household", units=tuple(UnitKind), areas=("county", "town", "village"),
        zh="负责结对户的帮扶计划与联系", en="is responsible for the plan of each household paired with this person",
        scopes=_VISITS | {"plans:write"},
    ),
    StaffRole.ENTRY: RoleRule(
        tier="town", units=(UnitKind.TOWN,), areas=("town",),
        zh="在系统中录入和标注", en="enters and marks data in the system",
        scopes=_HOUSEHOLDS | _DUTIES | {"households:write", "clues:report"},
    ),
    StaffRole.TOWN: RoleRule(
        tier="town", units=(UnitKind.TOWN,), areas=("town",),
        zh="受理申请、抽查、审核名单、公告", en="accepts applications, sample checks, audits lists, announces results",
        scopes=_VISITS | {
            "clues:verify", "episodes:write", "episodes:audit", "households:approve",
            "plans:write", "persons:unmask", "staff:read", "alerts:read", "collective:write", "supervision:read",
            "figures:read", "insurance:read",
        } | _PETITIONS,
    ),
    StaffRole.MONITOR: RoleRule(
        tier="county", units=(UnitKind.LEAD,), areas=("county",),
        zh="发起比对、派发线索、督办期限", en="runs comparisons, dispatches clues, supervises deadlines",
        scopes=_FIGURES | _DUTIES | {
            "comparison:run", "rules:write", "findings:read", "deliveries:read",
            "deliveries:write", "alerts:read", "departments:any", "staff:read", "supervision:write",
            "disasters:write", "figures:write", "petitions:confirm", "insurance:read",
        } | _PETITIONS,
    ),
    StaffRole.COUNTY: RoleRule(
        tier="county", units=(UnitKind.LEAD,), areas=("county",),
        zh="县级审定,维护政策参数", en="approves, owns the policy profile",
        scopes=_FIGURES | _DUTIES | {
            "episodes:approve", "clues:confirm", "policy:write", "rules:write", "households:approve", "campaigns:write",
            "findings:read", "alerts:read", "persons:unmask", "unmaskings:confirm", "staff:read", "supervision:write",
            "disasters:write", "figures:write", "petitions:confirm", "insurance:read",
        } | _PETITIONS | _AGREEMENTS,
    ),
    StaffRole.LEADGROUP: RoleRule(
        tier="county", units=(UnitKind.OFFICE,), areas=("county",),
        zh="研究重大个案、绿色通道、督办清单", en="decides on major cases, green channel, supervision list",
        scopes=_FIGURES | _DUTIES | _PETITIONS | {
            "episodes:expedite", "alerts:read", "staff:read", "supervision:write", "petitions:confirm",
        },
    ),
    StaffRole.LIAISON: RoleRule(
        tier="county", units=(UnitKind.DEPARTMENT,), areas=_UPPER, is_single=True,
        zh="报送本部门数据,确认政策缺口,落实措施", en="delivers the department's data, confirms policy gaps, measures",
        scopes=_DUTIES | {
            "areas:read", "datasets:read", "deliveries:write",
            "deliveries:read", "ledger:read", "plans:write", "supervision:read", "provision:read",
            "figures:read", "insurance:read",
        } | _PETITIONS | _AGREEMENTS,
    ),
    StaffRole.CITY: RoleRule(
        tier="city", units=(UnitKind.OFFICE, UnitKind.DEPARTMENT), areas=("city",),
        zh="汇总、目标、督导", en="aggregate view, targets, supervision",
        scopes=_FIGURES | {"duties:read", "supervision:write"},
    ),
    StaffRole.PROVINCE: RoleRule(
        tier="province", units=(UnitKind.OFFICE, UnitKind.DEPARTMENT), areas=("province",),
        zh="汇总、目标、督导", en="aggregate view, targets, supervision",
        scopes=_FIGURES | {"duties:read", "supervision:write"},
    ),
    StaffRole.AUDITOR: RoleRule(
        tier="any", units=(UnitKind.OFFICE, UnitKind.DEPARTMENT), areas=_UPPER,
        zh="抽查,只读,留痕", en="read-only samples, with an audit trail",
        scopes=_FIGURES | {
            "audit:read", "agreements:read", "duties:read", "findings:read", "deliveries:read", "staff:read",
        },
    ),
    StaffRole.SYSTEM_ADMIN: _administrator(
        StaffRole.SYSTEM_ADMIN, "系统运行与接入", "operation and clients",
        "areas:read", "areas:write", "subscriptions:administer", "clients:manage",
    ),
    StaffRole.SECURITY_ADMIN: _administrator(
        StaffRole.SECURITY_ADMIN, "权限与密钥", "permissions and keys",
        "areas:read", "staff:read", "staff:write",
    ),
    StaffRole.AUDIT_ADMIN: _administrator(
        StaffRole.AUDIT_ADMIN, "审计记录与检查", "the audit trail and its checks", "audit:read"
    ),
}  # fmt: skip

VISITORS: Final = frozenset(role for role, rule in ROLES.items() if rule.scopes >= _VISITS)
"""Who goes to households: only somebody in one of these roles is named as having been there."""

VISITORS_OF: Final[Mapping[Tier, frozenset[StaffRole]]] = {
    tier: frozenset(role for role in VISITORS if ROLES[role].tier == tier) for tier in ("town", "village")
}
"""Who of the township, and who of the village, where both must have been there."""
