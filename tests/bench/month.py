"""A month of all datasets for `persons` people: somewhat more rows than people, and a directory that knows them all."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import duckdb

from bangfu_local.embedded.clients import department_client
from bench.data import (
    HOUSEHOLD_ID,
    LABOUR,
    PERIOD,
    PERSON_ID,
    PERSONS,
    RELATION,
    VILLAGE,
    DataFolder,
    households,
)
from bench.harness import Bench
from bench.results import must_be
from servicekit.tokens import Tokeniser
from sharing.catalogue.service import FieldDeclaration, load_catalogue

# Of a thousand persons 940 are in the insurance list; the other sixty have one row elsewhere.
_SHAPED = {
    "DS-MED-ENROL": (
        "n % 1000 < 940",
        """2026 AS year, 'resident' AS scheme, DATE '2025-11-03' AS paid_on, '400.00' AS personal_paid,
        '50.00' AS subsidy""",
    ),
    "DS-MED-COST": (
        "n % 1000 BETWEEN 940 AND 959",
        """2026 AS year, DATE '2026-10-31' AS period_to, '90000.00' AS total,
        printf('%d.00', 85000 - n * 37 % 60000) AS basic_paid,
        '5000.00' AS critical_paid, '0.00' AS aid_paid, printf('%d.00', n * 37 % 60000) AS self_paid_ytd,
        '0.00' AS inpatient_self_paid, printf('%d.00', n * 11 % 900) AS outpatient_self_paid_month""",
    ),
    "DS-EDU-ROLL": (
        "n % 1000 BETWEEN 960 AND 974",
        """'第一中学' AS school, 'junior' AS stage, 1 + n % 9 AS grade, 'enrolled' AS roll_status,
        n % 3 > 0 AS present""",
    ),
    "DS-EDU-FEE": (
        "n % 1000 BETWEEN 975 AND 978",
        """'2026-2027' AS school_year, 'bachelor' AS stage, printf('%d.00', 5000 + n % 15000) AS tuition,
        '1200.00' AS board, '0.00' AS books, '1200.00' AS aid_total,
        printf('%d.00', 5000 + n % 15000) AS self_paid""",
    ),
    "DS-EDU-EXEMPT": (
        "n % 1000 = 979",
        "'physical' AS reason, 'ZM2026-' || n AS evidence_no, DATE '2027-08-31' AS valid_to",
    ),
    "DS-CIV-LOW": (
        "n % 1000 BETWEEN 980 AND 989",
        """'dibao' AS type, DATE '2026-10-01' AS from_on, DATE '2027-09-30' AS to_on, '600.00' AS monthly_amount,
        'new' AS change, 'illness' AS reason""",
    ),
    "DS-CIV-TEMP": (
        "n % 1000 BETWEEN 990 AND 994",
        "DATE '2026-10-09' AS granted_on, '1000.00' AS amount, 'illness' AS reason",
    ),
    # Of each former poor household the head works, one in fifty has stopped.
    "DS-HRS-WORK": (
        "ordinal = 0 AND h % 5 = 0",
        """'outside' AS place, '东莞市' AS place_county, DATE '2026-03-01' AS from_on,
        CASE WHEN h % 250 = 0 THEN DATE '2026-09-10' END AS to_on, '某电子厂' AS employer, '制造业' AS industry,
        printf('%d.00', 3000 + n % 3000) AS monthly_pay, 'away' AS channel, FALSE AS point_to_point,
        8 AS months_ytd""",
    ),
    "DS-HOU-GRADE": (
        "n % 1000 BETWEEN 995 AND 999",
        """'HF' || n AS house_ref, CASE WHEN n % 2 = 0 THEN 'C' ELSE 'A' END AS grade,
        DATE '2026-09-18' AS appraised_on, TRUE AS sole_residence, 'none' AS measure""",
    ),
}
"""Which persons a dataset has a row of, and its columns, where the month's findings come from."""
_PLAIN = {"int": "{minimum}", "money": "'100.00'", "date": "DATE '2026-10-01'", "bool": "TRUE", "str": "'{example}'"}


def deliveries(data: DataFolder, persons: int) -> Iterator[tuple[str, Path]]:
    """Give each dataset of the catalogue with its file: as shaped above, else one person in a thousand, all alike.

    Never a head: these lists say of some that they are dead, and other rows ask for the head.
    """
    people = PERSONS.format(persons=persons)
    for code, dataset in load_catalogue().datasets.items():
        plain = ", ".join(f"{_plain(field)} AS {field.code}" for field in dataset.fields)
        which, columns = _SHAPED.get(code, ("n % 1000 = 1", plain))
        query = f"SELECT id_no, name, {columns}, DATE '2026-10-31' AS as_of FROM ({people}) WHERE {which}"
        yield code, data.copied(f"{code}-{persons}.ndjson", query, "FORMAT json")


def _plain(field: FieldDeclaration) -> str:
    if field.type == "enum":
        return f"'{field.values[0].code}'"
    return _PLAIN[field.type].format(minimum=field.minimum or 1, example=field.example or field.code)


def link_files(data: DataFolder, persons: int) -> tuple[Path, Path]:
    """The same persons and the same rows as Parquet with ID numbers and names, for a linker to read."""
    people = PERSONS.format(persons=persons)
    query = f"SELECT n AS unique_id, id_no, name FROM ({people})"
    options = "FORMAT parquet"
    return data.copied(f"link-persons-{persons}.parquet", query, options), data.copied(
        f"link-rows-{persons}.parquet", f"{query} ORDER BY hash(n)", options
    )


async def fill_directory(bench: Bench, persons: int) -> None:
    """Put everybody into sharing's directory by COPY, with the tokens that the registry would have sent.

    The way through registry, bus and consumers is the same for every comparison and takes minutes for a million.
    """
    await bench.empty("sharing", "directory_household", "directory_person", "directory_income")
    tokens = Tokeniser(base64.b64decode(bench.system.secrets.token_key().removeprefix("aes-cmac:")))
    people = PERSONS.format(persons=persons)
    with duckdb.connect(config={"threads": 2}) as duck:
        async with bench.database("sharing") as connection, connection.cursor() as cursor:
            async with cursor.copy(
                "COPY directory_household (household_id, version, area_code, hh_type, status, housing_tenure,"
                " is_resettled, is_monitored, open_risks) FROM STDIN"
            ) as copy:
                found = duck.execute(
                    f"SELECT {HOUSEHOLD_ID}, 1, {VILLAGE}, CASE WHEN h % 5 = 0 THEN '1' ELSE '0' END, 'active',"
                    f" 'owned', FALSE, h % 200 = 0, '{{}}' FROM (SELECT range AS h FROM range({households(persons)}))"
                )
                while batch := found.fetchmany(20_000):
                    for row in batch:
                        await copy.write_row(row)
            async with cursor.copy(
                "COPY directory_person (household_id, person_id, id_token, person_token, birth_date, sex, relation,"
                " labour, has_finished_compulsory, health, relief) FROM STDIN"
            ) as copy:
                found = duck.execute(
                    f"SELECT {HOUSEHOLD_ID}, {PERSON_ID}, id_no, name, born, sex, {RELATION}, {LABOUR} FROM ({people})"
                )
                while batch := found.fetchmany(20_000):
                    for household_id, person_id, id_no, name, *rest in batch:
                        both = tokens.id_token(id_no), tokens.person_token(id_no, name)
                        await copy.write_row((household_id, person_id, *both, *rest, True, "{healthy}", "none"))
            async with cursor.copy(
                "COPY directory_income (household_id, year, net, per_capita_net, ref_per_capita, self_paid) FROM STDIN"
            ) as copy:
                found = duck.execute(
                    f"SELECT {HOUSEHOLD_ID}, y, 30000 + h % 20000, 9000 + h % 6000, 8800 + h % 6000, h % 700"
                    f" FROM (SELECT range AS h FROM range({households(persons)})), (VALUES (2025), (2026)) t (y)"
                )
                while batch := found.fetchmany(20_000):
                    for row in batch:
                        await copy.write_row(row)
            for table in ("directory_household", "directory_person", "directory_income"):
                await connection.execute(f"ANALYZE {table}".encode())


async def push_month(bench: Bench, persons: int) -> int:
    """Deliver the month as the departments do; give the rows."""
    rows = 0
    for code, path in deliveries(bench.data, persons):
        async with bench.system.client(department_client(code.split("-")[1])) as department:
            pushed = await department.deliveries.push(code, [path], period=PERIOD)
        must_be(f"rows rejected of {code}", pushed.receipt.rows_rejected, 0)
        rows += pushed.receipt.rows_accepted
    must_be("as many rows as persons, about", persons <= rows <= persons * 1.1, True)
    return rows
