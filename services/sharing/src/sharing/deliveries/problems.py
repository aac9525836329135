"""Errors of deliveries. Each says in Chinese what to do."""

from __future__ import annotations

from servicekit.problems import Conflict, Forbidden, InvalidInput, NotFound, Overtaken, Unavailable

PART = "sharing.part"  # the codes of parts that cannot be used begin with it (`intake.refusals`)


class UnknownDelivery(NotFound):
    """404: no such delivery, or it belongs to another department or area."""

    code = "sharing.delivery.unknown"
    title = "没有这个报送批次"
    advice = "请用 GET /v1/deliveries 查看本部门的报送批次。"


class DeliveryNotOpen(Conflict):
    """409: the delivery was committed, withdrawn, refused or abandoned."""

    code = "sharing.delivery.not_open"
    title = "报送批次已结束,不能再修改"
    advice = "如需更正,请重新打开一个同期的报送批次,提交后自动替代原批次。"


class MissingPart(Conflict):
    """409: the commit names a part that is not here, or other bytes than those that are."""

    code = "sharing.delivery.part_missing"
    title = "分片缺失或内容不一致"
    advice = "请按 missing 与 different 中的分片号重新上传,再提交。"


class RowsRejected(Conflict):
    """409: a strict delivery had rejected rows; nothing of it is kept."""

    code = "sharing.delivery.strict_rejected"
    title = "严格模式:存在不合格行,整批未入库"
    advice = "请下载不合格行(GET /v1/deliveries/{id}/rejects),改正后重新报送整批。"


class ModeUnsupported(InvalidInput):
    """422: the dataset has no such deliveries."""

    code = "sharing.delivery.mode_unsupported"
    title = "该数据集不支持这种报送方式"
    advice = "增量数据集只能用 incremental 或 correction;不填 mode 时按数据集的默认方式报送。"


class CorrectsNothing(Conflict):
    """409: what the correction mends is not a delivery that may still be mended."""

    code = "sharing.delivery.corrects_nothing"
    title = "要更正的批次不存在或已被替代"
    advice = "请从当前生效或暂缓的批次重新下载不合格行,改正后再上传;严格模式整批退回的,请重报完整名单。"


class MixedCorrection(Conflict):
    """409: some parts are mended rows of a delivery, others are not, or they mend another one."""

    code = "sharing.part.mixed_correction"
    title = "更正文件不能与其他内容混在一个批次"
    advice = "请把更正文件(含“更正批次”一列)单独报送:打开新批次时不填 mode,或填 correction。"


class NotHeld(Overtaken):
    """409: the delivery is not held."""

    code = "sharing.delivery.not_held"
    title = "该批次未被暂缓,无需处理"
    advice = "请用 GET /v1/deliveries?state=held 查看待处理的批次。"


class NothingToRelease(Conflict):
    """409: no row of the list can be used; it would take the list before away and put nothing in its place."""

    code = "sharing.delivery.nothing_to_release"
    title = "整批没有合格行,不能放行"
    advice = "请撤回该批次,改正后重新报送;上次的名单继续有效。"


class SecondPersonNeeded(Forbidden):
    """403: at the bureau, who sent a list does not judge it."""

    code = "sharing.delivery.second_person"
    title = "不能由报送该批次的同一人处理"
    advice = "请由报送部门,或监测中心的另一人放行或撤回。"


class PeriodClosed(Conflict):
    """409: the period is no longer open."""

    code = "sharing.period.closed"
    title = "该数据期已关闭"
    advice = "该期已超过可补报的月数;确需补报请联系监测中心调整策略参数 sharing.period_open_months。"


class PeriodInFuture(InvalidInput):
    """422: the period has not begun."""

    code = "sharing.period.future"
    title = "数据期尚未开始"
    advice = "请核对 period(格式 2026-10),不能晚于当前月份。"


class NilNotAllowed(Conflict):
    """409: the dataset always has rows; a nil return would be wrong."""

    code = "sharing.delivery.nil_not_allowed"
    title = "该数据集不允许零报告"
    advice = "请上传本期完整名单。"


class RejectsDeleted(NotFound):
    """404: the rejected rows were deleted when their retention ended."""

    code = "sharing.rejects.deleted"
    title = "不合格行已按保存期限删除"
    advice = "不合格行只保留规定天数;请用原始文件重新报送以再次检查。"


class PartConflict(Conflict):
    """409: the part number already holds other bytes."""

    code = "sharing.part.conflict"
    title = "该分片号已有不同内容"
    advice = "分片不可覆盖;请换一个分片号,或放弃该批次后重新打开。"


class RecordRejected(InvalidInput):
    """422: the single record does not pass; `errors` point at its fields."""

    code = "sharing.record.rejected"
    title = "记录不合格"


class TokenKeyMissing(Unavailable):
    """503: this process was not given the token key of the delivery; while keys are being changed, another one was."""

    code = "sharing.token_key_missing"
    title = "正在更换密钥,请重试"
    advice = "请稍后重试;若持续出现,请联系系统管理员检查 SHARING_OTHER_TOKEN_KEYS。"
