"""Every scope of the API: what it allows, who may give it, and whether a person must hold it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Scope:
    """What a scope allows.

    Attributes:
        zh, en: What it allows.
        is_strict: Whether one manager alone cannot give it: a second one approves.
        needs_person: Whether it stands for a step that a person must take: no machine acts with it for itself
            (separation of duty, GB/T 22239; decisions about a household are made by persons).
        works_offline: Whether its steps are taken at the household, where there may be no connection: an app may queue
            them and send them as a batch.
    """

    zh: str
    en: str
    is_strict: bool = False
    needs_person: bool = False
    works_offline: bool = False


SCOPES: Final[Mapping[str, Scope]] = {
    "areas:read": Scope("查询行政区划", "read areas"),
    "areas:write": Scope("维护行政区划", "maintain areas"),
    "households:read": Scope("查询农户(脱敏)", "read households, masked"),
    "households:write": Scope("维护农户信息", "maintain households", works_offline=True),
    "households:approve": Scope("审批户变更", "approve changes of households", is_strict=True, needs_person=True),
    "households:import": Scope("批量导入农户", "import households in bulk", is_strict=True),
    "persons:search": Scope("按证件号码查找人员", "find persons by ID number", is_strict=True),
    "persons:unmask": Scope(
        "查看未脱敏信息(须填用途)", "see unmasked values, with a purpose", is_strict=True, needs_person=True
    ),
    "unmaskings:confirm": Scope(
        "复核批量查看未脱敏信息", "confirm that somebody sees many in full", is_strict=True, needs_person=True
    ),
    "policy:read": Scope("查询政策参数", "read policy profiles"),
    "policy:write": Scope("设置政策参数", "set policy profiles", is_strict=True, needs_person=True),
    "episodes:read": Scope("查询监测对象", "read monitoring episodes"),
    "episodes:write": Scope("办理识别与帮扶", "work on monitoring episodes", needs_person=True, works_offline=True),
    "episodes:audit": Scope("乡镇审核", "audit for the township", is_strict=True, needs_person=True),
    "episodes:approve": Scope("县级审定", "approve for the county", is_strict=True, needs_person=True),
    "episodes:expedite": Scope(
        "审批绿色通道", "approve the green channel: help first, procedure after", is_strict=True, needs_person=True
    ),
    "plans:write": Scope("制定帮扶计划与措施", "write plans and measures", needs_person=True, works_offline=True),
    "staff:read": Scope("查询人员与任职", "read the roster"),
    "staff:write": Scope("维护人员、任职与结对", "maintain the roster", is_strict=True),
    "contacts:write": Scope(
        "登记走访与联系", "record visits of households and contacts with them", needs_person=True, works_offline=True
    ),
    "campaigns:write": Scope("组织排查与核查", "open and cancel campaigns", needs_person=True),
    "collective:write": Scope("登记村集体收益分配", "record what villages distribute", needs_person=True),
    "datasets:read": Scope("查询数据集目录", "read the dataset catalogue"),
    "deliveries:write": Scope("报送部门数据", "deliver department data"),
    "deliveries:read": Scope("查询报送情况", "read deliveries"),
    "agreements:read": Scope("查询共享协议", "read agreements"),
    "agreements:write": Scope("起草、提交与撤销共享协议", "draft, offer and revoke agreements", needs_person=True),
    "agreements:approve": Scope(
        "代表本方批准共享协议", "approve agreements for one's own side", is_strict=True, needs_person=True
    ),
    "provision:read": Scope("按协议领取数据", "draw what an agreement grants"),
    "insurance:read": Scope("查询重点人群参保台账", "read the insurance ledger of the people in focus"),
    "ledger:read": Scope("查询报送台账", "read the delivery ledger"),
    "comparison:run": Scope("发起比对", "start comparison runs"),
    "comparison:read": Scope("查询比对", "read comparison runs"),
    "findings:read": Scope("查询比对结果", "read findings"),
    "rules:read": Scope("查询预警规则", "read rules"),
    "rules:write": Scope("停用、启用预警规则", "retire and activate rules", is_strict=True, needs_person=True),
    "clues:read": Scope("查询线索", "read clues"),
    "clues:verify": Scope("核实线索", "verify clues", needs_person=True, works_offline=True),
    "clues:confirm": Scope("复核排除线索", "confirm exclusions of clues", is_strict=True, needs_person=True),
    "clues:report": Scope("上报申请与走访", "report applications and visits", works_offline=True),
    "disasters:write": Scope("登记灾害事件", "declare disasters and whom they hit", needs_person=True),
    "duties:read": Scope("查询到期须办事项", "see what must be done by a day"),
    "duties:handle": Scope(
        "办理到期须办事项", "take duties in hand, hand them over, note on them", needs_person=True, works_offline=True
    ),
    "supervision:read": Scope("查询整改台账与督办", "read the rectification ledger and what is supervised"),
    "supervision:write": Scope("登记问题、销号与督办", "register problems, clear them, supervise", needs_person=True),
    "figures:read": Scope("查询指标与报表", "read indicators and reports"),
    "figures:write": Scope("重算指标", "have indicators computed again", needs_person=True),
    "petitions:read": Scope("查询信访舆情事项", "read petitions and public opinion"),
    "petitions:write": Scope("登记信访舆情事项", "register petitions and public opinion, reopen them"),
    "petitions:confirm": Scope("复核信访舆情办理结果", "confirm what was done about a petition", needs_person=True),
    "alerts:read": Scope("接收预警", "read alerts"),
    "subscriptions:manage": Scope("管理订阅", "manage subscriptions"),
    "subscriptions:administer": Scope("查看与终止任何订阅", "see and end anybody's subscriptions", is_strict=True),
    "clients:manage": Scope("管理接入方", "manage clients", is_strict=True),
    "audit:read": Scope("查询访问审计", "read the access audit", is_strict=True),
    "departments:any": Scope("代任意部门办理(仅主管部门)", "act for any department (bureau only)", is_strict=True),
}

STRICT: Final = frozenset(name for name, scope in SCOPES.items() if scope.is_strict)
"""Scopes that one manager alone cannot give."""

OF_PERSONS: Final = frozenset(name for name, scope in SCOPES.items() if scope.needs_person)
"""Scopes of steps that a person must take."""

OFFLINE: Final = tuple(name for name, scope in SCOPES.items() if scope.works_offline)
"""Scopes of steps that an app may queue while it has no connection."""
