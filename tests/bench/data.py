"""Synthetic people by the million (province 99), written by DuckDB in seconds and kept under build/bench/data.

`bangfu_county` plants stories and dirt and takes minutes for a million persons; here only the shape and the
numbers matter: valid ID numbers, households of three or four, villages of 300 households.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import duckdb

PERIOD = "2026-10"
VILLAGE_HOUSEHOLDS = 300
TOWN_VILLAGES = 25

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_SUM = " + ".join(f"CAST(substr(number17, {i}, 1) AS INTEGER) * {w}" for i, w in enumerate(_WEIGHTS, 1))
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗"
_GIVEN = "伟强军勇杰涛明超刚平辉鹏华飞斌波建国志文芳娟敏静丽艳玲秀英红"

# 7919 shares no divisor with 29,000: each block of 29,000 persons visits every birth day once, and a number's
# sequence is its block's: so all numbers differ, and a household has different ages.
PERSONS = f"""
SELECT *, number17 || substr('10X98765432', 1 + ({_SUM}) % 11, 1) AS id_no FROM (
    SELECT *, '990101' || strftime(born, '%Y%m%d') || lpad(CAST(block AS VARCHAR), 3, '0') AS number17 FROM (
        SELECT n, n * 3 // 10 AS h, n - ((n * 3 // 10) * 10 + 2) // 3 AS ordinal, n // 29000 AS block,
            DATE '1941-01-01' + CAST(n * 7919 % 29000 AS INTEGER) AS born,
            CASE WHEN (n // 29000) % 2 = 1 THEN '1' ELSE '2' END AS sex,
            substr('{_SURNAMES}', 1 + CAST((n * 3 // 10) * 31 % {len(_SURNAMES)} AS INTEGER), 1)
            || substr('{_GIVEN}', 1 + CAST(n * 17 % {len(_GIVEN)} AS INTEGER), 1)
            || substr('{_GIVEN}', 1 + CAST(n * 13 // 7 % {len(_GIVEN)} AS INTEGER), 1) AS name
        FROM range({{persons}}) r (n)))
"""
VILLAGE = (
    f"'990101' || CAST(101 + h // {VILLAGE_HOUSEHOLDS * TOWN_VILLAGES} AS VARCHAR)"
    f" || CAST(201 + h // {VILLAGE_HOUSEHOLDS} % {TOWN_VILLAGES} AS VARCHAR)"
)
HH_NO = "'B' || lpad(CAST(h AS VARCHAR), 9, '0')"
HOUSEHOLD_ID = "printf('00000000-0000-7000-8000-%012x', h)"
PERSON_ID = "printf('00000000-0000-7001-8000-%012x', n)"

ENROL = """
SELECT id_no, name, 2026 AS year, CASE WHEN n % 9 = 0 THEN 'employee' ELSE 'resident' END AS scheme,
    DATE '2025-10-01' + CAST(n % 90 AS INTEGER) AS paid_on, printf('%d.00', 380 + n % 20) AS personal_paid,
    printf('%d.50', n % 190) AS subsidy, DATE '2026-10-31' AS as_of
"""
"""DS-MED-ENROL, one row a person: the largest list that a county receives every month."""


def households(persons: int) -> int:
    """Number of households that `persons` people make."""
    return (persons - 1) * 3 // 10 + 1


class DataFolder:
    """Files of the bench, each made once for what its name and this module say."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def file(self, name: str, version: str, make: Callable[[duckdb.DuckDBPyConnection, Path], None]) -> Path:
        """Give the file `name`, made by `make` when it is missing; an interrupted one never looks complete."""
        folder = self._folder / version
        path = folder / name
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            draft = folder / f"{os.getpid()}-{name}"
            with duckdb.connect(config={"threads": 2}) as connection:
                make(connection, draft)
            draft.rename(path)
        return path

    def copied(self, name: str, query: str, options: str) -> Path:
        """Give a file that holds the rows of a query."""

        def make(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
            connection.execute(f"COPY ({query}) TO '{path}' ({options})")

        # Another query makes another file; what older ones made can be deleted.
        return self.file(name, hashlib.sha256(f"{query} {options}".encode()).hexdigest()[:8], make)

    def enrolment(self, persons: int, kind: str) -> Path:
        """A month of DS-MED-ENROL as `ndjson` or `csv`."""
        query = f"{ENROL} FROM ({PERSONS.format(persons=persons)})"
        return self.copied(f"enrol-{persons}.{kind}", query, _OPTIONS[kind])

    def areas(self, persons: int) -> Path:
        """The areas of these people, as the registry imports them."""
        query = f"""
        WITH h AS (SELECT range AS h FROM range({households(persons)})),
        village AS (SELECT DISTINCT {VILLAGE} AS code FROM h),
        town AS (SELECT DISTINCT code[1:9] || '000' AS code FROM village)
        SELECT * FROM (VALUES ('990000000000', '虚构省', '', DATE '2020-01-01'),
            ('990100000000', '虚构市', '990000000000', DATE '2020-01-01'),
            ('990101000000', '明川县', '990100000000', DATE '2020-01-01')) t (code, name, parent_code, valid_from)
        UNION ALL SELECT code, '第' || code[7:9] || '镇', '990101000000', DATE '2020-01-01' FROM town
        UNION ALL SELECT code, '第' || code[10:12] || '村', code[1:9] || '000', DATE '2020-01-01' FROM village
        ORDER BY length(rtrim(code, '0')), code
        """
        return self.copied(f"areas-{persons}.csv", query, _OPTIONS["csv"])

    def register(self, persons: int) -> Path:
        """Households with members and two years of income, one a line, as the registry imports them."""
        query = f"""
        SELECT {HH_NO} AS hh_no, {VILLAGE} AS village_code, printf('%d组', 1 + h % 8) AS group_name,
            CASE WHEN h % 5 = 0 THEN '1' ELSE '0' END AS hh_type, 'owned' AS housing_tenure, FALSE AS is_resettled,
            printf('明川县第%d号', h) AS address, printf('139%08d', h) AS phone,
            list(struct_pack(person_no := {PERSON_NO}, name := name, id_no := id_no, birth_date := born, sex := sex,
                relation := {RELATION}, labour := {LABOUR}, has_finished_compulsory := TRUE,
                health := {HEALTH}) ORDER BY ordinal) AS members,
            list_transform([2025, 2026], lambda y: struct_pack(year := y,
                wage := printf('%d.00', {_WAGE}), business := printf('%d.50', h % 900),
                transfer := printf('%d.00', h % 300), business_cost := printf('%d.25', h % 400),
                self_paid := printf('%d.00', h % 700))) AS incomes
        FROM ({PERSONS.format(persons=persons)}) GROUP BY h ORDER BY h
        """
        return self.copied(f"register-{persons}.ndjson", query, _OPTIONS["ndjson"])

    def register_tables(self, persons: int) -> dict[str, Path]:
        """The same households, persons and incomes as rows of three tables."""
        people = PERSONS.format(persons=persons)
        queries = {
            "household": f"""
                SELECT {HOUSEHOLD_ID} AS id, {HH_NO} AS hh_no, {VILLAGE} AS village_code,
                    printf('%d组', 1 + h % 8) AS group_name, CASE WHEN h % 5 = 0 THEN '1' ELSE '0' END AS hh_type,
                    'owned' AS housing_tenure, FALSE AS is_resettled, printf('明川县第%d号', h) AS address,
                    printf('139%08d', h) AS phone, CAST(count(*) AS INTEGER) AS population
                FROM ({people}) GROUP BY h ORDER BY h""",
            "person": f"""
                SELECT {PERSON_ID} AS id, {HOUSEHOLD_ID} AS household_id, ordinal, {PERSON_NO} AS person_no, name,
                    id_no, born, sex, {RELATION} AS relation, {LABOUR} AS labour, TRUE AS has_finished_compulsory,
                    '{{' || {HEALTH}[1] || '}}' AS health
                FROM ({people}) ORDER BY n""",
            "income": f"""
                SELECT {HOUSEHOLD_ID} AS household_id, y AS year, {_WAGE} AS wage, h % 900 + 0.50 AS business,
                    h % 300 AS transfer, h % 400 + 0.25 AS business_cost, h % 700 AS self_paid
                FROM (SELECT range AS h FROM range({households(persons)})), (VALUES (2025), (2026)) t (y)
                ORDER BY h, y""",
        }
        return {
            table: self.copied(f"{table}-{persons}.csv", query, _OPTIONS["csv"]) for table, query in queries.items()
        }


PERSON_NO = "'BP' || lpad(CAST(n AS VARCHAR), 10, '0')"
RELATION = "CASE ordinal WHEN 0 THEN 'head' WHEN 1 THEN 'spouse' WHEN 2 THEN 'child' ELSE 'parent' END"
LABOUR = "CASE WHEN born BETWEEN DATE '1961-01-01' AND DATE '2008-01-01' THEN '1' ELSE '5' END"
HEALTH = "CASE WHEN n % 12 = 0 THEN ['chronic'] ELSE ['healthy'] END"
_WAGE = "30000 + h % 20000"
_OPTIONS = {"ndjson": "FORMAT json", "csv": "FORMAT csv, HEADER true"}
