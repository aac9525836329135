"""What is wrong with the record of a consultation, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

FAULTS: Final[Mapping[str, str]] = {
    "held_on.future": "会商日期不能晚于今天 / a consultation is recorded once it was held",
    "departments.one": "会商须有两个以上部门参加 / two departments at least take part",
    "clue.unknown": "线索不存在或不在管辖范围内 / no such clue within your areas",
    "clue.closed": "线索已办结,研判须在核实结论之前 / the clue is closed: it is judged before its result",
    "decision.department": "负责部门没有参加会商 / the department did not take part",
    "decision.due": "完成时限早于会商日期 / due before the consultation was held",
}
