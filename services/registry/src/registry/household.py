"""A household as it is given, by a file or by the API, and what makes it consistent. Pure.

Nothing repeats a value, because values are names and numbers of people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from contracts.errors import FieldError
from contracts.fields import HOUSEHOLD, INCOME, MONITOR, PERSON
from contracts.fields.models import given_model
from contracts.vocabulary import (
    HealthCondition,
    HouseholdType,
    LabourLevel,
    MonitorCategory,
    Relation,
    RiskType,
    Sex,
)
from servicekit.areas import level_of
from servicekit.body import Body, examples
from servicekit.identity import MESSAGES, IdNumber, IdNumberError

LabourClass = Literal["capable", "weak", "none"]

if TYPE_CHECKING:  # what code reads by name; the records in contracts.fields say everything

    class _MonitorGiven(Body):
        category: MonitorCategory
        identified_on: date
        risk_types: list[RiskType]

    class _MemberGiven(Body):
        person_no: str | None
        name: str
        id_no: str | None
        birth_date: date
        sex: Sex
        relation: Relation
        health: list[HealthCondition]
        education: str | None
        school_stage: str | None

    class _IncomeGiven(Body):
        year: int

    class _HouseholdGiven(Body):
        hh_no: str
        village_code: str
        hh_type: HouseholdType
        last_negative_decision_on: date | None

else:
    _MonitorGiven = given_model("_MonitorGiven", MONITOR, Body)
    _MemberGiven = given_model("_MemberGiven", PERSON, Body)
    _IncomeGiven = given_model("_IncomeGiven", INCOME, Body)
    _HouseholdGiven = given_model("_HouseholdGiven", HOUSEHOLD, Body)


class MonitorIn(_MonitorGiven):
    """An existing monitored household (监测对象), as the national register has it."""


class MemberIn(_MemberGiven):
    """A member of a household as it is registered."""


class IncomeIn(_IncomeGiven):
    """One year's income and expenditure of the household, in yuan."""


class HouseholdIn(_HouseholdGiven):
    """A household with its members and incomes: one line of an import, and the body of POST."""

    model_config = examples(
        {
            "hh_no": "99H0000001",
            "village_code": "990101101201",
            "group_name": "3组",
            "hh_type": "1",
            "housing_tenure": "owned",
            "members": [
                {
                    "person_no": "99P00000001",
                    "name": "张伟",
                    "birth_date": "1980-01-01",
                    "sex": "1",
                    "relation": "head",
                    "labour": "1",
                }
            ],
            "incomes": [{"year": 2026, "wage": "36000.00", "self_paid": "1200.00"}],
        }
    )

    as_of: date | None = Field(
        default=None, description="采集日期 / when this was found, now if absent; older never overrides newer"
    )
    monitor: MonitorIn | None = None
    members: Annotated[list[MemberIn], Field(min_length=1, max_length=50)]
    incomes: Annotated[list[IncomeIn], Field(max_length=30)] = []


# A child is there since birth, whenever it is told of; who is older when he is told of came by another way.
NEWBORN_DAYS = 365

_EARLIEST_BIRTH = date(1880, 1, 1)

# Kinds of clue whose cause is not known yet; an identified household has a named risk.
UNNAMED_RISKS = frozenset(risk for risk in RiskType if not risk.is_named)


def member_at(pointer: str) -> int | None:
    """Give the place of the member that a pointer into a household leads to; None when it leads elsewhere."""
    _, _, rest = pointer.partition("/members/")
    place = rest.partition("/")[0]
    return int(place) if place.isdecimal() else None


@dataclass(frozen=True)
class Checked:
    """A household with the citizen numbers read from it, one a member, None where a member has none."""

    household: HouseholdIn
    numbers: tuple[IdNumber | None, ...]


def check(household: HouseholdIn, today: date) -> tuple[Checked | None, list[FieldError]]:
    """Check a household; give it with its parsed numbers, or every fault.

    Source: GB 11643-1999 and the national household form (check digit and date are hard, area never; exactly one head,
    at most one spouse; sex and birth date agree with the number; healthy excludes the other conditions).
    """
    faults = [
        *_about_household(household, today),
        *check_relations([member.relation for member in household.members]),
    ]
    numbers: list[IdNumber | None] = []
    seen: dict[str, int] = {}
    for place, member in enumerate(household.members):
        number, wrong = check_member(member, place, today)
        faults += wrong
        numbers.append(number)
        if number is not None:
            if number.number18 in seen:
                faults.append(
                    _of(place, "id_no", "person.duplicate", "同一证件号码在本户出现两次 / the same number twice here")
                )
            seen[number.number18] = place
    person_nos = [member.person_no for member in household.members if member.person_no]
    if len(person_nos) != len(set(person_nos)):
        faults.append(FieldError("/members", "person_no.duplicate", "人口编号重复 / the same person number twice"))
    return (None if faults else Checked(household, tuple(numbers))), faults


def check_member(member: MemberIn, place: int, today: date) -> tuple[IdNumber | None, list[FieldError]]:
    """Check one member by itself."""
    faults: list[FieldError] = []
    number: IdNumber | None = None
    if member.id_no:
        try:
            number = IdNumber.parse(member.id_no)
        except IdNumberError as error:
            faults.append(_of(place, "id_no", error.code, " / ".join(MESSAGES[error.code])))
    if number is not None:
        if number.birth_date != member.birth_date:
            faults.append(
                _of(
                    place,
                    "birth_date",
                    "birth_date.mismatch",
                    "出生日期与证件号码不一致 / birth date differs from the number",
                )
            )
        if number.sex != member.sex:
            faults.append(_of(place, "sex", "sex.mismatch", "性别与证件号码不一致 / sex differs from the number"))
    if not _EARLIEST_BIRTH <= member.birth_date <= today:
        faults.append(_of(place, "birth_date", "birth_date.range", "出生日期不可能 / the birth date is impossible"))
    if member.education is not None and member.school_stage is not None:
        at_school = "在校生不填文化程度,只填在校生状况 / who is at school has a stage there, and no education yet"
        faults.append(_of(place, "education", "education.at_school", at_school))
    if HealthCondition.HEALTHY in member.health and len(set(member.health)) > 1:
        faults.append(
            _of(place, "health", "health.conflict", "健康与其他健康状况互斥 / healthy excludes other conditions")
        )
    return number, faults


def check_relations(relations: Sequence[Relation]) -> list[FieldError]:
    """Check that there is one head and at most one spouse."""
    faults: list[FieldError] = []
    heads = [place for place, relation in enumerate(relations) if relation is Relation.HEAD]
    if not heads:
        faults.append(FieldError("/members", "household.no_head", "没有户主 / no head of household"))
    two_heads = "户主多于一人 / more than one head"
    faults += [_of(place, "relation", "household.two_heads", two_heads) for place in heads[1:]]
    spouses = [place for place, relation in enumerate(relations) if relation is Relation.SPOUSE]
    two_spouses = "配偶多于一人 / more than one spouse"
    return faults + [_of(place, "relation", "household.two_spouses", two_spouses) for place in spouses[1:]]


def _about_household(household: HouseholdIn, today: date) -> list[FieldError]:
    faults: list[FieldError] = []
    if level_of(household.village_code) != "village":
        faults.append(FieldError("/village_code", "village_code.level", "应为村级代码 / must be a village's code"))
    if household.monitor is not None:
        faults += check_monitor(household.monitor, household.hh_type, today)
    if household.last_negative_decision_on is not None and household.last_negative_decision_on > today:
        faults.append(
            FieldError(
                "/last_negative_decision_on", "last_negative_decision_on.range", "日期在将来 / a date in the future"
            )
        )
    if household.as_of is not None and household.as_of > today:
        faults.append(FieldError("/as_of", "as_of.range", "日期在将来 / a date in the future"))
    years = [income.year for income in household.incomes]
    if len(years) != len(set(years)):
        faults.append(FieldError("/incomes", "incomes.duplicate_year", "同一年度收入出现两次 / the same year twice"))
    faults += [
        FieldError(f"/incomes/{place}/year", "year.range", "收入年度在将来 / a year in the future")
        for place, year in enumerate(years)
        if year > today.year
    ]
    return faults


def check_monitor(monitor: MonitorIn, hh_type: HouseholdType, today: date) -> list[FieldError]:
    """Check what is said about a monitored household."""
    faults: list[FieldError] = []
    if not category_fits(monitor.category, hh_type):
        faults.append(
            FieldError(
                "/monitor/category", "category.conflict", "监测类别与户类型不符 / category and household type disagree"
            )
        )
    if monitor.identified_on > today:
        faults.append(FieldError("/monitor/identified_on", "identified_on.range", "日期在将来 / a date in the future"))
    if len(set(monitor.risk_types)) != len(monitor.risk_types):
        faults.append(FieldError("/monitor/risk_types", "risk_types.duplicate", "风险类型重复 / the same risk twice"))
    return faults


def category_fits(category: MonitorCategory, hh_type: HouseholdType) -> bool:
    """Tell whether a monitoring category is possible for a household type.

    Source: 脱贫不稳定户 is a former poor household, 边缘易致贫户 an ordinary one, 突发严重困难户 either.
    """
    if category is MonitorCategory.UNSTABLE_FORMER_POOR:
        return hh_type is HouseholdType.FORMER_POOR
    if category is MonitorCategory.MARGINAL:
        return hh_type is HouseholdType.ORDINARY
    return True


def labour_class(levels: Sequence[LabourLevel]) -> LabourClass:
    """Give `capable` (someone with ordinary or skilled labour), `weak` (someone with half labour) or `none`.

    Source: national form, 劳动技能.
    """
    if LabourLevel.ORDINARY in levels or LabourLevel.SKILLED in levels:
        return "capable"
    return "weak" if LabourLevel.WEAK in levels else "none"


def _of(place: int, field: str, code: str, message: str) -> FieldError:
    return FieldError(f"/members/{place}/{field}", code, message)
