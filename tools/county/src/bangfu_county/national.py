"""An export of the national system that lies beside the register, with planted differences and near-misses.

It has who is, or was, poor or monitored, in the spelling of another office: other headings in another order, dates,
amounts, widths and blanks as they come. What really differs is in `national-truth.json`, and nothing else does.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from random import Random
from typing import Any

import xlsxwriter

from bangfu_county.numbers import check_digit

_FIXED_CREATION = datetime(2026, 1, 1)  # noqa: DTZ001 - workbook properties know no zone
_WIDE = {ord(c): ord(c) + 0xFEE0 for c in "0123456789X"}
_TYPES, _SEXES, _YES = {"0": "一般农户", "1": "脱贫户"}, {"1": "男", "2": "女"}, {True: "是", False: "否"}
_RELATIONS = {"head": "户主", "spouse": "配偶", "child": "子女"}

# Each column: what it is of, its field, and two ways to head it.
_COLUMNS = (
    ("household", "hh_no", "户编号", "户编码"),
    ("household", "village_code", "行政村代码", "村级区划代码"),
    ("household", "group_name", "村民小组", "自然村组"),
    ("household", "hh_type", "户类型", "农户类型"),
    ("household", "housing_tenure", "住房来源", "住房性质"),
    ("household", "is_resettled", "是否易地搬迁", "是否易地扶贫搬迁"),
    ("household", "address", "家庭住址", "详细地址"),
    ("household", "phone", "联系电话", "手机号码"),
    ("monitor", "category", "监测对象类别", "监测户类别"),
    ("monitor", "identified_on", "识别监测时间", "纳入监测时间"),
    ("monitor", "risk_types", "风险类型", "致贫返贫风险"),
    ("member", "person_no", "人口编号", "人员编号"),
    ("member", "name", "姓名", "家庭成员姓名"),
    ("member", "id_no", "证件号码", "公民身份号码"),
    ("member", "birth_date", "出生日期", "出生年月日"),
    ("member", "sex", "性别", "性别"),
    ("member", "relation", "与户主关系", "家庭关系"),
    ("member", "labour", "劳动技能", "劳动能力"),
    ("member", "school_stage", "在校生状况", "在校状况"),
    ("member", "health", "健康状况", "身体状况"),
    ("member", "relief", "享受低保特困", "低保特困"),
)
_AMOUNTS = {"wage": "工资性收入", "transfer": "转移性收入", "self_paid": "合规自付支出"}

Line = dict[str, Any]


@dataclass(frozen=True, slots=True, order=True)
class Difference:
    """One thing in which register and export differ; `hh_no` is the registered household's, if it is registered."""

    kind: str
    subject: str
    field: str
    hh_no: str
    person_no: str


class _Export:
    """What the national system holds, by household, and what of it was planted."""

    def __init__(self, register: list[Line], rng: Random) -> None:
        self.lines = [deepcopy(line) for line in register if line["hh_type"] == "1" or line["monitor"]]
        self.rng = rng
        self.truth: list[Difference] = []
        self._free = rng.sample(self.lines, len(self.lines))

    def plant(self, times: int) -> None:
        for _ in range(times):
            for change in _CHANGES:
                change(self)

    def take(self, fits: Callable[[Line], bool] = lambda _: True) -> Line:
        """Give a household that nothing was planted in."""
        found = next(line for line in self._free if fits(line))
        self._free.remove(found)
        return found

    def differs(self, line: Line, subject: str, *fields: str, person: Line | None = None) -> None:
        who = person["person_no"] if person else ""
        self.truth += [Difference("field", subject, field, line["hh_no"], who) for field in fields]

    def alone(self, kind: str, line: Line, person: Line | None = None) -> None:
        who = person["person_no"] if person else ""
        self.truth.append(Difference(kind, "person" if person else "household", "", line["hh_no"], who))


def _child(line: Line) -> Line | None:
    return next((each for each in line["members"] if each["relation"] == "child"), None)


def _household_fields(export: _Export) -> None:
    line = export.take()
    line["group_name"], line["is_resettled"] = "九十九组", not line["is_resettled"]
    line["housing_tenure"] = "borrowed" if line["housing_tenure"] != "borrowed" else "none"
    export.differs(line, "household", "group_name", "is_resettled", "housing_tenure")


def _type(export: _Export) -> None:
    line = export.take(lambda line: line["hh_type"] == "1" and not line["monitor"])
    line["hh_type"] = "0"
    export.differs(line, "household", "hh_type")


def _contact(export: _Export) -> None:
    line = export.take(lambda line: line["phone"] and line["address"])
    line["phone"] = line["phone"][:7] + f"{(int(line['phone'][7:]) + 1) % 10_000:04d}"  # alike when it is masked
    line["address"] += "旁"
    export.differs(line, "household", "phone", "address")


def _risks(export: _Export) -> None:
    line = export.take(lambda line: line["monitor"])
    risks = line["monitor"]["risk_types"]
    line["monitor"]["risk_types"] = [*risks, next(risk for risk in ("01", "03", "09") if risk not in risks)][-5:]
    export.differs(line, "household", "open_risks")


def _income(export: _Export) -> None:
    line = export.take(lambda line: line["incomes"])
    amounts = line["incomes"][-1]
    amounts["wage"] = f"{float(amounts['wage']) + 0.01:.2f}"
    export.differs(line, "income", "wage")


def _name(export: _Export) -> None:
    line = export.take()
    person = line["members"][0]
    person["name"] = person["name"][0] + "改名"
    export.differs(line, "person", "name", person=person)


def _person_fields(export: _Export) -> None:
    line = export.take()
    person = line["members"][0]
    person["labour"] = "3" if person["labour"] != "3" else "2"
    person["relief"] = "dibao" if person["relief"] != "dibao" else "none"
    person["health"] = ["chronic"] if person["health"] != ["chronic"] else ["healthy"]
    export.differs(line, "person", "labour", "relief", "health", person=person)


def _number(export: _Export) -> None:
    """A number of another day of birth; the person number tells who it is."""
    line = export.take(lambda line: line["members"][0]["id_no"])
    person = line["members"][0]
    born = date.fromisoformat(person["birth_date"])
    born = born.replace(day=born.day % 28 + 1)
    person["birth_date"] = born.isoformat()
    person["id_no"] = _new_number(born, person["sex"], export.rng)
    export.differs(line, "person", "id_no", "birth_date", person=person)


def _left_out(export: _Export) -> None:
    villages = [line["village_code"] for line in export.lines]
    line = export.take(lambda line: villages.count(line["village_code"]) > 2)
    export.lines.remove(line)
    export.alone("only_in_register", line)


def _unknown(export: _Export) -> None:
    of = export.rng.choice(export.lines)
    born = date(1961, 2, export.rng.randrange(1, 28))
    head = deepcopy(of["members"][0]) | {
        "person_no": f"99PN{len(export.truth):06d}", "name": "外来人", "birth_date": born.isoformat(), "sex": "1",
        "id_no": _new_number(born, "1", export.rng), "relation": "head",
    }  # fmt: skip
    line = deepcopy(of) | {"hh_no": f"99HN{len(export.truth):06d}", "members": [head], "monitor": None, "hh_type": "1"}
    export.lines.append(line)
    export.alone("only_in_export", line)


def _member_left_out(export: _Export) -> None:
    line = export.take(_child)  # type: ignore[arg-type]  # whoever is found is true
    person = _child(line)
    line["members"] = [each for each in line["members"] if each is not person]
    export.alone("only_in_register", line, person)


def _member_unknown(export: _Export) -> None:
    line = export.take()
    born = line["members"][0] | {
        "person_no": f"99PM{len(export.truth):06d}", "name": "新生儿", "id_no": None, "birth_date": "2026-09-01",
        "relation": "other", "labour": "5", "health": ["healthy"], "school_stage": None, "relief": "none",
    }  # fmt: skip
    line["members"].append(born)
    export.alone("only_in_export", line, born)


def _elsewhere(export: _Export) -> None:
    home = export.take(_child)  # type: ignore[arg-type]
    person, other = _child(home), export.take()
    home["members"] = [each for each in home["members"] if each is not person]
    assert person is not None  # noqa: S101 - the household was taken for it
    other["members"].append(person | {"relation": "other"})
    export.alone("elsewhere", home, person)


def _renumbered(export: _Export) -> None:
    line = export.take()
    export.differs(line, "household", "hh_no")
    line["hh_no"] = f"99HR{len(export.truth):06d}"


_CHANGES = (
    _household_fields, _type, _contact, _risks, _income, _name, _person_fields, _number, _left_out, _unknown,
    _member_left_out, _member_unknown, _elsewhere, _renumbered,
)  # fmt: skip


def _new_number(born: date, sex: str, rng: Random) -> str:
    """Give a number of a place in which nobody of the county was registered first."""
    first17 = f"990999{born:%Y%m%d}{rng.randrange(1, 499) * 2 + (sex == '1'):03d}"
    return first17 + check_digit(first17)


def write_national(root: Path, *, seed: int = 1) -> list[Difference]:
    """Write the export beside a county's register, as CSV and as a workbook, and what differs in it.

    Args:
        root: A folder that `generate` wrote.

    Returns:
        What differs, also written as `registry/national-truth.json`.
    """
    folder = root / "registry"
    register = [json.loads(line) for line in (folder / "households.ndjson").read_text(encoding="utf-8").splitlines()]
    rng = Random(f"national {seed}")  # noqa: S311 - repeatable on purpose
    export = _Export(register, rng)
    export.plant(max(1, len(register) // 5_000))
    years = sorted({income["year"] for line in export.lines for income in line["incomes"]})
    for name, spelling in (("national-export.csv", 0), ("national-export.xlsx", 1)):
        heads = [(owner, field, titles[spelling]) for owner, field, *titles in _COLUMNS]
        heads += [(str(year), part, f"{year}年{title}") for year in years for part, title in _AMOUNTS.items()]
        rng.shuffle(heads)
        rows = (row for line in export.lines for row in _rows(line, [head[:2] for head in heads], rng))
        write = _write_book if name.endswith("xlsx") else _write_csv
        write(folder / name, [title for _, _, title in heads], rows)
    truth = sorted(export.truth)
    shown = json.dumps([asdict(each) for each in truth], ensure_ascii=False, indent=1)
    (folder / "national-truth.json").write_text(shown + "\n", encoding="utf-8")
    return truth


def _rows(line: Line, heads: list[tuple[str, str]], rng: Random) -> Iterator[list[str]]:
    """Give a row for each member; what is of the household may stand in the first one only, but for its number."""
    incomes = {str(income["year"]): income for income in line["incomes"]}
    for place, member in enumerate(line["members"]):
        of = {"household": line, "monitor": line["monitor"] or {}, "member": member, **incomes}
        yield [
            ""
            if place and owner != "member" and field not in ("hh_no", "village_code")
            else _cell(field, of.get(owner, {}).get(field), rng)
            for owner, field in heads
        ]


def _cell(field: str, value: Any, rng: Random) -> str:
    return "" if value is None else str(_written(field, value, rng.randrange(4)))


def _written(field: str, value: Any, way: int) -> Any:
    """Give a value in one of the ways in which clerks write it."""
    match field:
        case "hh_type":
            return _TYPES[value] if way else value
        case "sex":
            return _SEXES[value] if way else value
        case "is_resettled":
            return _YES[value]
        case "relation":
            return _RELATIONS.get(value, value)
        case "risk_types" | "health":
            return ("、", ";", "、", "，")[way].join(reversed(value) if way == 1 else value)
        case "birth_date" | "identified_on":
            return (value, value.replace("-", "/"), value.replace("-", ""), value)[way]
        case "id_no":
            return (value, value.translate(_WIDE), value.replace("X", "x"), f" {value}")[way]
        case "name":
            return f"{value[0]}　{value[1:]}" if way == 1 and len(value) in (2, 3) else value
        case "group_name" | "phone":
            return value.translate(_WIDE) if way == 1 else f" {value} " if way == 2 else value
        case "wage" | "transfer" | "self_paid":
            return f"{float(value):,.2f}" if way == 1 else f"{value}元" if way == 2 else value
    return value


def _write_csv(path: Path, titles: list[str], rows: Iterator[list[str]]) -> None:
    with path.open("w", encoding="gb18030", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\r\n")
        writer.writerow(titles)
        writer.writerows(rows)


def _write_book(path: Path, titles: list[str], rows: Iterator[list[str]]) -> None:
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        book.set_properties({"created": _FIXED_CREATION})
        sheet = book.add_worksheet("导出")
        sheet.write_row(0, 0, ["全国防返贫监测信息系统 户与人员导出"])
        for number, row in enumerate([titles, *rows], start=1):
            for place, cell in enumerate(row):
                if cell:
                    sheet.write_string(number, place, cell)
