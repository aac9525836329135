"""What people read of agreements."""

from __future__ import annotations

from typing import Final

STATES: Final = {
    "draft": "草拟",
    "offered": "待双方批准",
    "refused": "未获批准",
    "approved": "已批准,尚未生效",
    "active": "生效中",
    "ended": "已到期",
    "revoked": "已撤销",
}
FLAWS: Final = {
    "receiver.unfit": "该产品不向此部门提供 / the product is not for this department",
    "mode.unfit": "该产品不以此方式提供 / the product is not provided in this manner",
    "fields.none": "核验只答是否,不含字段 / a check answers yes or no and has no fields",
    "fields.missing": "至少列出一个字段 / name at least one field",
    "field.unknown": "该产品没有这个字段 / the product has no such field",
    "ends_on.early": "截止日期不得早于起始日期和今天 / it must not end before it begins, or before today",
    "ends_on.late": "期限最长三年 / three years at most",
    "area.ended": "该区划已撤销,请改用承接的区划 / the area is there no more; name what took over from it",
}
