"""The county as a whole: repeatable, calibrated, and what was planted is what the oracle finds."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from bangfu_county import MIN_HOUSEHOLDS, Manifest, generate
from bangfu_county.datasets import DATASETS
from bangfu_county.oracle import check_manifest, expected, tallies
from bangfu_county.oracle.values import citizen_number
from bangfu_county.stories import STORIES

RULES = {story.rule for story in STORIES}
PLANTED = {story.rule for story in STORIES if story.severity is not None}  # what is found in season only is not


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    generate(folder, households=600, seed=7)
    return folder


@pytest.fixture(scope="module")
def default(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Manifest]:
    folder = tmp_path_factory.mktemp("default")
    return folder, generate(folder)


def households(folder: Path) -> list[dict[str, Any]]:
    with (folder / "registry" / "households.ndjson").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def test_same_seed_gives_the_same_bytes_in_every_file(small: Path, tmp_path: Path) -> None:
    generate(tmp_path, households=600, seed=7)
    assert digests(tmp_path) == digests(small)


def test_another_seed_gives_another_county(small: Path, tmp_path: Path) -> None:
    generate(tmp_path, households=600, seed=8)
    one, other = digests(tmp_path), digests(small)
    assert one["registry/households.ndjson"] != other["registry/households.ndjson"]


def test_a_new_county_removes_the_parts_of_the_old_one(tmp_path: Path) -> None:
    generate(tmp_path, households=900, seed=1)
    manifest = generate(tmp_path, households=MIN_HOUSEHOLDS, seed=1)
    written = {path for path in digests(tmp_path) if path.startswith("departments/")}
    assert written == {entry.path for entry in manifest.files}


@pytest.mark.parametrize("seed", range(1, 6))
def test_small_counties_hold_what_was_planted_and_no_near_miss(seed: int, tmp_path: Path) -> None:
    manifest = generate(tmp_path, households=400, seed=seed)
    found = expected(tmp_path)
    assert check_manifest(found, manifest) == []
    assert {planted.rule for planted in manifest.planted} == PLANTED
    assert min(Counter(planted.rule for planted in manifest.planted).values()) >= 3
    assert {near.rule for near in manifest.near_misses} == RULES
    assert Manifest.read(tmp_path / "manifest.json") == manifest


@pytest.mark.parametrize("period", ["2026-02", "2026-08", "2027-12"])
def test_other_months_work_as_well(period: str, tmp_path: Path) -> None:
    manifest = generate(tmp_path, households=MIN_HOUSEHOLDS, seed=3, period=period)
    assert check_manifest(expected(tmp_path), manifest) == []
    for code, tally in tallies(tmp_path).items():
        assert asdict(tally) == asdict(manifest.dirt[code]), code


def test_default_county_holds_what_was_planted_and_no_near_miss(default: tuple[Path, Manifest]) -> None:
    folder, manifest = default
    found = expected(folder)
    assert check_manifest(found, manifest) == []
    assert len(found) / manifest.counts["households"] < 0.4
    assert min(Counter(planted.rule for planted in manifest.planted).values()) >= 20
    assert {finding.rule for finding in found} == PLANTED
    falls = sum(finding.rule == "R-AGR-02" for finding in found)
    assert 0.02 < falls / manifest.counts["households"] < 0.05


def test_default_county_is_calibrated(default: tuple[Path, Manifest]) -> None:
    """Source: county work points, 19,198 yuan a head among former poor and monitored households, growth 10 %."""
    counts = default[1].counts
    assert 18_800 < counts["low_income_net_per_head"] < 19_600
    assert 0.08 < counts["low_income_growth"] < 0.12
    assert 3.1 < counts["persons"] / counts["households"] < 3.5
    assert 0.11 < counts["former_poor_households"] / counts["households"] < 0.15  # stories ask for many of them
    assert 0.025 < counts["monitored_households"] / counts["households"] < 0.04


def test_dirt_in_the_manifest_is_what_reading_the_files_gives(default: tuple[Path, Manifest]) -> None:
    folder, manifest = default
    for code, tally in tallies(folder).items():
        assert asdict(tally) == asdict(manifest.dirt[code]), code
    for code, dirt in manifest.dirt.items():
        assert dirt.rows >= dirt.accepted + sum(dirt.rejected.values())  # the others repeat what was said
        if DATASETS[code].is_of_persons:
            assert dirt.rejected["id_no.checksum"] >= 1
            assert dirt.unmatched >= 2
        else:
            assert {kind.rpartition(".")[2] for kind in dirt.rejected} == {"outside", "area"}
    assert all(manifest.dirt[code].quarantined for code in ("DS-EDU-ROLL", "DS-MED-ENROL", "DS-MED-COST", "DS-CIV-LOW"))
    assert {"row.shape", "row.check"} <= set(manifest.dirt["DS-MED-COST"].rejected)


def test_members_agree_with_their_numbers_and_with_each_other(default: tuple[Path, Manifest]) -> None:
    numbers: set[str] = set()
    lengths: Counter[int] = Counter()
    for household in households(default[0]):
        members = household["members"]
        relations = Counter(member["relation"] for member in members)
        assert relations["head"] == 1
        assert relations["spouse"] <= 1
        sexes = {m["relation"]: m["sex"] for m in members if m["relation"] in ("head", "spouse")}
        assert len(set(sexes.values())) == len(sexes)
        for member in members:
            if member["id_no"] is None:
                continue
            number = citizen_number(member["id_no"])
            lengths[len(member["id_no"])] += 1
            assert number not in numbers
            numbers.add(number)
            assert number[6:14] == member["birth_date"].replace("-", "")
            assert int(number[16]) % 2 == (member["sex"] == "1")
    assert len(numbers) > 60_000
    assert lengths[18] > 0.9 * len(numbers)
    assert lengths[15]
    assert lengths[20] + lengths[22]


def test_monitoring_categories_fit_the_kind_of_household(small: Path) -> None:
    """Source: category 0 only for former poor, 1 only for ordinary households; a risk is mandatory."""
    monitored = [h for h in households(small) if h["monitor"]]
    assert monitored
    for household in monitored:
        category = household["monitor"]["category"]
        assert (category, household["hh_type"]) not in {("0", "0"), ("1", "1")}
        assert household["monitor"]["risk_types"]


def test_income_parts_are_never_negative_and_business_has_costs(default: tuple[Path, Manifest]) -> None:
    for household in households(default[0])[:3000]:
        for income in household["incomes"]:
            assert not [part for part, value in income.items() if part != "year" and value.startswith("-")]
            assert income["business"] == "0.00" or income["business_cost"] != "0.00"


def test_areas_come_parents_first_with_at_least_three_townships(small: Path) -> None:
    with (small / "registry" / "areas.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    known = {""}
    for row in rows:
        assert row["parent_code"] in known
        known.add(row["code"])
    assert sum(code.endswith("000") and not code.endswith("000000") for code in known) >= 3
    assert {h["village_code"] for h in households(small)} <= known


def test_files_have_the_formats_that_the_manifest_names(small: Path) -> None:
    manifest = Manifest.read(small / "manifest.json")
    roll = [entry for entry in manifest.files if entry.dataset == "DS-EDU-ROLL"]
    headers = [(small / entry.path).read_text(encoding="gbk").splitlines()[0] for entry in roll]
    assert all("证件号码" in header for header in headers)
    assert any("数据日期" not in header for header in headers)
    assert any("备注" in header for header in headers)
    assert (small / "departments/MED/DS-MED-COST/part-001.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    enrol = [entry.content_encoding for entry in manifest.files if entry.dataset == "DS-MED-ENROL"]
    assert enrol.count("zstd") == 1
    assert "gzip" in enrol
    grades = {Path(entry.path).suffix for entry in manifest.files if entry.dataset == "DS-HOU-GRADE"}
    assert grades == {".csv", ".xlsx"}
    for entry in manifest.files:
        assert (small / entry.path).is_file()
    for code, dirt in manifest.dirt.items():
        assert sum(entry.rows for entry in manifest.files if entry.dataset == code) == dirt.rows


def test_too_few_households_and_bad_months_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least"):
        generate(tmp_path, households=MIN_HOUSEHOLDS - 1)
    with pytest.raises(ValueError, match="month"):
        generate(tmp_path, period="2026-13")
    assert not list(tmp_path.iterdir())


def test_a_changed_line_changes_what_is_expected(small: Path) -> None:
    usual = expected(small)
    wider = expected(small, {"income.monitoring_line": "12000", "no.such.parameter": "1"})
    below = {finding.hh_no for finding in usual if finding.rule == "R-AGR-01"}
    assert below < {finding.hh_no for finding in wider if finding.rule == "R-AGR-01"}
    of_the_line = {"R-AGR-01", "R-CIV-02"}
    assert {f for f in usual if f.rule not in of_the_line} == {f for f in wider if f.rule not in of_the_line}


def test_a_missing_roll_silences_the_rules_that_need_it(tmp_path: Path) -> None:
    """An incremental dataset that did not come means no rows; a full one means that nothing is known."""
    generate(tmp_path, households=MIN_HOUSEHOLDS, seed=2)
    for path in (tmp_path / "departments/EDU/DS-EDU-ROLL").iterdir():
        path.unlink()
    for path in (tmp_path / "departments/EDU/DS-EDU-FEE").iterdir():
        path.unlink()
    rules = {finding.rule for finding in expected(tmp_path)}
    assert rules & {"R-EDU-01", "R-EDU-02", "R-EDU-03"} == set()
    assert {"R-MED-01", "R-AGR-01", "R-HOU-01"} <= rules
