"""A file of the roster: what a row says, and what each row meets."""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from contracts.staff_file import STAFF_FILE
from contracts.vocabulary import StaffRole, UnitKind
from registry.imports.template import staff_template
from registry.roster.book import Book, Held, Person, Unit, unit_of
from registry.roster.file_rows import LAYOUT, StaffRow, fault, read_row
from registry.roster.texts import FAULTS
from registry.terms import Term
from servicekit.identity import check_digit

COUNTY, TOWN, VILLAGE, ELSEWHERE = "990101000000", "990101101000", "990101101201", "990201000000"
TODAY = date(2026, 11, 10)
NUMBERS = count(1)


def new_id() -> UUID:
    return UUID(int=next(NUMBERS))


BUREAU = unit_of(new_id(), "department", "医保局", COUNTY, "MED")
OFFICE = unit_of(new_id(), "town", "青石镇政府", TOWN, None)
LEAD = unit_of(new_id(), "lead", "农业农村局", COUNTY, None)


def book(*people: Person, units: tuple[Unit, ...] = (BUREAU, OFFICE, LEAD)) -> Book:
    single = {
        (held.unit_id, held.term.role): [(person.id, held.term)]
        for person in people
        for held in person.terms
        if held.term.role is StaffRole.LIAISON
    }
    return Book(
        today=TODAY, covers=lambda area: area.startswith("990101"), new_id=new_id,
        areas={COUNTY, TOWN, VILLAGE, ELSEWHERE}, units=list(units), people=list(people),
        owners={(issuer, subject): person.id for person in people for issuer, subject in person.accounts.items()},
        single=single,
    )  # fmt: skip


def row(line: int = 2, **said: Any) -> StaffRow:
    facts: dict[str, Any] = {"line": line, "name": "李干部", "unit_name": "青石镇政府", "staff_no": "B-1"}
    return StaffRow(**facts | said)


def term(role: StaffRole = StaffRole.ENTRY, area: str = TOWN, **more: Any) -> dict[str, Any]:
    return {"role": role, "area_code": area, "first_on": date(2026, 1, 1)} | more


def somebody(**more: Any) -> Person:
    facts: dict[str, Any] = {"id": new_id(), "staff_no": "B-1", "name": "李干部", "unit_id": OFFICE.id}
    return Person(**facts | more)


def in_office(unit: Unit = OFFICE, last_on: date | None = None, **more: Any) -> Held:
    said = term(**more)
    return Held(new_id(), unit.id, Term(said["role"], said["area_code"], said["first_on"], last_on, None))


def codes(*takes: list[Any]) -> list[str]:
    return [each.code for taken in takes for each in taken]


def test_a_row_is_read_by_the_titles_that_people_use() -> None:
    headings = ["职务/角色", "手机号", "单位名称", "姓名*", "人员编号", "区划代码", "任职日期", "登录账号/签发方"]
    assert [found and found.name for found in LAYOUT.match(headings)][:7] == [
        "role", "phone", "unit_name", "name", "staff_no", "area_code", "first_on",
    ]  # fmt: skip
    cells = {
        "staff_no": "B-1", "name": " 李 干部 ", "phone": "139 0000 0000", "unit_name": "青石镇政府",
        "role": "乡镇录入员",
        "area_code": TOWN, "first_on": "2026年1月1日", "last_on": "", "unit_kind": "乡镇(街道)政府",
    }  # fmt: skip
    found = read_row(3, cells)
    assert isinstance(found, StaffRow), found
    assert (found.role, found.first_on, found.last_on, found.unit_kind) == (
        StaffRole.ENTRY, date(2026, 1, 1), None, UnitKind.TOWN,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": ""}, "name.missing"),
        ({"unit_name": None}, "unit_name.missing"),
        ({"staff_no": ""}, "staff_no.missing"),  # nor a telephone number
        ({"staff_no": "工号一"}, "staff_no.type"),
        ({"phone": "没有"}, "phone.type"),
        ({"name": "99010119800101001" + check_digit("99010119800101001")}, "name.id_number"),
        ({"role": "镇长助理"}, "role.code"),
        ({"role": "ENTRY", "first_on": "2026-01-01"}, "area_code.missing"),
        ({"role": "ENTRY", "area_code": TOWN}, "first_on.missing"),
        ({"last_on": "2026-12-31"}, "role.missing"),
        ({"first_on": "2026-13-01"}, "first_on.no_date"),
        ({"area_code": "9901011010"}, "area_code.type"),
        ({"subject": "u-1"}, "issuer.missing"),
        ({"issuer": "https://id.example"}, "subject.missing"),
        ({"issuer": "id.example", "subject": "u-1"}, "issuer.type"),
        ({"unit_name": "清空"}, "unit_name.cleared"),
        ({"grid": "清空"}, "cell.cleared"),
        ({"name": "#N/A"}, "name.error_cell"),
    ],
)
def test_what_is_wrong_with_a_row_is_said_by_field_and_code(changes: dict[str, Any], code: str) -> None:
    found = read_row(3, {"staff_no": "B-1", "name": "李干部", "unit_name": "青石镇政府"} | changes)
    assert isinstance(found, list), found
    assert code in [each.code for each in found], found
    assert all(each.pointer.startswith("/") for each in found)


def test_every_fault_has_its_text_and_every_column_its_title() -> None:
    assert all(" / " in text for text in FAULTS.values())
    titles = staff_template().decode("utf-8-sig").splitlines()[1].split(",")
    assert titles == [f"{field.zh}{'*' if field.is_required else ''}" for field in STAFF_FILE]
    assert all(found is not None for found in LAYOUT.match(titles))


def test_the_same_rows_again_change_nothing() -> None:
    taken = book()
    rows = [
        row(**term()),
        row(3, **term(StaffRole.TOWN), subject="u-1", issuer="https://id.example", phone="13900000000"),
    ]
    assert codes(*(taken.take(each) for each in rows)) == []
    (person,) = taken.people
    assert (len(person.terms), person.accounts, person.phone) == (2, {"https://id.example": "u-1"}, "13900000000")
    kept = Person(person.id, "B-1", person.name, person.unit_id, phone=person.phone, accounts=dict(person.accounts),
                  terms=[Held(held.id, held.unit_id, held.term) for held in person.terms])  # fmt: skip
    again = book(kept)
    assert codes(*(again.take(each) for each in rows)) == []
    assert not kept.is_changed
    assert not any(held.is_new or held.is_changed for held in kept.terms)


def test_a_row_changes_only_what_it_has() -> None:
    known = somebody(phone="13900000000", terms=[in_office()])
    taken = book(known)
    assert taken.take(row(name="李新名")) == []
    assert (known.name, known.phone, known.is_changed, known.has_new_phone) == ("李新名", "13900000000", True, False)
    assert taken.take(row(3, name="李新名", forgets_phone=True)) == []
    assert known.phone is None


NEW = {"unit_name": "白石镇政府", "unit_kind": UnitKind.TOWN}
LIAISON = {"role": StaffRole.LIAISON, "area": COUNTY}
ISSUER = "https://id.example"


@pytest.mark.parametrize(
    ("people", "said", "code"),
    [
        ([], {"unit_name": "白石镇政府"}, "unit_name.unknown"),
        ([], NEW | {"unit_area_code": ELSEWHERE}, "unit_area_code.outside"),
        ([], NEW | {"unit_area_code": COUNTY}, "area_code.level"),
        ([], NEW | {"unit_area_code": COUNTY, "unit_kind": UnitKind.DEPARTMENT}, "department.missing"),
        ([], term(area=ELSEWHERE), "area_code.outside"),
        ([], term(area="990101109000"), "area_code.unknown"),
        ([], term(StaffRole.GRID, VILLAGE), "grid.missing"),
        ([], {"unit_name": "医保局", **term(StaffRole.MONITOR, COUNTY)}, "role.unit"),
        ([], term(last_on=date(2025, 12, 31)), "last_on.range"),
        ([{"is_own": False}], {}, "staff_no.elsewhere"),
        ([{"is_active": False}], {}, "staff_no.inactive"),
        ([{"terms": [in_office()]}], term(first_on=date(2026, 6, 1)), "role.overlap"),
        ([{"terms": [in_office(last_on=date(2026, 6, 30))]}], term(last_on=date(2026, 12, 31)), "last_on.over"),
        ([{"terms": [in_office(last_on=date(2026, 12, 30))]}], term(last_on=date(2026, 12, 31)), "last_on.later"),
        (
            [{"terms": [in_office(role=StaffRole.HELPER)]}], term(StaffRole.HELPER, last_on=date(2026, 12, 31)),
            "last_on.helper",
        ),
        (
            [{"unit_id": LEAD.id, "terms": [in_office(LEAD, role=StaffRole.SYSTEM_ADMIN, area=COUNTY)]}],
            {"unit_name": "农业农村局", **term(StaffRole.AUDIT_ADMIN, COUNTY)}, "role.excluded",
        ),
        (
            [{"staff_no": "B-2", "unit_id": BUREAU.id, "terms": [in_office(BUREAU, **LIAISON)]}],
            {"unit_name": "医保局", **term(StaffRole.LIAISON, COUNTY)}, "role.taken",
        ),
        (
            [{"staff_no": "B-2", "accounts": {"https://id.example": "u-1"}}],
            {"subject": "u-1", "issuer": "https://id.example"}, "subject.taken",
        ),
        ([{"accounts": {ISSUER: "u-1"}}], {"subject": "u-2", "issuer": ISSUER}, "subject.second"),
        ([{"phone": "13900000001"}], {"staff_no": None, "phone": "13900000002"}, "staff_no.ambiguous"),
    ],
)  # fmt: skip
def test_what_a_row_meets_is_refused_and_nothing_of_it_taken(
    people: list[dict[str, Any]], said: dict[str, Any], code: str
) -> None:
    known = [somebody(**each) for each in people]
    taken = book(*known)
    assert codes(taken.take(row(**said))) == [code]
    assert not any(person.is_changed for person in taken.people)
    assert len(taken.people) == len(known)
    assert len(taken.units) == 3


def test_one_liaison_follows_the_other_when_the_first_one_ends() -> None:
    first = somebody(unit_id=BUREAU.id, terms=[in_office(BUREAU, role=StaffRole.LIAISON, area=COUNTY)])
    taken = book(first)
    of_bureau = {"unit_name": "医保局", "role": StaffRole.LIAISON, "area_code": COUNTY}
    ends = row(2, **of_bureau, first_on=date(2026, 1, 1), last_on=date(2026, 11, 30))
    follows = row(3, **of_bureau, staff_no="B-9", name="王联络", first_on=date(2026, 12, 1))
    assert codes(taken.take(ends), taken.take(follows)) == []
    third = row(4, **of_bureau, staff_no="B-10", name="赵联络", first_on=date(2027, 1, 1))
    assert codes(taken.take(third)) == ["role.taken"]


def test_who_has_no_number_is_known_by_unit_name_and_telephone() -> None:
    known = somebody(staff_no=None, phone="13900000001")
    taken = book(known)
    same = row(staff_no=None, phone="13900000001", **term())
    assert codes(taken.take(same)) == []
    assert len(taken.people) == 1
    assert len(known.terms) == 1
    other = row(3, staff_no=None, phone="13900000009", name="王干部")
    assert codes(taken.take(other), taken.take(other)) == []
    assert len(taken.people) == 2


def test_rows_of_one_person_agree_with_one_another() -> None:
    taken = book()
    assert codes(taken.take(row(2, phone="13900000001"))) == []
    assert codes(taken.take(row(3, name="王某"))) == ["name.disagrees"]
    assert codes(taken.take(row(4, unit_name="农业农村局"))) == ["unit_name.disagrees"]
    assert codes(taken.take(row(5, phone="13900000002"))) == ["phone.disagrees"]
    assert "2" in fault("name.disagrees", line=2).detail


def test_a_unit_that_is_not_there_is_made_once_where_rows_say_what_it_is() -> None:
    taken = book()
    said = {"unit_name": "石桥村委会", "unit_kind": UnitKind.VILLAGE, "unit_area_code": VILLAGE}
    assert (
        codes(taken.take(row(2, **said)), taken.take(row(3, staff_no="B-2", name="王某", unit_name="石桥村委会"))) == []
    )
    made = [unit for unit in taken.units if unit.is_new]
    assert [(unit.name, unit.place.area_code) for unit in made] == [("石桥村委会", VILLAGE)]
    assert {person.unit_id for person in taken.people} == {made[0].id}
    again = {"unit_name": "县医保局", "unit_kind": UnitKind.DEPARTMENT, "unit_area_code": COUNTY, "department": "MED"}
    assert codes(taken.take(row(4, staff_no="B-3", **again))) == ["department.taken"]
