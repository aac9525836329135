"""Errors of attachments."""

from __future__ import annotations

from servicekit.problems import Conflict, Forbidden, InvalidInput, NotFound, PayloadTooLarge, UnsupportedMediaType


class AttachmentNotFound(NotFound):
    """404: the household has no such attachment."""

    code = "registry.attachment.not_found"
    title = "该户没有此附件"
    advice = "请核对附件的 SHA-256;附件只属于上传时所指的户。"


class AttachmentTooLarge(PayloadTooLarge):
    """413: the file is larger than one attachment may be; nothing was kept."""

    code = "registry.attachment.too_large"
    advice = "请压缩照片或分开扫描后重新上传;字节数上限见 limit_bytes。"


class AttachmentTypeRefused(UnsupportedMediaType):
    """415: the bytes are no JPEG, PNG or PDF, or another one than the Content-Type says; nothing was kept."""

    code = "registry.attachment.type"
    title = "附件不是所声明的 JPEG、PNG 或 PDF"
    advice = "请上传 JPEG、PNG 照片或 PDF 扫描件,Content-Type 与文件内容一致,不要压缩编码。"


class AttachmentHashWrong(InvalidInput):
    """422: the bytes have another SHA-256 than the address says; nothing was kept."""

    code = "registry.attachment.hash"
    title = "附件内容与 SHA-256 不符"
    advice = "传输中可能损坏,请重新计算 SHA-256(64位小写十六进制)后重新上传。"


class AttachmentsFull(Conflict):
    """409: the household has as many attachments as it may have."""

    code = "registry.attachment.full"
    title = "该户附件已达上限"
    advice = "请确认是否重复上传;确需更多附件请联系管理员调整上限。"


class AttachmentNotYours(Forbidden):
    """403: an attachment is taken back by who sent it, and nobody else."""

    code = "registry.attachment.not_yours"
    title = "附件不是您上传的"
    advice = "请由上传人(kept_by)撤回。"


class AttachmentIsEvidence(Conflict):
    """409: something names the attachment; `named_by` lists the kinds."""

    code = "registry.attachment.evidence"
    title = "附件已作为依据引用,不能撤回"
    advice = "引用该附件的记录见附件清单的 named_by;记录有误的,请按更正程序办理。"


class AttachmentStays(Conflict):
    """409: the days within which an attachment may be taken back are over."""

    code = "registry.attachment.stays"
    title = "已超过附件撤回期限"
    advice = "期限见政策参数 episodes.attachment_days。"
