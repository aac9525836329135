"""Rows of a delivery that cannot all count, and the persons of two lists: found set-based over the parts."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb

from sharing.catalogue.service import Dataset
from sharing.lake.service import Lake
from sharing.sources import LEFT_OUT

# Order of rows in a delivery: by part, then by line. No file has 2^40 lines.
_POSITION: Final = "(part_no::BIGINT << 40) + line_no"

# Why a row is left out. What is repeated says nothing new; of what contradicts itself nothing counts.
REPEATED, CONTRADICTS, OUTSIDE = "repeated", "contradicts", "outside"


@dataclass(frozen=True)
class Excluded:
    """How many rows of a delivery are left out, by the reason.

    Attributes:
        repeated: The same said again, or older than another row of its key.
        contradicting: Rows of one key with different values: all of them.
        outside: About persons who are registered outside the delivery's area.
    """

    repeated: int = 0
    contradicting: int = 0
    outside: int = 0


@dataclass(frozen=True)
class Rows:
    """Rows in the lake: the addresses of their parts, and of the file of those left out (`Lake.url_of`)."""

    paths: tuple[str, ...]
    exclusion: str | None = None


@dataclass(frozen=True)
class Persons:
    """The persons of two sets of rows.

    Attributes:
        now: How many are in the new rows.
        before: ID tokens of those in the old rows: whether they are in the new ones too, under the same name.
        factor: Each stands for so many.
    """

    now: int
    before: list[tuple[str, bool, bool]]
    factor: int


@contextmanager
def _opened(lake: Lake, scratch: Path, memory_mb: int) -> Any:
    """Memory is bounded: what does not fit is spilled to `scratch`."""
    scratch.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(config={"memory_limit": f"{memory_mb}MB", "temp_directory": str(scratch), "threads": 2}) as db:
        lake.attach(db)
        yield db


def exclude_rows(
    lake: Lake,
    dataset: Dataset,
    paths: Sequence[str],
    target: Path,
    scratch: Path,
    outsiders: Sequence[str] = (),
    *,
    memory_mb: int = 384,
) -> Excluded:
    """Write `(part_no, line_no, reason)` of every row that does not count to `target`, if there is any.

    Blocks: call it in a thread.

    Args:
        outsiders: ID tokens of persons who are registered outside the delivery's area.
    """
    key = _listed(dataset.lake_key)
    said = _listed(("person_token", *(field.code for field in dataset.fields)))
    newest = "".join(f', "{column}" DESC NULLS LAST' for column in dataset.newest)
    with _opened(lake, scratch, memory_mb) as db:
        parts = ", ".join(_quoted(lake.url_of(path)) for path in paths)
        db.execute(f"CREATE TEMP VIEW delivered AS FROM read_parquet([{parts}], hive_partitioning = false)")
        # Of a key whose rows have dates of their own, only those of the newest date can contradict each other.
        db.execute(f"CREATE TEMP TABLE repeated_key AS SELECT {key} FROM delivered GROUP BY {key} HAVING count(*) > 1")
        db.execute(
            f"""
            CREATE TEMP TABLE excluded AS
            SELECT part_no, line_no, CASE WHEN is_newest AND contradicts THEN '{CONTRADICTS}'
                ELSE '{REPEATED}' END AS reason
            FROM (
                SELECT part_no, line_no, is_newest,
                    min(said) FILTER (is_newest) OVER by_key <> max(said) FILTER (is_newest) OVER by_key AS contradicts,
                    row_number() OVER (PARTITION BY {key} ORDER BY is_newest DESC, as_of DESC, position) AS place
                FROM (
                    SELECT part_no, line_no, as_of, {key}, {_POSITION} AS position, hash({said}) AS said,
                        rank() OVER (PARTITION BY {key} ORDER BY 0{newest}) = 1 AS is_newest
                    FROM delivered JOIN repeated_key USING ({key})
                ) WINDOW by_key AS (PARTITION BY {key})
            ) WHERE place > 1 OR (is_newest AND contradicts)
            """
        )
        if outsiders:
            db.execute("CREATE TEMP TABLE outsider AS SELECT unnest($tokens) AS id_token", {"tokens": list(outsiders)})
            db.execute(
                f"CREATE TEMP TABLE outside AS SELECT part_no, line_no, '{OUTSIDE}' AS reason"
                " FROM delivered SEMI JOIN outsider USING (id_token)"
            )
            db.execute("DELETE FROM excluded e USING outside o WHERE (e.part_no, e.line_no) = (o.part_no, o.line_no)")
            db.execute("INSERT INTO excluded FROM outside")
        counts = dict(db.execute("SELECT reason, count(*) FROM excluded GROUP BY reason").fetchall())
        if counts:
            db.execute(
                "COPY (FROM excluded ORDER BY part_no, line_no) TO $target (FORMAT parquet, COMPRESSION zstd)",
                {"target": str(target)},
            )
    return Excluded(counts.get(REPEATED, 0), counts.get(CONTRADICTS, 0), counts.get(OUTSIDE, 0))


def persons_of(lake: Lake, rows: Sequence[Rows], scratch: Path, *, is_sample: bool = False) -> list[str]:
    """Give the ID tokens of the persons that rows are about, or of a sixteenth of them (`persons_in`). Blocks."""
    with _opened(lake, scratch, 256) as db:
        query = f"SELECT DISTINCT id_token FROM ({_counting(rows)}){_SAMPLE if is_sample else ''}"
        return [token for (token,) in db.execute(query).fetchall()]


# Tokens are spread evenly and parts are sorted by them, so this sixteenth is as good as any and the rest is not read.
_SAMPLE: Final = " WHERE id_token < '1'"
SAMPLE_FACTOR: Final = 16


def persons_in(
    lake: Lake, new: Sequence[Rows], old: Sequence[Rows], wider: Sequence[Rows], homes: Sequence[str], scratch: Path,
    *, is_sample: bool,
) -> Persons:  # fmt: skip
    """Give how the persons of two sets of rows that share a token key compare. Blocks.

    Args:
        wider: Rows that are old ones where they are about somebody of `homes` (ID tokens).
        is_sample: Look at a sixteenth of the persons.
    """
    only = _SAMPLE if is_sample else ""
    persons = "SELECT id_token, list(DISTINCT person_token) AS names FROM ({}){} GROUP BY id_token"
    was = _counting(old)
    with _opened(lake, scratch, 384) as db:
        if wider:
            db.execute("CREATE TEMP TABLE home AS SELECT unnest($tokens) AS id_token", {"tokens": list(homes)})
            was += f" UNION ALL SELECT w.* FROM ({_counting(wider)}) w SEMI JOIN home USING (id_token)"
        db.execute(f"CREATE TEMP TABLE person_now AS {persons.format(_counting(new), only)}")
        before = db.execute(
            "SELECT o.id_token, n.id_token IS NOT NULL, coalesce(list_has_any(o.names, n.names), FALSE)"
            f" FROM ({persons.format(was, only)}) o LEFT JOIN person_now n USING (id_token)"
        ).fetchall()
        [(now,)] = db.execute("SELECT count(*) FROM person_now").fetchall()
    return Persons(now, before, SAMPLE_FACTOR if is_sample else 1)


def _counting(sets: Sequence[Rows]) -> str:
    """Write the query of the rows that count; repeated ones may stay, they say nothing else."""
    queries = ["SELECT NULL::VARCHAR AS id_token, NULL::VARCHAR AS person_token WHERE FALSE"]
    for rows in sets:
        if not rows.paths:
            continue
        paths = ", ".join(map(_quoted, rows.paths))
        sql = f"SELECT id_token, person_token FROM read_parquet([{paths}], hive_partitioning = false)"
        if rows.exclusion:
            sql += (
                " WHERE (part_no, line_no) NOT IN (SELECT (part_no, line_no) FROM"
                f" {LEFT_OUT.replace('$exclusion', _quoted(rows.exclusion))} WHERE reason <> '{REPEATED}')"
            )
        queries.append(sql)
    return " UNION ALL ".join(queries)


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
