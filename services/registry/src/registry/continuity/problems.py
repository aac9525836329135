"""Errors of continuity."""

from __future__ import annotations

from servicekit.problems import Conflict


class BothHaveCases(Conflict):
    """409: both households have a case that is not over."""

    code = "registry.continuity.both_have_cases"
    title = "两户均有未结束的监测个案"
    advice = "请先结束或更正其中一户的监测个案,再办理并户。"


class SamePerson(Conflict):
    """409: somebody cannot be merged with himself, nor with whoever is gone."""

    code = "registry.continuity.same_person"
    title = "两条人员记录不能合并"
    advice = "请给出两条不同的记录,且保留的一条仍在册。"


class SameHousehold(Conflict):
    """409: a household cannot be merged into itself."""

    code = "registry.continuity.same_household"
    title = "不能并入本户"
    advice = "请给出另一个在册户的编号。"
