"""Errors of batches."""

from __future__ import annotations

from servicekit.problems import InvalidInput, Problem


class BatchInvalid(InvalidInput):
    """422: an id stands twice, or a step comes after one that is not before it; nothing was done."""

    code = "gateway.batch.invalid"
    title = "批量步骤的编号或先后有误"
    advice = "请为每个步骤使用不同的 id;after 只能写排在前面的步骤。"


class StepUnfit(InvalidInput):
    """422: this operation is none that an app may queue; it was not taken."""

    code = "gateway.batch.step_unfit"
    title = "此操作不能离线排队"
    advice = "请单独调用该接口;可排队的是登记 Idempotency-Key 的入户、核实、联系、帮扶和办理操作。"


class EarlierFailed(Problem):
    """424: a step that this one builds on was refused, so it was not taken; `after` lists them."""

    code = "gateway.batch.earlier_failed"
    title = "所依据的步骤未成功,此步骤未执行"
    status = 424
    advice = "请先处理 after 中的步骤,再用同一 id 重新提交。"


class AnswerCutOff(Problem):
    """502: the answer broke off; whether the step was taken is not known."""

    code = "gateway.batch.answer_cut_off"
    title = "后台服务中断了应答"
    status = 502
    advice = "请用同一 id 重新提交该步骤,不会重复处理。"
