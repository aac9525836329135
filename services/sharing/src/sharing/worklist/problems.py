"""Errors of the worklist."""

from __future__ import annotations

from servicekit.problems import Conflict, NotFound, Overtaken


class UnknownRow(NotFound):
    """404: no such row, or it belongs to another department or area."""

    code = "sharing.worklist.unknown"
    title = "没有这条待核实数据"
    advice = "请用 GET /v1/worklist 查看本部门、本区域的待核实数据。"


class AlreadyDecided(Overtaken):
    """409: the row waits no longer."""

    code = "sharing.worklist.decided"
    title = "该条数据已处理"
    advice = "请重新读取该条数据,查看处理结果与经过(history)。"


class DecisionUnfit(Conflict):
    """409: the decision does not answer the row's question."""

    code = "sharing.worklist.decision_unfit"
    title = "该处理方式不适用于这类数据"
    advice = (
        "请从 allowed 中选择:姓名不符可认定为同一人或他人;无法核对的请先人工核查;"
        "登记死亡的请更正或停发,确属健在的认定为健在;其他情形请选择数据有误或撤回。"
    )
