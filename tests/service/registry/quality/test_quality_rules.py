"""The rules find exactly what an oracle in plain Python finds: planted violations, near misses, drawn counties."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import httpx
import pytest
from quality_oracle import checks_of, errors_of
from quality_world import KINDS, TODAY, Home, World, born, home, income, monitor, person

from registry.quality import rules
from servicekit.db import Database

Headers = dict[str, str]


@pytest.fixture
def world(client: httpx.AsyncClient, county: Headers, registry_database: Database) -> World:
    return World(client, county, registry_database)


def pupil(number: int, stage: str | None, age: int, *, misses: bool = False, **changes: Any) -> Home:
    """A household with one pupil, of an age since today, or of the age before until tomorrow or so."""
    said = {"labour": "5", "relation": "child", "school_stage": stage, "born": born(age, misses=misses)} | changes
    return home(number, person(10 * number), person(10 * number + 1, age, **said))


def case(number: int, *risks: str, members: Sequence[dict[str, Any]] = ({},), **changes: Any) -> Home:
    people = [
        person(10 * number + place, **({"relation": "other"} if place else {}) | said)
        for place, said in enumerate(members)
    ]
    return home(number, *people, **{"monitor": monitor(*risks)} | changes)


def spouses(number: int, *sexes: str) -> Home:
    """A head, a man, with these spouses."""
    others = [person(10 * number + place + 1, relation="spouse", sex=sex) for place, sex in enumerate(sexes)]
    return home(number, person(10 * number), *others)


def itemised(code: str, amount: str) -> dict[str, Any]:
    """An income whose transfers are said line by line: this one, and the rest."""
    rest = {"d6_other": str(Decimal(500) - Decimal(amount))}
    return income() | {"items": {code: amount} | rest}


ILL, DISABLED = {"health": ["chronic"]}, {"health": ["disabled"]}
LAST = TODAY.year - 1
NEW = monitor("05", year=2023)
NO_WAGE = {"wage": "0.00", "transfer": "9000.00"}
Made = Callable[[int], Home]
PLANTED: dict[str, tuple[list[Made], list[Made]]] = {
    "Q-P01": ([lambda n: home(n, person(10 * n, health=[]))], [lambda n: home(n, person(10 * n, health=["chronic"]))]),
    "Q-P02": (
        [lambda n: home(n, person(10 * n, health=["healthy", "disabled"]))],
        [lambda n: home(n, person(10 * n, health=["chronic", "disabled"]))],
    ),
    "Q-P03": (
        [
            lambda n: pupil(n, None, 30, insured_resident=True, insured_employee=True),
            lambda n: pupil(n, None, 30, insured_resident=False, insured_employee=False),
        ],
        [
            lambda n: pupil(n, None, 30, insured_resident=True, insured_employee=False),
            lambda n: pupil(n, None, 30, insured_resident=False),
        ],
    ),
    "Q-P20": (
        [lambda n: pupil(n, "senior", 17, education="junior")],
        [lambda n: pupil(n, None, 17, education="junior")],
    ),
    "Q-P21": (
        [lambda n: pupil(n, None, 16, education="primary"), lambda n: pupil(n, None, 22, education="primary")],
        [
            lambda n: pupil(n, None, 16, misses=True, education="primary"),
            lambda n: pupil(n, None, 23, education="primary"),
        ],
    ),
    "Q-P22": (
        [lambda n: pupil(n, None, 16, misses=True, work_months=1)],
        [lambda n: pupil(n, None, 16, work_months=1), lambda n: pupil(n, None, 16, misses=True, work_months=0)],
    ),
    "Q-P23": (
        [lambda n: pupil(n, "bachelor", 19, public_post="other")],
        [lambda n: pupil(n, "bachelor", 19, work_months=0)],
    ),
    "Q-P24": (
        [lambda n: pupil(n, None, 40, relief="tekun", work_months=2, **ILL)],
        [lambda n: pupil(n, None, 40, relief="dibao", work_months=2)],
    ),
    "Q-P25": (
        [lambda n: pupil(n, None, 70, public_post="cleaning")],
        [
            lambda n: pupil(n, None, 70, misses=True, public_post="cleaning"),
            lambda n: pupil(n, None, 70, work_months=2),
        ],
    ),
    "Q-P26": (
        [
            lambda n: pupil(n, None, 40, work_months=2, monthly_pay="99.99"),
            lambda n: pupil(n, None, 40, work_months=2, monthly_pay="30000.01"),
        ],
        [
            lambda n: pupil(n, None, 40, work_months=2, monthly_pay="100.00"),
            lambda n: pupil(n, None, 40, work_months=2, monthly_pay="30000.00"),
            lambda n: pupil(n, None, 40, work_months=0, monthly_pay="99.99"),
        ],
    ),
    "Q-P11": ([lambda n: spouses(n, "1")], [lambda n: spouses(n, "2")]),
    "Q-P12": (
        [lambda n: pupil(n, "primary", 6, misses=True), lambda n: pupil(n, "primary", 15)],
        [lambda n: pupil(n, "primary", 6), lambda n: pupil(n, "primary", 15, misses=True)],
    ),
    "Q-P13": (
        [lambda n: pupil(n, "junior", 12, misses=True), lambda n: pupil(n, "junior", 18)],
        [lambda n: pupil(n, "junior", 12), lambda n: pupil(n, "junior", 18, misses=True)],
    ),
    "Q-P14": (
        [lambda n: pupil(n, "senior", 15, misses=True), lambda n: pupil(n, "vocational", 21)],
        [lambda n: pupil(n, "senior", 15), lambda n: pupil(n, "vocational", 21, misses=True)],
    ),
    "Q-P15": (
        [lambda n: pupil(n, "bachelor", 18, misses=True)],
        [lambda n: pupil(n, "bachelor", 18), lambda n: pupil(n, "higher_vocational", 30)],
    ),
    "Q-P16": ([lambda n: pupil(n, "master", 20, misses=True)], [lambda n: pupil(n, "master", 20)]),
    "Q-P17": (
        [lambda n: pupil(n, "preschool", 7)],
        [lambda n: pupil(n, "preschool", 7, misses=True), lambda n: pupil(n, "preschool", 7, **DISABLED)],
    ),
    "Q-P18": (
        [lambda n: pupil(n, None, 16, misses=True, labour="3")],
        [lambda n: pupil(n, None, 16, labour="3"), lambda n: pupil(n, None, 10, labour="5")],
    ),
    "Q-P19": (
        [lambda n: pupil(n, None, 18, relief="tekun"), lambda n: pupil(n, None, 60, misses=True, relief="tekun")],
        [lambda n: pupil(n, None, 60, relief="tekun"), lambda n: pupil(n, None, 30, relief="tekun", **ILL)],
    ),
    "Q-H01": ([lambda n: home(n, person(10 * n, relation="other"))], [lambda n: home(n, person(10 * n))]),
    "Q-H02": ([lambda n: home(n, person(10 * n), person(10 * n + 1))], []),
    "Q-H03": ([lambda n: spouses(n, "2", "2")], [lambda n: spouses(n, "2")]),
    "Q-H04": (
        [
            lambda n: case(n, "05", hh_type="0", monitor=monitor("05", category="0")),
            lambda n: case(n, "05", hh_type="1"),
        ],
        [lambda n: case(n, "05", hh_type="1", monitor=monitor("05", category="2"))],
    ),
    "Q-H11": (
        [lambda n: home(n, person(10 * n), incomes=[income(wage="2699.99")])],
        [lambda n: home(n, person(10 * n), incomes=[income(wage="2700.00")])],
    ),
    "Q-H12": (
        [lambda n: home(n, person(10 * n), incomes=[income(wage="299.99", transfer="9000.00")])],
        [
            lambda n: home(n, person(10 * n), incomes=[income(wage="300.00", transfer="9000.00")]),
            lambda n: home(n, person(10 * n), incomes=[income(**NO_WAGE)]),
        ],
    ),
    "Q-H13": (
        [lambda n: home(n, person(10 * n), incomes=[income(wage="300000.01")])],
        [lambda n: home(n, person(10 * n), incomes=[income(wage="300000.00")])],
    ),
    "Q-H14": (
        [lambda n: home(n, person(10 * n), incomes=[income(business_cost="0.00")])],
        [lambda n: home(n, person(10 * n), incomes=[income(business="0.00", business_cost="0.00")])],
    ),
    "Q-H15": (
        [lambda n: home(n, person(10 * n), incomes=[itemised("d2", "199.99")])],
        [lambda n: home(n, person(10 * n), incomes=[itemised("d2", "200.00")])],
    ),
    "Q-H16": (
        [lambda n: home(n, person(10 * n), incomes=[itemised("d4", "87.99")])],
        [lambda n: home(n, person(10 * n), incomes=[itemised("d4", "88.00")])],
    ),
    "Q-E01": ([lambda n: case(n, "20")], [lambda n: case(n, "20", "05")]),
    "Q-E02": ([lambda n: case(n, "05", monitor=monitor("05") | {"identified_on": None})], [lambda n: case(n, "05")]),
    "Q-E03": ([lambda n: case(n, "05", incomes=[])], [lambda n: case(n, "05")]),
    "Q-E04": (
        [lambda n: case(n, "05", statuses=KINDS[:3], claimed=KINDS[2:3])],
        [
            lambda n: case(n, "05", statuses=KINDS[:3], claimed=KINDS[2:]),
            lambda n: home(n, person(10 * n), statuses=()),
        ],
    ),
    "Q-E05": ([lambda n: case(n, "99")], [lambda n: case(n, "99", risk_note="债务纠纷")]),
    "Q-E21": (
        [lambda n: case(n, "07", members=[{"work_months": 0}])],
        [lambda n: case(n, "07", members=[{}, {"public_post": "road"}])],
    ),
    "Q-E11": ([lambda n: case(n, "01", members=[DISABLED])], [lambda n: case(n, "01", members=[{}, ILL])]),
    "Q-E12": (
        [lambda n: case(n, "01", members=[ILL], incomes=[income(self_paid="0.00")])],
        [lambda n: case(n, "05", members=[ILL], incomes=[income(self_paid="0.00")])],
    ),
    "Q-E13": ([lambda n: case(n, "03", members=[ILL])], [lambda n: case(n, "03", members=[DISABLED])]),
    "Q-E14": (
        [
            lambda n: case(n, "04"),
            lambda n: case(n, "04", members=[{}, {}, {"labour": "3"}, {"labour": "5"}]),
        ],
        [
            lambda n: case(n, "04", members=[{}, {}, {"labour": "3"}]),
            lambda n: case(n, "04", members=[{}, {"labour": "3"}, {"labour": "3"}, {"labour": "5"}]),
        ],
    ),
    "Q-E15": (
        [lambda n: case(n, "07", members=[{"labour": "3"}])],
        [lambda n: case(n, "07", members=[{"labour": "2", "work_months": 3}])],
    ),
    "Q-E16": (
        [
            lambda n: case(n, "05", monitor=NEW, incomes=[income(2022, wage="18700.01"), income()]),
            lambda n: case(n, "05", monitor=NEW, identified_with=Decimal("20000.01")),
        ],
        [
            lambda n: case(n, "05", monitor=NEW, incomes=[income(2022, wage="18700.00"), income()]),
            lambda n: case(n, "05", monitor=NEW, incomes=[income(2022), income()], identified_with=Decimal(20000)),
            lambda n: case(n, "05", monitor=monitor("05", year=2022), incomes=[income(2022), income()]),
        ],
    ),
    "Q-E17": (
        [lambda n: case(n, "05", helped=[("M02", "务工", LAST)], incomes=[income(**NO_WAGE)])],
        [lambda n: case(n, "05", helped=[("M02", "务工", LAST + 1)], incomes=[income(**NO_WAGE)])],
    ),
    "Q-E18": (
        [
            lambda n: case(
                n,
                "05",
                members=[{"relief": "dibao"}],
                helped=[("M10", "低保", LAST)],
                incomes=[income(transfer="0.00")],
            )
        ],
        [lambda n: case(n, "05", members=[{"relief": "dibao"}], helped=[("M10", "低保", LAST)])],
    ),
    "Q-E19": (
        [lambda n: case(n, "05", helped=[("M10", "纳入最低生活保障", LAST), ("M10", "低保", LAST)])],
        [lambda n: case(n, "05", helped=[("M10", "临时救助", LAST)])],
    ),
    "Q-E20": (
        [lambda n: case(n, "05", members=[{"relief": "dibao"}], helped=[("M10", "临时救助", LAST)])],
        [lambda n: case(n, "05", members=[{"relief": "dibao"}])],
    ),
}  # fmt: skip


def test_each_rule_has_planted_cases() -> None:
    known = rules.load()
    assert PLANTED.keys() == known.rules.keys() - set(known.codes("check"))


async def test_planted_violations_are_found_and_near_misses_are_not(world: World) -> None:
    """F-F23. Each case alone: what is planted violates its own rule, what nearly does violates none."""
    expected, homes = {}, []
    for rule, (violations, misses) in PLANTED.items():
        for is_violation, made in [*((True, each) for each in violations), *((False, each) for each in misses)]:
            said = made(1000 + len(homes))
            known = {found for _, found in errors_of(said, TODAY)}
            assert known == ({rule} if is_violation else set()), (rule, said["hh_no"], known)
            expected[said["hh_no"]] = errors_of(said, TODAY) | checks_of(said)
            homes.append(said)
    await world.register(homes)
    assert await world.found(homes) == expected


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_a_drawn_county_has_exactly_the_errors_of_the_oracle(world: World, seed: int) -> None:
    rng = random.Random(seed)
    homes = [drawn(rng, seed * 100_000 + number) for number in range(80)]
    await world.register(homes)
    expected = {each["hh_no"]: errors_of(each, TODAY) | checks_of(each) for each in homes}
    assert await world.found(homes) == expected
    assert sum(map(len, expected.values())) > 100  # the draw is not an empty one


def drawn(rng: random.Random, number: int) -> Home:
    stages = (None, None, "preschool", "primary", "junior", "senior", "bachelor", "master")
    members = []
    for place in range(rng.randint(1, 5)):
        relation = rng.choice(("head", "spouse", "child", "other")) if place else rng.choice(("head",) * 9 + ("other",))
        health = rng.choice((["healthy"],) * 4 + (["chronic"], ["disabled"], ["healthy", "chronic"], []))
        age = rng.randint(0, 80)
        more = {"sex": rng.choice("12"), "labour": rng.choice("12355"), "school_stage": rng.choice(stages)}
        more |= {"education": rng.choice((None, None, "primary")), "work_months": rng.choice((None, 0, 0, 6))}
        more |= {
            "monthly_pay": rng.choice((None, "50.00", "3000.00")),
            "public_post": rng.choice((None,) * 5 + ("road",)),
        }
        more |= {"insured_resident": rng.choice((None, True)), "insured_employee": rng.choice((False, False, True))}
        more |= {"relief": rng.choice(("none", "none", "dibao", "tekun")), "relation": relation, "health": health}
        members.append(person(10 * number + place, age, **more))
    amounts = {"wage": ("0.00", "250.00", "30000.00", "400000.00"), "transfer": ("0.00", "800.00"),
               "business_cost": ("0.00", "500.00"), "self_paid": ("0.00", "700.00")}  # fmt: skip
    years = rng.choice(([], [LAST], [LAST, LAST + 1], [2022, LAST]))
    incomes = [income(year, **{name: rng.choice(values) for name, values in amounts.items()}) for year in years]
    watched = None
    if rng.random() < 0.6:
        risks = rng.sample(("01", "03", "04", "07", "05", "20", "99"), rng.randint(1, 3))
        watched = monitor(*risks, year=rng.choice((2022, 2023, LAST)), category=rng.choice("012"))
    helped = [
        (rng.choice(("M02", "M04", "M10", "M07")), rng.choice(("低保", "特困供养", "其他")), rng.choice((2023, LAST)))
        for _ in range(rng.randint(0, 2))
    ]
    statuses = KINDS[: rng.randint(2, 4)]
    return home(number, *members, incomes=incomes, monitor=watched, helped=helped, statuses=statuses) | {
        "hh_type": rng.choice("01")
    }
