"""What changed since somebody looked last, for applications that were offline: nothing missed, page by page.

Each row of a followed table has in `changed_in` the transaction that wrote it last: a default and a trigger of the
database set it, so no writer can forget it. A reader is told what finished transactions wrote: nothing at or after the
oldest one that is still open, which may yet commit. What left an area, or a department, stands in `departure` with the
place that it left; its id is told to whoever saw it there and sees it nowhere now. What left a grid stands in
`grid_departure`, for whoever has one.

The grid is a column of the followed row, or of another row that it names (`Holder`): a household takes what is about it
along. Whoever writes a row that names a holder has locked the holder before, so that none is passed over.

A token is a place in this order, for one reach (areas, department, grid) and one era. A restore begins a new era, and
so does another server that takes over (its timeline): what the lost time told is not known, so the reader starts again.

Rows of followed tables are never deleted.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from servicekit.auth import Principal
from servicekit.changed import Changes, ChangesQuery
from servicekit.db import Database
from servicekit.messaging_tables import Executes
from servicekit.paging import Kind, encode_cursor, read_cursor
from servicekit.problems import Problem

_ERA_SIZE = 1 << 48  # transactions of an era; the number of the era stands above them
_ERA_START = f"pg_sequence_last_value(CAST('change_era_number' AS regclass)) * {_ERA_SIZE}"

_CREATE = f"""
CREATE TABLE change_era (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    name    uuid NOT NULL DEFAULT gen_random_uuid()
);
COMMENT ON TABLE change_era IS 'Since the last restore: tokens from before it are refused.';
INSERT INTO change_era DEFAULT VALUES;
-- Its number, so that all positions are greater than those before it: a sequence, as a query a row would be felt.
CREATE SEQUENCE change_era_number;
SELECT nextval('change_era_number');

CREATE FUNCTION change_position() RETURNS bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN {_ERA_START} + CAST(CAST(pg_current_xact_id() AS text) AS bigint);
END $$;

CREATE TABLE departure (
    subject    text NOT NULL,
    id         text COLLATE "C" NOT NULL,
    area_code  text COLLATE "C" NOT NULL,
    department text NOT NULL,
    changed_in bigint NOT NULL,
    PRIMARY KEY (subject, id, area_code, department)
);
CREATE INDEX departure_subject_changed_in_id_idx ON departure (subject, changed_in, id);
COMMENT ON TABLE departure IS 'What left an area or a department, the last time; department is empty for none.';
"""
_CREATE_GRIDS = """
CREATE TABLE grid_departure (
    subject    text NOT NULL,
    id         text COLLATE "C" NOT NULL,
    area_code  text COLLATE "C" NOT NULL,
    department text NOT NULL,
    grid       text NOT NULL,
    changed_in bigint NOT NULL,
    PRIMARY KEY (subject, id, area_code, department, grid)
);
CREATE INDEX grid_departure_subject_changed_in_id_idx ON grid_departure (subject, changed_in, id);
COMMENT ON TABLE grid_departure IS 'What left a grid, the last time; department and grid are empty for none.';
"""
_FOLLOW = """
ALTER TABLE {table} ADD COLUMN changed_in bigint NOT NULL DEFAULT change_position();
{function}
CREATE TRIGGER {table}_changed BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_changed();
"""
_CHANGED = """
CREATE OR REPLACE FUNCTION {table}_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_in := change_position();
    IF {moved} THEN
        INSERT INTO departure (subject, id, area_code, department, changed_in)
        VALUES ('{table}', OLD.id, OLD.{area}, {department}, NEW.changed_in)
        ON CONFLICT (subject, id, area_code, department) DO UPDATE SET changed_in = excluded.changed_in;
    END IF;{grid}
    RETURN NEW;
END $$;
"""
# Where a row was put within this transaction nobody saw it: the place that it left first is the one that counts.
_LEAVE_GRID = """
        INSERT INTO grid_departure (subject, id, area_code, department, grid, changed_in)
        SELECT '{table}', l.id, l.{area}, {department}, l.own_grid, change_position()
        FROM (SELECT {columns}, {grid} AS own_grid{source}) l
        WHERE l.own_grid IS NOT NULL AND NOT EXISTS (
            SELECT FROM grid_departure d
            WHERE d.subject = '{table}' AND d.id = CAST(l.id AS text) AND d.changed_in = change_position())
        ON CONFLICT (subject, id, area_code, department, grid) DO UPDATE SET changed_in = excluded.changed_in;"""
_GRID = """
    IF {moved} THEN{leave}
    END IF;"""
# None is noted too, as empty: a row whose area follows in this transaction would else seem to leave the new grid.
_HELD = """
CREATE FUNCTION {table}_grid_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN{leave}
    UPDATE {table} SET {key} = {key} WHERE {key} = NEW.{key};
    RETURN NULL;
END $$;
CREATE TRIGGER {table}_grid_changed AFTER UPDATE OF grid ON {holder} FOR EACH ROW
    WHEN (NEW.grid IS DISTINCT FROM OLD.grid) EXECUTE FUNCTION {table}_grid_changed();
"""
# Also for the schema of a backup that is older than the table: its migration will name an era.
NEW_ERA = """
DO $$ BEGIN
    IF to_regclass('change_era') IS NOT NULL THEN
        UPDATE change_era SET name = gen_random_uuid();
        PERFORM nextval('change_era_number');
    END IF;
END $$"""

_PAGE = f"""
WITH now AS MATERIALIZED (
    SELECT name || '-' || left(pg_walfile_name(pg_current_wal_lsn()), 8) AS era,
        {_ERA_START} + CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint) AS finished
    FROM change_era
), changed AS (
    SELECT t.changed_in, CAST(t.id AS text) COLLATE "C" AS id, false AS is_gone FROM {{table}} t
    WHERE (t.changed_in, {{key}}) > (CAST(:position AS bigint), {{after}})
        AND t.changed_in < (SELECT finished FROM now) AND {{sees}}
    ORDER BY t.changed_in, {{key}} LIMIT :limit
), gone AS (
    SELECT d.changed_in, d.id, true FROM {{departures}} d
    WHERE d.subject = '{{table}}' AND (d.changed_in, d.id) > (CAST(:position AS bigint), CAST(:after AS text))
        AND d.changed_in >= coalesce(CAST(:began AS bigint), (SELECT finished FROM now))
        AND d.changed_in < (SELECT finished FROM now) AND {{saw}}
        AND NOT EXISTS (SELECT FROM {{table}} t WHERE t.id = {{departed}} AND {{sees}})
    ORDER BY d.changed_in, d.id LIMIT :limit
), told AS (
    SELECT * FROM changed UNION ALL SELECT * FROM gone ORDER BY changed_in, id LIMIT :limit
)
SELECT n.era, n.finished, t.changed_in, t.id, t.is_gone FROM now n LEFT JOIN told t ON true
ORDER BY t.changed_in, t.id"""


class StartAgain(Problem):
    """410: what the token was a place of is gone: the system was restored, or the caller's reach is another now."""

    code = "changes.start_again"
    title = "请重新同步"
    status = 410
    advice = "请不带 changed_since 从头读取,并用读到的内容替换本地副本;尚未提交的记录请保留。"


@dataclass(frozen=True)
class Followed:
    """A table whose changes are told.

    Attributes:
        area: Its column of the area that a row lies in.
        in_grid: SQL condition that a row `t` is about a household of `:own_grid`.
        department: Its column of the department that a row is kept to; None where departments are not looked at.
        key: What its ids are.
    """

    table: str
    area: str
    in_grid: str
    department: str | None = None
    key: type[UUID] | type[str] = UUID


@dataclass(frozen=True)
class Holder:
    """The table that has the grid (`grid`) of what a followed row is about; both name its row by `key`."""

    table: str
    key: str


@dataclass(frozen=True)
class Told:
    """A page: the ids of what changed, for their feature to show as they are now, and the rest of the answer."""

    ids: list[str]
    rest: Changes


def create(op: Executes) -> None:
    """Create what following needs, in a migration of the service."""
    op.execute(_CREATE)


def follow(op: Executes, table: str, *, area: str, department: str | None = None) -> None:
    """Follow a table from now on; the rows that there are changed in this migration.

    The index, `index_of`, is made in a later revision, beside the writers.
    """
    function = _CHANGED.format(table=table, grid="", **_place(area, department))
    op.execute(_FOLLOW.format(table=table, function=function))


def create_grids(op: Executes) -> None:
    """Create what following by grid needs, in a migration of the service."""
    op.execute(_CREATE_GRIDS)


def follow_grid(
    op: Executes, table: str, *, area: str, department: str | None = None, holder: Holder | None = None
) -> None:
    """Tell from now on what leaves a grid, too; of the followed row itself, or of its holder."""
    place = _place(area, department)
    own, decides = "OLD.grid", "grid"
    if holder is not None:
        own, decides = f"(SELECT h.grid FROM {holder.table} h WHERE h.{holder.key} = OLD.{holder.key})", holder.key
    moved = f"{place['moved']} OR NEW.{decides} IS DISTINCT FROM OLD.{decides}"
    leave = _leave(table, area, department, row="OLD", grid=own)
    op.execute(_CHANGED.format(table=table, grid=_GRID.format(moved=moved, leave=leave), **place))
    if holder is not None:
        source = f" FROM {table} t WHERE t.{holder.key} = NEW.{holder.key}"
        leave = _leave(table, area, department, row="t", grid="coalesce(OLD.grid, '')", source=source)
        op.execute(_HELD.format(table=table, leave=leave, key=holder.key, holder=holder.table))


def unfollow_grid(
    op: Executes, table: str, *, area: str, department: str | None = None, holder: Holder | None = None
) -> None:
    """Tell what leaves an area or a department alone."""
    if holder is not None:
        op.execute(f"DROP TRIGGER {table}_grid_changed ON {holder.table}; DROP FUNCTION {table}_grid_changed()")
    op.execute(_CHANGED.format(table=table, grid="", **_place(area, department)))


def drop_grids(op: Executes) -> None:
    """Drop what following by grid needed."""
    op.execute("DROP TABLE grid_departure")


def _place(area: str, department: str | None) -> dict[str, str]:
    """Give the parts of a trigger that say where a row is kept."""
    columns = (area, department) if department else (area,)
    moved = " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in columns)
    left = f"coalesce(OLD.{department}, '')" if department else "''"
    return {"area": area, "department": left, "moved": moved}


def _leave(table: str, area: str, department: str | None, *, row: str, grid: str, source: str = "") -> str:
    """Write the statement that notes what left a grid: one row, or those of a source."""
    columns = ", ".join(f"{row}.{column}" for column in ("id", area, department) if column)
    left = f"coalesce(l.{department}, '')" if department else "''"
    return _LEAVE_GRID.format(table=table, area=area, department=left, columns=columns, grid=grid, source=source)


def index_of(table: str, *, area: str, key: str = "id") -> tuple[str, str]:
    """Give name and definition of the index that a followed table needs."""
    return f"{table}_changed_in_idx", f"ON {table} (changed_in, {key}, {area})"


def unfollow(op: Executes, table: str) -> None:
    """Follow a table no more."""
    op.execute(f"DROP TRIGGER {table}_changed ON {table}; DROP FUNCTION {table}_changed()")
    op.execute(f"ALTER TABLE {table} DROP COLUMN changed_in")


def drop(op: Executes) -> None:
    """Drop what following needed."""
    op.execute(
        "DROP TABLE departure; DROP FUNCTION change_position(); DROP SEQUENCE change_era_number; DROP TABLE change_era"
    )


async def page(database: Database, followed: Followed, principal: Principal, wanted: ChangesQuery) -> Told:
    """Give what changed in the caller's areas after a token, oldest change first.

    Everything that changed is told once or more, as it is when it is told. Without a token everything that there is is
    told; what left before that is not.

    Args:
        principal: The caller within `wanted.area`: `Principal.within`.

    Raises:
        InvalidInput: the token is none of ours.
        StartAgain: it is of another era, or of another reach.
    """
    nothing = str(UUID(int=0)) if followed.key is UUID else ""
    era = reach = None
    position, after, began = 0, nothing, None
    if wanted.changed_since is not None:
        kinds: tuple[type[Kind], ...] = (str, str, int, followed.key, int)
        read = read_cursor(wanted.changed_since, *kinds, parameter="changed_since")
        era, reach, position, after, began = read or []
    own = _reach_of(followed, principal)
    if reach not in (None, own):
        raise StartAgain("your areas, department or grid, or the area that you ask for, are others than then")
    statement, values = _statement(followed, principal)
    values |= {"position": position, "after": after, "began": began, "limit": wanted.limit + 1}
    rows = await database.read(statement, values)
    (now, finished, *_), *_ = rows
    if era not in (None, now) or position > finished:
        raise StartAgain("the system was restored, or another server took over, since then")
    told = [(changed_in, key, is_gone) for _, _, changed_in, key, is_gone in rows if key is not None]
    shown = told[: wanted.limit]
    is_more = len(told) > wanted.limit
    place = shown[-1][:2] if is_more else (finished, nothing)
    rest = Changes(
        gone=list(dict.fromkeys(key for _, key, is_gone in shown if is_gone)),
        changed_since=encode_cursor([now, own, *place, finished if began is None else began]),
        is_more=is_more,
    )
    return Told([key for _, key, is_gone in shown if not is_gone], rest)


def _statement(followed: Followed, principal: Principal) -> tuple[str, dict[str, Any]]:
    sees, values = principal.area_clause(f"t.{followed.area}", followed.in_grid)
    saw, _ = principal.area_clause("d.area_code", "d.grid = :own_grid")  # with the same parameters
    own: dict[str, Any] = dict(values)
    if followed.department is not None and principal.department is not None:
        sees += f" AND t.{followed.department} = :own_department"
        saw += " AND d.department = :own_department"
        own["own_department"] = principal.department.value
    is_uuid = followed.key is UUID
    statement = _PAGE.format(
        table=followed.table,
        departures="departure" if principal.grid is None else "grid_departure",
        key="t.id" if is_uuid else 't.id COLLATE "C"',
        after="CAST(CAST(:after AS text) AS uuid)" if is_uuid else "CAST(:after AS text)",
        departed="CAST(d.id AS uuid)" if is_uuid else "d.id",
        sees=sees,
        saw=saw,
    )
    return statement, own


def _reach_of(followed: Followed, principal: Principal) -> str:
    """Give a short name of what the caller is told of: its areas, where it counts its department, and its grid."""
    department = principal.department.value if followed.department and principal.department else ""
    parts = (*sorted(principal.areas), department, *([] if principal.grid is None else [principal.grid]))
    return hashlib.blake2s(" ".join(parts).encode(), digest_size=8).hexdigest()
