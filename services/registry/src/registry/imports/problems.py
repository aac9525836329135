"""Errors of a whole import. A single bad household is a reject row, not a problem."""

from __future__ import annotations

from servicekit.problems import Conflict, Internal, NotFound

IMPORT = "registry.import"  # the codes of files that cannot be used begin with it (`intake.refusals`)


class ImportNotFound(NotFound):
    """404: no such import of this client."""

    code = "registry.import.not_found"
    title = "未找到该次导入"


class ImportNotOpen(Conflict):
    """409: all of its parts were committed already."""

    code = "registry.import.not_open"
    title = "该次导入已提交,不能再上传"
    advice = "请用 GET 查看进度;如需更正,请重新发起导入。"


class PartConflict(Conflict):
    """409: the part number already holds other bytes."""

    code = "registry.import.part_conflict"
    title = "该分片号已有不同内容"
    advice = "分片不可覆盖;请换一个分片号,或重新发起导入。"


class PartMissing(Conflict):
    """409: the commit announces parts that are not here."""

    code = "registry.import.part_missing"
    title = "分片缺失"
    advice = "请按 missing 中的分片号重新上传,再提交。"


class ImportCrashed(Internal):
    """500: the worker ended during this import more than once; nothing of it was kept."""

    code = "registry.import.crashed"
    title = "导入多次异常中断"
    advice = "本次没有写入任何数据;请把 import_id 告诉管理员。"
