"""Errors of decisions about rules."""

from __future__ import annotations

from servicekit.problems import Conflict, Forbidden


class NotActive(Conflict):
    """409: the rule is retired all over the area already."""

    code = "sharing.rule.not_active"
    title = "该规则在此区划内已停用"
    advice = "请用 GET /v1/rules/{id}?area= 查看规则现状。"


class AlreadyActive(Conflict):
    """409: the rule is active all over the area already."""

    code = "sharing.rule.already_active"
    title = "该规则在此区划内已启用"
    advice = "请用 GET /v1/rules/{id}?area= 查看规则现状。"


class SecondPersonNeeded(Forbidden):
    """403: who retired a rule does not activate it."""

    code = "sharing.rule.second_person"
    title = "规则须由另一人启用"
    advice = "请由停用人以外、具有 rules:write 的另一人启用。"
