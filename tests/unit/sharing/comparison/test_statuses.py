"""What a comparison says of the four guarantees of households (F-A12): one claim a household and dataset."""

from __future__ import annotations

import csv
import json
from datetime import date
from typing import Any

import pytest

from contracts.parameters import PARAMETERS
from sharing.catalogue.loading import load_catalogue, load_datasets
from sharing.catalogue.model import StatusDeclaration
from sharing.catalogue.statuses import StatusError, compile_status
from sharing.statuses.service import COLUMNS

from .conftest import VILLAGE, County

HOUSE = {
    "number": 1, "house_ref": "HF1", "grade": "D", "appraised_on": date(2026, 9, 18), "sole_residence": True,
    "measure": "none",
}  # fmt: skip
PUPIL = {"number": 1, "school": "红旗镇中心小学", "stage": "primary", "grade": 4, "roll_status": "enrolled"}
INSURED = {"number": 1, "year": 2026, "scheme": "resident", "personal_paid": "400.00", "subsidy": "0.00"}


def told(county: County) -> dict[str, tuple[bool, str, dict[str, Any]]]:
    """Compare; give by guarantee what is claimed: safe or not, as of which day, with which facts."""
    county.compare()
    with (county.folder / "status.csv").open(newline="") as file:
        rows = [dict(zip(COLUMNS, row, strict=True)) for row in csv.reader(file)]
    assert all(row["household_id"] == "h1" for row in rows)
    return {row["guarantee"]: (row["is_safe"] == "true", row["as_of"], json.loads(row["facts"])) for row in rows}


@pytest.mark.parametrize(
    ("row", "found_by_visit", "expected"),
    [
        ({}, "{}", (False, "2026-09-18", {"unsafe_house_grade": "D"})),
        ({"grade": "C"}, "{housing}", (False, "2026-09-18", {"unsafe_house_grade": "C"})),
        ({"measure": "finished"}, "{housing}", (True, "2026-09-18", {})),
        ({"grade": "A"}, "{housing,water}", (True, "2026-09-18", {})),
        ({"grade": "A"}, "{water}", None),
        ({"sole_residence": False}, "{housing}", None),
    ],
)
def test_housing_is_what_its_grade_says_and_safe_only_where_a_visit_said_otherwise(
    county: County, row: dict[str, Any], found_by_visit: str, expected: object
) -> None:
    county.household(unsafe_statuses=found_by_visit)
    county.person()
    county.deliver("DS-HOU-GRADE", HOUSE | row)
    assert told(county).get("housing") == expected


def test_a_list_tells_of_its_day_and_only_where_all_of_it_came(county: County) -> None:
    county.household()
    county.person(birth_date="2016-05-05", labour="5", has_finished_compulsory=False)
    county.deliver("DS-EDU-ROLL", PUPIL | {"present": False, "as_of": date(2026, 10, 20)})
    county.deliver("DS-MED-ENROL", INSURED | {"number": 2})
    assert told(county) == {"education": (False, "2026-10-20", {}), "medical": (False, "2026-10-31", {})}


def test_who_is_at_school_and_insured_is_not_spoken_of(county: County) -> None:
    county.household()
    county.person(birth_date="2016-05-05", labour="5", has_finished_compulsory=False)
    county.deliver("DS-EDU-ROLL", PUPIL | {"present": True})
    county.deliver("DS-MED-ENROL", INSURED)
    assert told(county) == {}


def test_without_data_nothing_is_heard_and_nothing_said(county: County) -> None:
    county.household()
    county.person()
    county.deliver("DS-MED-ENROL", INSURED | {"number": 2}, kind="record")
    outcome = county.compare()
    assert outcome.heard == []
    county.deliver("DS-HOU-GRADE", HOUSE)
    assert county.compare().heard == [("DS-HOU-GRADE", VILLAGE)]


CLAIM = {"when": "has_dropout", "detail": {"zh": "失学", "en": "out of school"}}


@pytest.mark.parametrize(
    ("declared", "wrong"),
    [
        ({"as_of": "unsafe_house_grade"}, "is not a date"),
        ({"unsafe": CLAIM | {"when": "is_insured"}}, "is_insured is not known of a household"),
        ({"unsafe": CLAIM | {"when": "student_count"}}, "must be true or false"),
        ({"unsafe": CLAIM | {"detail": {"zh": "{name}", "en": ""}}}, r"\['name'\] are not facts"),
    ],
)
def test_a_status_names_facts_of_households(declared: dict[str, Any], wrong: str) -> None:
    status = StatusDeclaration.model_validate({"guarantee": "water", "unsafe": CLAIM} | declared)
    with pytest.raises(StatusError, match=wrong):
        compile_status(load_datasets()["DS-EDU-ROLL"], status, load_catalogue().facts, PARAMETERS)
