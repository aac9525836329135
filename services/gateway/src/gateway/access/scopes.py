"""Every scope of the API, with what it allows."""

from __future__ import annotations

SCOPES: dict[str, tuple[str, str]] = {
    "areas:read": ("查询行政区划", "read areas"),
    "areas:write": ("维护行政区划", "maintain areas"),
    "households:read": ("查询农户(脱敏)", "read households, masked"),
    "households:write": ("维护农户信息", "maintain households"),
    "households:import": ("批量导入农户", "import households in bulk"),
    "persons:search": ("按证件号码查找人员", "find persons by ID number"),
    "persons:unmask": ("查看未脱敏信息(须填用途)", "see unmasked values, with a purpose"),
    "policy:read": ("查询政策参数", "read policy profiles"),
    "policy:write": ("设置政策参数", "set policy profiles"),
    "episodes:read": ("查询监测对象", "read monitoring episodes"),
    "episodes:write": ("办理识别与帮扶", "work on monitoring episodes"),
    "episodes:audit": ("乡镇审核", "audit for the township"),
    "episodes:approve": ("县级审定", "approve for the county"),
    "plans:write": ("制定帮扶计划与措施", "write plans and measures"),
    "staff:read": ("查询人员与任职", "read the roster"),
    "staff:write": ("维护人员、任职与结对", "maintain the roster"),
    "contacts:write": ("登记联系记录", "record contacts of helpers"),
    "datasets:read": ("查询数据集目录", "read the dataset catalogue"),
    "deliveries:write": ("报送部门数据", "deliver department data"),
    "deliveries:read": ("查询报送情况", "read deliveries"),
    "ledger:read": ("查询报送台账", "read the delivery ledger"),
    "comparison:run": ("发起比对", "start comparison runs"),
    "comparison:read": ("查询比对", "read comparison runs"),
    "findings:read": ("查询比对结果", "read findings"),
    "rules:read": ("查询预警规则", "read rules"),
    "clues:read": ("查询线索", "read clues"),
    "clues:verify": ("核实线索", "verify clues"),
    "clues:confirm": ("复核排除线索", "confirm exclusions of clues"),
    "clues:report": ("上报申请与走访", "report applications and visits"),
    "duties:read": ("查询到期须办事项", "see what must be done by a day"),
    "duties:handle": ("办理到期须办事项", "take duties in hand, hand them over, note on them"),
    "alerts:read": ("接收预警", "read alerts"),
    "subscriptions:manage": ("管理订阅", "manage subscriptions"),
    "subscriptions:administer": ("查看与终止任何订阅", "see and end anybody's subscriptions"),
    "clients:manage": ("管理接入方", "manage clients"),
    "audit:read": ("查询访问审计", "read the access audit"),
    "departments:any": ("代任意部门办理(仅主管部门)", "act for any department (bureau only)"),
}

STRICT: frozenset[str] = frozenset(
    {"persons:search", "persons:unmask", "households:import", "policy:write", "episodes:audit", "episodes:approve"}
    | {"staff:write", "clues:confirm", "departments:any", "clients:manage", "subscriptions:administer", "audit:read"}
)
"""Scopes that one manager alone cannot give: a second one approves."""
