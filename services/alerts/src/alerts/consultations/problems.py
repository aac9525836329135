"""Errors of consultations."""

from __future__ import annotations

from servicekit.problems import Conflict, Forbidden, InvalidInput, NotFound


class ConsultationNotFound(NotFound):
    """404: no such consultation that the caller took part in, or within its areas."""

    code = "alerts.consultation.not_found"
    title = "未找到该次会商"
    advice = "请用 GET /v1/consultations 查看本地区或本部门参加的会商。"


class ConsultationInvalid(InvalidInput):
    """422: `errors` say what is wrong with the record."""

    code = "alerts.consultation.invalid"
    title = "会商记录有误"
    advice = "请按 errors 逐项更正后重新提交。"


class ConsultationOfCounty(Forbidden):
    """403: a department takes part; who leads keeps the record."""

    code = "alerts.consultation.of_county"
    title = "会商记录由牵头部门登记"
    advice = "请由县级监测员或牵头部门登记;部门可查看本部门参加的会商。"


class ConsultationWithdrawn(Conflict):
    """409: it was taken back."""

    code = "alerts.consultation.withdrawn"
    title = "该次会商记录已撤回"
    advice = "请登记新的会商记录。"
