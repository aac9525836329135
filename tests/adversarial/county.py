"""Draws households and what departments say of them, close to every threshold, as plain facts.

A case is a household with its rows. Nothing here knows a rule: amounts, days and ages are drawn from around the numbers
that the policy names, whatever they mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from bangfu_county.oracle.counted import KEYS

AS_OF, CUTOFF, LIST_DAY = date(2026, 10, 31), date(2026, 8, 31), date(2026, 10, 20)
YEAR, PERIOD, BEFORE = 2026, "2026-10", "2026-09"
TOWNS = ("990101101", "990101102", "990101103")
VILLAGES = tuple(f"{town}{number}" for town in TOWNS for number in ("201", "202"))
CENT = Decimal("0.01")

_A_HEAD = ("8500", "10000", "11000", "9000", "12000", "20000", "0", "-1000", "25000")
_COSTS = ("10000", "20000", "26000", "52000", "5000", "9000", "13000")
_STAGES = ("primary", "junior", "senior", "vocational", "higher_vocational", "bachelor", "master")
_REASONS = ("illness", "disability", "no_labour", "schooling", "disaster", "other")
# By dataset, a value in which two rows of one key may differ, and what it may be.
_OTHERWISE = {
    "DS-EDU-ROLL": "grade", "DS-EDU-EXEMPT": "evidence_no", "DS-MED-ENROL": "scheme", "DS-CIV-LOW": "monthly_amount",
    "DS-CIV-TEMP": "amount", "DS-HOU-GRADE": "measure", "DS-MED-COST": "outpatient_self_paid_month",
}  # fmt: skip
_VALUES: dict[str, tuple[Any, ...]] = {
    "grade": (1, 3, 6), "evidence_no": ("ZM2", "ZM3"), "scheme": ("resident", "employee"),
    "monthly_amount": (Decimal("401.00"), Decimal("402.00")), "amount": (Decimal("801.00"), Decimal("802.00")),
    "outpatient_self_paid_month": (Decimal("1.00"), Decimal("900.00")), "measure": ("none", "finished"),
}  # fmt: skip
_SURNAMES, _GIVEN = "赵钱孙李李李周吴郑王冯陈林林沈韩杨", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass
class Row:
    """What a department says of a number and a name; `flaw` tells what must become of it, if it is not simply taken.

    id_no, name, outside: refused. contradicts: refused with the others of its key. repeated: says nothing new.
    """

    dataset: str
    id_no: str
    name: str
    values: dict[str, Any]
    flaw: str | None = None

    @property
    def key(self) -> tuple[Any, ...]:
        """What no two rows of a list share."""
        return (self.dataset, *(self.id_no if code == "id_no" else self.values[code] for code in KEYS[self.dataset]))


@dataclass
class Case:
    """A household as the register's file has it, and rows about it; `before` are of last month's lists.

    Attributes:
        heads: How many they were in years that are over when the register was told of them first.
    """

    home: dict[str, Any]
    rows: list[Row] = field(default_factory=list)
    before: list[Row] = field(default_factory=list)
    heads: dict[int, int] = field(default_factory=dict)

    @property
    def numbered(self) -> list[dict[str, Any]]:
        """Members that departments can name."""
        return [member for member in self.home["members"] if member["id_no"]]


def check_digit(first17: str) -> str:
    """Source: GB 11643-1999."""
    return "10X98765432"[sum(int(digit) * weight for digit, weight in zip(first17, _WEIGHTS, strict=True)) % 11]


class Drawer:
    """Draws cases; every number and name is given out once."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self._serials: dict[str, int] = {}
        self._households = self._persons = 0

    def about(self, *amounts: str) -> Decimal:
        """One of some amounts, or a cent beside it."""
        return Decimal(self.rng.choice(amounts)) + self.rng.choice((-CENT, Decimal(0), CENT))

    def day(self, *days: date) -> date:
        """One of some days, or a day beside it."""
        return self.rng.choice(days) + timedelta(days=self.rng.choice((-1, 0, 1)))

    def chance(self, share: float) -> bool:
        """True in a share of the draws."""
        return self.rng.random() < share

    def number(self, born: date, sex: str) -> str:
        """A number that nobody else has."""
        day = born.strftime("%Y%m%d")
        serial = self._serials[day] = self._serials.get(day, 0) + 1
        first17 = f"990101{day}{serial * 2 - (sex == '1'):03d}"
        return first17 + check_digit(first17)

    def person(self, relation: str, born: date, **values: Any) -> dict[str, Any]:
        """A member; the young are more often drawn at the edges of what a rule asks."""
        self._persons += 1
        sex = self.rng.choice("12")
        age = AS_OF.year - born.year
        health = self.rng.choice((["healthy"], ["healthy"], ["chronic"], ["disabled"], ["chronic", "major_disease"]))
        young_stage = self.rng.choice((None, None, "junior", "senior", "vocational")) if age > 11 else None
        return {
            "person_no": f"99P{self._persons:08d}",
            "name": self.rng.choice(_SURNAMES) + "".join(self.rng.sample(_GIVEN, 2)),
            "id_no": None if relation == "child" and self.chance(0.08) else self.number(born, sex),
            "birth_date": born.isoformat(),
            "sex": sex,
            "relation": relation,
            "labour": "5" if age < 16 else self.rng.choice("1233455"),
            "school_stage": young_stage if age < 20 else self.rng.choice((None, None, None, "bachelor")),
            "has_finished_compulsory": age >= 16 or (age > 13 and self.chance(0.15)),
            "health": health,
            "relief": self.rng.choice(("none",) * 8 + ("dibao", "tekun")),
        } | values

    def case(self) -> Case:
        """A household and what is said of it."""
        self._households += 1
        members = [self.person("head", self.grown_up())]
        if self.chance(0.6):
            members.append(self.person("spouse", self.grown_up()))
        members += [self.person("child", self.young()) for _ in range(self.rng.choice((0, 1, 1, 2, 3)))]
        hh_type = self.rng.choice("001")
        monitor = None
        if self.chance(0.2):
            monitor = {
                "category": self.rng.choice(("0", "2") if hh_type == "1" else ("1", "2")),
                "identified_on": "2025-03-01",
                "risk_types": self.rng.sample(("01", "03", "09", "11", "13"), self.rng.choice((1, 2))),
            }
        decided = self.day(date(2025, 10, 31), date(2026, 11, 1)) if self.chance(0.25) else None
        home = {
            "hh_no": f"X{self._households:06d}",
            "village_code": self.rng.choice(VILLAGES),
            "hh_type": hh_type,
            "housing_tenure": self.rng.choice(("owned",) * 9 + ("rented_safe", "borrowed", "none")),
            "monitor": monitor,
            "last_negative_decision_on": decided and decided.isoformat(),
            "members": members,
            "incomes": self.incomes(len(members)),
        }
        for member in members:  # not on the national register yet: known here by household and birth date
            name = f"{home['hh_no']}/{member['birth_date']}"
            if member["id_no"] is None and all(other["person_no"] != name for other in members):
                member["person_no"] = name
        case = Case(home)
        for member in case.numbered:
            self.tell(case, member)
        self.house(case)
        self.contradict(case)
        return case

    def grown_up(self) -> date:
        """A birth date of somebody who is long past school."""
        return date(self.rng.randint(1940, 2003), self.rng.randint(1, 12), self.rng.randint(1, 28))

    def young(self) -> date:
        """A birth date at the edges of schooling, of a list's day, or anywhere between."""
        edges = [date(CUTOFF.year - age, 8, 31) for age in (6, 16)]
        return self.rng.choice(
            [self.day(*edges), self.day(*edges), self.day(LIST_DAY), date(YEAR - self.rng.randint(1, 20), 5, 17)]
        )

    def incomes(self, heads: int, years: Sequence[int] = ()) -> list[dict[str, Any]]:
        """Incomes of some years (or of given ones), at the lines, and falling by about the share that counts."""
        a_head = self.about(*_A_HEAD)
        amounts: list[Decimal] = [a_head]
        for _ in range(2):
            factor = self.rng.choice((Decimal(1), Decimal(10) / 7, Decimal("1.1"), Decimal("0.9")))
            amounts.append((amounts[-1] * factor).quantize(CENT) + self.rng.choice((-CENT, Decimal(0), CENT)))
        newest = max(years) if years else self.rng.choice((YEAR, YEAR, YEAR, YEAR - 1, YEAR - 2))
        found, paid = [], Decimal(0)
        for back, amount in enumerate(amounts):
            if newest - back not in years if years else back and self.chance(0.25):
                continue
            net = amount * heads
            half = max(Decimal(0), (net / 2).quantize(CENT))
            fresh = [Decimal(0), half, max(Decimal(0), half - CENT), self.about("5000"), self.about("2500")]
            paid = self.rng.choice([*fresh, (paid / 2).quantize(CENT)] if back else fresh)
            found.append(
                {
                    "year": newest - back,
                    "wage": str(max(net, Decimal(0))),
                    "business_cost": str(max(-net, Decimal(0))),
                    "business": "0.00",
                    "property": "0.00",
                    "transfer": "0.00",
                    "insurance_payout": str(self.rng.choice((Decimal(0), paid))),
                    "self_paid": str(paid),
                }
            )
        return found

    def tell(self, case: Case, member: dict[str, Any]) -> None:
        """What each department says of a member."""
        age = AS_OF.year - int(member["birth_date"][:4])
        if self.chance(0.85):
            self.say(case, member, "DS-MED-ENROL", year=self.rng.choice((YEAR,) * 9 + (YEAR - 1,)),
                     scheme=self.rng.choice(("resident", "employee")), paid_on=date(YEAR - 1, 12, 1),
                     personal_paid=Decimal("400.00"), subsidy=Decimal(0))  # fmt: skip
        if self.chance(0.4):
            paid = self.about(*_COSTS)
            nets = [Decimal(i["wage"]) for i in case.home["incomes"] if i["year"] >= YEAR - 1]
            if nets and self.chance(0.3):
                paid = max(CENT, (nets[0] / 2).quantize(CENT) + self.rng.choice((-CENT, Decimal(0), CENT)))
            layers = [self.rng.choice((Decimal(0), Decimal("1000.00"))) for _ in range(3)]
            self.say(case, member, "DS-MED-COST", year=self.rng.choice((YEAR,) * 9 + (YEAR - 1,)), period_to=AS_OF,
                     total=paid + sum(layers), basic_paid=layers[0], critical_paid=layers[1], aid_paid=layers[2],
                     self_paid_ytd=paid, inpatient_self_paid=None,
                     outpatient_self_paid_month=self.rng.choice((None, None, self.about("500"))))  # fmt: skip
        if 4 < age < 22:
            self.schooling(case, member, age)
        if self.chance(0.3):
            self.relief(case, member)
        temporary = [row.values for row in case.rows if row.dataset == "DS-CIV-TEMP"]
        if temporary and self.chance(0.5):
            self.say(case, member, "DS-CIV-TEMP", **temporary[0])  # the same grant, of another member
        elif self.chance(0.3):
            for _ in range(self.rng.choice((1, 1, 2))):
                self.say(case, member, "DS-CIV-TEMP", granted_on=self.day(date(2025, 11, 1), AS_OF, date(2026, 5, 1)),
                         amount=Decimal("800.00"), reason=self.rng.choice(_REASONS))  # fmt: skip

    def schooling(self, case: Case, member: dict[str, Any], age: int) -> None:
        """Rolls of none, one or two schools, an exemption, a bill."""
        for school in self.rng.sample(("甲校", "乙校", "丙校"), self.rng.choice((0, 1, 1, 1, 2))):
            status = self.rng.choice(("enrolled",) * 4 + ("suspended", "transferred", "graduated"))
            may_be_there = status not in ("suspended", "transferred")
            stages = _STAGES[:2] if age < 14 else _STAGES[:4] if age < 18 else _STAGES[2:]
            self.say(case, member, "DS-EDU-ROLL", school=school, stage=self.rng.choice(stages),
                     grade=self.rng.choice((1, 3, 6, 8, 9)), roll_status=status,
                     present=may_be_there and self.chance(0.6))  # fmt: skip
        if self.chance(0.12):
            self.say(case, member, "DS-EDU-EXEMPT", reason="physical", evidence_no="ZM1",
                     valid_to=self.rng.choice((None, self.day(AS_OF))))  # fmt: skip
        if age > 15 and self.chance(0.5):
            for school_year in self.rng.sample(("2025-2026", "2026-2027"), self.rng.choice((1, 2))):
                paid = self.about("10000", "4000", "9500")
                self.say(case, member, "DS-EDU-FEE", school_year=school_year, stage="senior", tuition=paid,
                         board=Decimal(0), books=Decimal(0), aid_total=Decimal(0), self_paid=paid)  # fmt: skip

    def relief(self, case: Case, member: dict[str, Any]) -> None:
        """An entry on the relief list, and perhaps one on last month's."""
        kinds = self.rng.sample(("dibao", "tekun", "marginal", "rigid"), self.rng.choice((1, 1, 1, 2)))
        for kind in kinds:
            change = self.rng.choice(("none", "none", "new", "new", "stopped", "adjusted"))
            ends = self.day(date(2026, 7, 31), AS_OF) if change == "stopped" or self.chance(0.2) else None
            starts = self.day(date(2026, 9, 1), date(2026, 10, 31), date(2026, 3, 1))
            entry = {"type": kind, "from_on": starts, "to_on": ends, "monthly_amount": Decimal("400.00"),
                     "change": change, "reason": self.rng.choice((None, *_REASONS))}  # fmt: skip
            self.say(case, member, "DS-CIV-LOW", **entry)
            if self.chance(0.5):
                earlier = self.rng.choice(("none", "none", "stopped"))
                then = entry | {"change": earlier, "to_on": date(2026, 9, 30) if earlier == "stopped" else None}
                case.before.append(self.row(member, "DS-CIV-LOW", then))

    def house(self, case: Case) -> None:
        """Appraisals of one or two houses."""
        owner = self.rng.choice(case.numbered)
        for number in range(self.rng.choice((0, 0, 1, 2))):
            house = {"house_ref": f"F{case.home['hh_no']}-{number}", "grade": self.rng.choice("ABCD"),
                     "appraised_on": date(2026, 3, self.rng.randint(2, 28)), "sole_residence": self.chance(0.7),
                     "measure": self.rng.choice(("none", "none", "planned", "in_progress", "finished"))}  # fmt: skip
            self.say(case, owner, "DS-HOU-GRADE", **house)
            if self.chance(0.5):
                older = house | {"grade": self.rng.choice("AD"), "appraised_on": date(2026, 3, 1), "measure": "none"}
                case.before.append(self.row(owner, "DS-HOU-GRADE", older))

    def say(self, case: Case, member: dict[str, Any], dataset: str, **values: Any) -> None:
        """Add a row about a member, now and then under another name."""
        row = self.row(member, dataset, values)
        if any(row.key == other.key for other in case.rows):
            return
        if self.chance(0.04):
            row.name = self.rng.choice(_SURNAMES) + "错错"
        case.rows.append(row)

    @staticmethod
    def row(member: dict[str, Any], dataset: str, values: dict[str, Any]) -> Row:
        """A row under a member's number and name."""
        return Row(dataset, member["id_no"], member["name"], values)

    def contradict(self, case: Case) -> None:
        """Say something a second time, and something else: none of both is evidence."""
        for row in [*case.rows]:
            code = _OTHERWISE.get(row.dataset)
            if code is None or not self.chance(0.03):
                continue
            row.flaw = "contradicts"
            other = self.rng.choice([each for each in _VALUES[code] if each != row.values[code]])
            case.rows.append(Row(row.dataset, row.id_no, row.name, row.values | {code: other}, "contradicts"))

    def dirt(self, rows: Sequence[Row]) -> list[Row]:
        """Rows that are refused, that say nothing new, or are about nobody here; they copy what others say."""
        found = []
        for row in [row for row in rows if row.flaw is None]:
            if self.chance(0.03):
                found.append(Row(row.dataset, row.id_no, row.name, row.values, "repeated"))
            if self.chance(0.03):
                wrong = str((int(row.id_no[16]) + 5) % 10)
                found.append(Row(row.dataset, row.id_no[:16] + wrong + row.id_no[17], row.name, row.values, "id_no"))
            if self.chance(0.02):
                found.append(Row(row.dataset, row.id_no, "", row.values, "name"))
            if self.chance(0.03):
                stranger = self.number(self.grown_up(), "1")
                values = {code: f"{value}-s{stranger[-4:]}" if code == "house_ref" else value
                          for code, value in row.values.items()}  # fmt: skip
                found.append(Row(row.dataset, stranger, "外乡人", values))
        return found


def all_rows(cases: Iterable[Case]) -> list[Row]:
    """Give this month's rows."""
    return [row for case in cases for row in case.rows]
