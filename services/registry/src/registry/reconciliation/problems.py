"""Errors of reconciliations."""

from __future__ import annotations

from servicekit.problems import Conflict, NotFound


class ReconciliationNotFound(NotFound):
    """404: no such reconciliation within the caller's areas."""

    code = "registry.reconciliation.not_found"
    title = "未找到该次对账"


class DifferenceNotFound(NotFound):
    """404: no such difference within the caller's areas."""

    code = "registry.reconciliation.difference_not_found"
    title = "未找到该项差异"


class DifferenceStale(Conflict):
    """409: a value has changed since the difference was read, or it is gone."""

    code = "registry.reconciliation.stale"
    title = "登记内容已变动,该项差异已不是您看到的样子"
    advice = "请重新读取差异清单,核对后再处理。"


class DifferenceDecided(Conflict):
    """409: it was accepted already; what is registered is the export's value."""

    code = "registry.reconciliation.decided"
    title = "该项差异已采纳"


class NotAcceptable(Conflict):
    """409: the difference is none that a change of a field would settle."""

    code = "registry.reconciliation.not_acceptable"
    title = "该项差异不能直接采纳"
    advice = "户、人员或监测身份的差异请按登记、迁移、识别等办理程序处理,或填写理由后忽略。"


class ValueExpired(Conflict):
    """409: the sealed value of the export was deleted after its retention."""

    code = "registry.reconciliation.expired"
    title = "国家系统导出的敏感值已过保存期"
    advice = "请重新导入国家系统导出文件后再采纳。"
