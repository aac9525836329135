"""What people read of change requests: Chinese first, English beside. A key is the code of the answer. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

REFUSALS: Final[Mapping[str, str]] = {
    "occurred_on.future": "日期在将来 / a date in the future",
    "occurred_on.before_birth": "早于出生日期 / before the birth date",
    "occurred_on.before_joining": "早于入户日期 / before the day on which the person joined",
    "occurred_on.out_of_order": "此后已有更晚的登记,不能生效 / something that happened later is known already",
    "member.not_newborn": "不是新生儿 / not a newborn of that day",
    "person.unknown": "不是本户在册成员 / not an active member",
    "person.duplicate": "本户已有同名、同出生日期、同性别的成员 / a member of this name, birth date and sex is there",
    "person.has_number": "该成员已有证件号码,请用更正 / the member has a number: ask for a correction",
    "relations.duplicate": "同一成员出现两次 / the same member twice",
    "relations.leaves": "该成员正在离开本户 / this member leaves",
    "village_code.unknown": "行政村代码不存在 / no such village",
    "evidence.missing": "须附佐证:{zh} / attach evidence: {en}",
    "evidence.unknown": "该户没有此附件,请先上传 / the household has no such attachment: send it first",
    "content.one_of": "给出 member 或 person 之一 / give member or person, not both",
    "content.into": "into 与 relation 须一并填写 / give into and relation together",
    "content.empty": "没有要变更的内容 / nothing is to change",
}

INCOME: Final = "{year}年收支 / income and expenditure of {year}"
