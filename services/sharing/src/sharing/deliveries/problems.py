"""Errors of deliveries. Each says in Chinese what to do."""

from __future__ import annotations

from servicekit.problems import (
    Conflict,
    InvalidInput,
    MalformedBody,
    NotFound,
    PayloadTooLarge,
    Unavailable,
    UnsupportedMediaType,
)


class UnknownDelivery(NotFound):
    """404: no such delivery, or it belongs to another department or area."""

    code = "sharing.delivery.unknown"
    title = "没有这个报送批次"
    advice = "请用 GET /v1/deliveries 查看本部门的报送批次。"


class DeliveryNotOpen(Conflict):
    """409: the delivery was committed, refused or abandoned."""

    code = "sharing.delivery.not_open"
    title = "报送批次已结束,不能再修改"
    advice = "如需更正,请重新打开一个同期的报送批次,提交后自动替代原批次。"


class MissingPart(Conflict):
    """409: the commit names a part that is not here, or other bytes than those that are."""

    code = "sharing.delivery.part_missing"
    title = "分片缺失或内容不一致"
    advice = "请按 missing 与 different 中的分片号重新上传,再提交。"


class NothingDelivered(Conflict):
    """409: a commit without any part."""

    code = "sharing.delivery.empty"
    title = "报送批次没有任何分片"
    advice = "请先上传分片;若本期确无数据,请用 POST /v1/deliveries/nil 做零报告。"


class RowsRejected(Conflict):
    """409: a strict delivery had rejected rows; nothing of it is kept."""

    code = "sharing.delivery.strict_rejected"
    title = "严格模式:存在不合格行,整批未入库"
    advice = "请下载不合格行(GET /v1/deliveries/{id}/rejects),改正后重新报送整批。"


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


class PartTooLarge(PayloadTooLarge):
    """413: more bytes than a part may have, as sent or inflated."""

    code = "sharing.part.too_large"
    title = "分片过大"


class DecompressionBomb(PayloadTooLarge):
    """413: inflates far more than real data does."""

    code = "sharing.part.bomb"
    title = "压缩比异常,疑似压缩炸弹"
    advice = "请用普通压缩级别重新压缩,或不压缩直接上传。"


class UnsupportedEncoding(UnsupportedMediaType):
    """415: a Content-Encoding other than gzip and zstd."""

    code = "sharing.part.content_encoding"
    title = "不支持的压缩方式"
    advice = "请使用 Content-Encoding: gzip 或 zstd,或不压缩。"


class UnsupportedFormat(UnsupportedMediaType):
    """415: a Content-Type other than NDJSON, CSV and XLSX."""

    code = "sharing.part.content_type"
    title = "不支持的文件格式"
    advice = "请使用 application/x-ndjson、text/csv 或 XLSX 的 Content-Type。"


class TruncatedPart(MalformedBody):
    """400: the compressed stream is broken or ends too early."""

    code = "sharing.part.truncated"
    title = "压缩数据损坏或不完整"
    advice = "请重新压缩并重新上传该分片。"


class DigestMismatch(MalformedBody):
    """400: the bytes are not those that Content-Digest announces."""

    code = "sharing.part.digest_mismatch"
    title = "内容摘要不一致"
    advice = "传输中有改动或丢失;请重新上传该分片。"


class DigestMalformed(MalformedBody):
    """400: Content-Digest holds no readable sha-256 value (RFC 9530)."""

    code = "sharing.part.digest_malformed"
    title = "Content-Digest 格式不正确"
    advice = "请使用 Content-Digest: sha-256=:<Base64>: 的写法,或不带该请求头。"


class PartUnreadable(InvalidInput):
    """422: base of everything that makes a whole part unusable."""

    code = "sharing.part.unreadable"
    title = "分片无法读取"
    advice = "请按说明修正文件后重新上传该分片。"


class WrongCharset(PartUnreadable):
    """422: the bytes are not text in the declared encoding."""

    code = "sharing.part.charset"
    title = "字符编码不正确"
    advice = "请核对文件编码;GBK 文件请声明 Content-Type: text/csv; charset=gb18030,否则请另存为 UTF-8。"


class MissingColumn(PartUnreadable):
    """422: a required column is not in the file."""

    code = "sharing.part.column_missing"
    title = "缺少必填列"
    advice = "请用 GET /v1/datasets/{code}/template 下载模板,补齐 columns 中列出的列。"


class DuplicateColumn(PartUnreadable):
    """422: two columns of the file mean the same field."""

    code = "sharing.part.column_duplicate"
    title = "列名重复"
    advice = "请删除重复的列;中文列名与字段代码不要同时出现。"


class EmptyPart(PartUnreadable):
    """422: no rows."""

    code = "sharing.part.empty"
    title = "分片没有数据行"
    advice = "请检查文件;若本期确无数据,请用 POST /v1/deliveries/nil 做零报告。"


class LineTooLong(PartUnreadable):
    """422: a line without end."""

    code = "sharing.part.line_too_long"
    title = "单行过长"
    advice = "请检查换行符;每行一条记录。"


class WorkbookUnreadable(PartUnreadable):
    """422: not an XLSX workbook, damaged, encrypted, or too large to be read within the memory limit."""

    code = "sharing.part.workbook"
    title = "Excel 文件无法读取"
    advice = "请确认是未加密的 .xlsx 文件且只有一张数据表;数据量大时请改用 CSV。"


class RecordRejected(InvalidInput):
    """422: the single record does not pass; `errors` point at its fields."""

    code = "sharing.record.rejected"
    title = "记录不合格"


class TokenKeyMissing(Unavailable):
    """503: this process was not given the token key of the delivery; while keys are being changed, another one was."""

    code = "sharing.token_key_missing"
    title = "正在更换密钥,请重试"
    advice = "请稍后重试;若持续出现,请联系系统管理员检查 SHARING_OTHER_TOKEN_KEYS。"
