"""The same inputs give the same findings; other inputs give other ones."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import duckdb
import pytest

from sharing.catalogue.service import load_catalogue
from sharing.comparison.evaluation.engine import Comparison, Limits, open_database
from sharing.comparison.evaluation.inputs import Only

from .conftest import token

SAID = {
    "DS-MED-COST": {"year": 2026, "self_paid_ytd": "60000.00"},
    "DS-HRS-WORK": {"place": "outside", "from_on": date(2026, 3, 1), "monthly_pay": "3000.00"},
    "DS-CIV-LOW": {"type": "dibao", "from_on": date(2026, 1, 1), "change": "kept", "monthly_amount": "600.00"},
}


def poor(county, amount: str = "8000.00"):
    county.household()
    county.person(1)
    county.income(2026, amount)
    return county


def ids(county) -> list[str]:
    return sorted(row["finding_id"] for row in county.findings())


def test_replay_from_the_folder_gives_the_same_findings(county):
    poor(county).compare()
    before = ids(county)
    assert before
    (county.folder / "findings.csv").unlink()
    Comparison(county.folder, load_catalogue()).run()
    assert ids(county) == before


def test_same_facts_elsewhere_give_the_same_ids(new_county):
    first, second = poor(new_county("a")), poor(new_county("b"))
    first.deliver("DS-EDU-FEE")  # another delivery that changes no fact
    first.compare()
    second.compare()
    assert ids(first) == ids(second)
    assert all(identifier[14] == "8" for identifier in ids(first))  # UUID version


@pytest.mark.parametrize("change", ["evidence", "severity", "period", "household"])
def test_other_evidence_severity_period_or_household_gives_another_id(new_county, change):
    first, second = poor(new_county("a")), new_county("b")
    if change == "evidence":
        poor(second, "8000.01")
    elif change == "severity":
        second.household(open_risks="{01}")
        second.person(1)
        second.income(2026, "8000.00")
    elif change == "household":
        second.household("h2")
        second.person(1, household_id="h2")
        second.income(2026, "8000.00", household_id="h2")
    else:
        poor(second).period = "2026-09"
    first.compare()
    second.compare()
    assert set(ids(first)).isdisjoint(ids(second))


def test_whole_and_ratio_parameters_are_shown_as_people_write_them(county):
    county.parameters = {"income.drop_red_share": Decimal("0.25")}
    poor(county)
    county.income(2025, "9000.00")
    county.compare()
    shown = {row["rule_id"]: row["parameters"] for row in county.findings()}
    assert shown["R-AGR-02"] == {"income.drop_red_share": "0.25"}
    assert shown["R-AGR-01"] == {"income.monitoring_line": "8500.00"}


def test_what_if_shows_who_would_be_added_and_dropped_and_writes_nothing(county):
    poor(county)
    for number, amount in ((2, "8600.00"), (3, "12000.00")):
        county.household(f"h{number}")
        county.person(number, household_id=f"h{number}")
        county.income(2026, amount, household_id=f"h{number}")
    county.overrides = {"income.monitoring_line": Decimal(9000)}
    outcome = county.compare()
    (difference,) = [each for each in outcome.difference if each.rule_id == "R-AGR-01"]
    assert (difference.added, difference.dropped) == (["h2"], [])
    county.overrides = {"income.monitoring_line": Decimal(7000)}
    (difference,) = [each for each in county.compare().difference if each.rule_id == "R-AGR-01"]
    assert (difference.added, difference.dropped) == ([], ["h1"])
    assert not (county.folder / "findings.csv").exists()


def test_households_have_the_parameters_of_their_own_village(county):
    from sharing.comparison.evaluation.inputs import AreaParameters, Inputs

    poor(county)
    county.household("h2", area_code="990102101201")
    county.person(2, household_id="h2")
    county.income(2026, "8000.00", household_id="h2")
    county.compare()
    inputs = Inputs.load(county.folder)
    (both,) = inputs.parameters
    lower = dict(both.values) | {"income.monitoring_line": Decimal(7000)}
    Inputs(
        inputs.period,
        inputs.rules,
        inputs.sources,
        (AreaParameters(7, ("990101101201",), both.values), AreaParameters(8, ("990102101201",), lower)),
    ).save(county.folder)
    Comparison(county.folder, load_catalogue()).run()
    assert [row["household_id"] for row in county.findings() if row["rule_id"] == "R-AGR-01"] == ["h1"]


def test_limited_run_counts_only_rows_of_its_households(county):
    poor(county)
    county.only = Only((token(1),), {})
    row = {"year": 2026, "scheme": "resident", "personal_paid": "1", "subsidy": "1"}
    county.deliver("DS-MED-ENROL", {"number": 1, **row}, {"number": 2, **row})
    outcome = county.compare()
    (enrol,) = [each for each in outcome.matching if each.dataset == "DS-MED-ENROL"]
    assert (enrol.rows, enrol.matched, enrol.unmatched) == (1, 1, 0)


def test_id_number_registered_twice_does_not_count_rows_twice(county):
    poor(county)
    county.household("h2")
    county.rows["person"].append(county.rows["person"][0] | {"household_id": "h2", "person_id": "p9"})
    row = {"year": 2026, "scheme": "resident", "personal_paid": "1", "subsidy": "1"}
    county.deliver("DS-MED-ENROL", {"number": 1, **row}, {"number": 2, **row})
    (enrol,) = [each for each in county.compare().matching if each.dataset == "DS-MED-ENROL"]
    assert (enrol.rows, enrol.matched, enrol.quarantined, enrol.unmatched) == (2, 1, 0, 1)


def test_empty_directory_and_no_delivery_give_nothing(county):
    assert county.found() == set()


def test_unreadable_part_fails_the_run(county):
    poor(county)
    county.deliver("DS-CIV-TEMP", {"number": 1, "granted_on": None, "amount": "1"})
    (county.folder / "d1.parquet").write_bytes(b"not a parquet file")
    with pytest.raises(duckdb.Error):
        county.compare()


def test_interrupted_run_stops(county):
    poor(county).compare()
    comparison = Comparison(county.folder, load_catalogue(), progress=lambda _: stop())

    def stop() -> None:
        comparison._sql.close()

    with pytest.raises(duckdb.Error):
        comparison.run()


def test_limited_run_sees_that_a_house_has_another_owner_now(county):
    poor(county, "12000.00")
    county.only = Only((token(1),), {"DS-HOU-GRADE": ("r1",)})
    house = {"house_ref": "r1", "grade": "D", "sole_residence": True, "measure": "none"}
    county.deliver("DS-HOU-GRADE", {"number": 1, "appraised_on": date(2026, 1, 1), **house}, period="2026-01")
    county.deliver("DS-HOU-GRADE", {"number": 2, "appraised_on": date(2026, 5, 1), **house}, period="2026-05")
    assert county.found() == set()


@pytest.mark.parametrize("delivered", [(), ("DS-MED-COST",), ("DS-HRS-WORK", "DS-CIV-LOW")])
def test_what_nobody_delivered_is_left_out_of_the_queries_and_changes_no_fact(county, delivered):
    poor(county)
    county.person(2, birth_date="2015-03-01", name="李四")
    for dataset in delivered:
        county.deliver(dataset, {"number": 1} | SAID[dataset])
    county.compare()
    catalogue, connection = load_catalogue(), open_database(Limits())
    comparison = Comparison(county.folder, catalogue, connection)
    comparison._outcome()  # and the tables are still there
    whole = catalogue.relations()
    asked = catalogue.relations(comparison._empty)
    for scope in whole:
        assert len(asked[scope]) < len(whole[scope]) - 2
        connection.execute(f"CREATE TEMP TABLE {scope}_known AS FROM {scope}_fact")
        for relation in whole[scope]:
            connection.execute(f"CREATE OR REPLACE TEMP TABLE {relation.name} AS {relation.sql()}")
        for one, other in (("known", "fact"), ("fact", "known")):
            differs = f"SELECT count(*) FROM (FROM {scope}_{one} EXCEPT ALL FROM {scope}_{other})"
            assert connection.execute(differs).fetchall() == [(0,)], scope
        left_out = {relation.name for relation in whole[scope]} - {relation.name for relation in asked[scope]}
        for name in left_out:
            assert connection.execute(f"SELECT count(*) FROM {name}").fetchall() == [(0,)], name
