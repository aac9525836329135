"""Set-based writes of the directory: one statement for hundreds of snapshots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg.rows import class_row
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from servicekit.areas import NATION, common_root, prefix_of, range_of
from servicekit.db import array_text, execute, raw
from servicekit.sql import assigned, listed, typed
from sharing.directory.tables import postgres_columns

# A stale snapshot changes nothing: only households whose version grew reach the members and incomes.
# Unchanged rows are left alone, so that a snapshot of one changed field does not rewrite the family.
_HOUSEHOLD, _PERSON, _INCOME = (postgres_columns(owner) for owner in ("household", "person", "income"))
_OF_PERSON = [name for name in _PERSON if name not in ("household_id", "person_id")]
_OF_INCOME = [name for name in _INCOME if name not in ("household_id", "year")]
_TOKENS = ("id_token", "person_token", "token_key_id")
_UNTOUCHED = [name for name in _PERSON if name not in ("household_id", "person_id", *_TOKENS)]
# The household's id is of the snapshot, not of its parts.
_ANNOUNCED_PERSON, _ANNOUNCED_INCOME = (
    [(name, kind) for name, kind in columns.items() if name != "household_id"] for columns in (_PERSON, _INCOME)
)

UPSERT = f"""
WITH newest AS MATERIALIZED (
    SELECT DISTINCT ON (s.household_id) s.*
    FROM json_to_recordset(%(snapshots)s::json) AS s(
        {typed(_HOUSEHOLD.items())}, incomes json, members json)
    ORDER BY s.household_id, s.version DESC, s.token_revision DESC
), taken AS (
    INSERT INTO directory_household AS d (
        {listed(_HOUSEHOLD)})
    SELECT {listed(_HOUSEHOLD)}
    FROM newest
    ON CONFLICT (household_id) DO UPDATE SET
        {assigned((name for name in _HOUSEHOLD if name != "household_id"), "EXCLUDED")}
    WHERE (d.version, d.token_revision) < (EXCLUDED.version, EXCLUDED.token_revision)
    RETURNING household_id, old.version IS DISTINCT FROM new.version AS is_changed
), announced AS MATERIALIZED (
    SELECT n.household_id, m.*
    FROM newest n JOIN taken USING (household_id), json_to_recordset(n.members) AS m(
        {typed(_ANNOUNCED_PERSON)}, other_tokens json)
), other_token AS MATERIALIZED (
    SELECT a.household_id, a.person_id, o.key_id, o.id_token, o.person_token
    FROM announced a, json_to_recordset(a.other_tokens) AS o(key_id text, id_token text, person_token text)
    WHERE a.id_token IS NOT NULL
), eldest AS MATERIALIZED (
    SELECT DISTINCT ON (household_id, person_id) * FROM other_token ORDER BY household_id, person_id, key_id
), member AS MATERIALIZED (
    -- The token under the first key stands for the person; which key is the current one does not matter here.
    SELECT a.household_id, a.person_id, COALESCE(e.id_token, a.id_token) AS id_token,
           COALESCE(e.person_token, a.person_token) AS person_token,
           COALESCE(e.key_id, a.token_key_id) AS token_key_id,
           {listed(_UNTOUCHED, "a")}
    FROM announced a LEFT JOIN eldest e ON e.household_id = a.household_id AND e.person_id = a.person_id
                                       AND e.key_id < a.token_key_id
), further AS MATERIALIZED (
    SELECT t.* FROM (
        SELECT * FROM other_token UNION ALL
        SELECT household_id, person_id, token_key_id, id_token, person_token FROM announced WHERE id_token IS NOT NULL
    ) t JOIN member m USING (household_id, person_id) WHERE t.key_id <> m.token_key_id
), former_token AS (
    DELETE FROM directory_token d USING taken t
    WHERE d.household_id = t.household_id
      AND NOT EXISTS (SELECT 1 FROM further f WHERE f.household_id = d.household_id
                                                AND f.person_id = d.person_id AND f.key_id = d.key_id)
), token AS (
    INSERT INTO directory_token AS d (household_id, person_id, key_id, id_token, person_token)
    SELECT household_id, person_id, key_id, id_token, person_token FROM further
    ON CONFLICT (household_id, person_id, key_id) DO UPDATE SET
        id_token = EXCLUDED.id_token, person_token = EXCLUDED.person_token
    WHERE (d.id_token, d.person_token) IS DISTINCT FROM (EXCLUDED.id_token, EXCLUDED.person_token)
), income AS MATERIALIZED (
    SELECT n.household_id, i.*
    FROM newest n JOIN taken USING (household_id), json_to_recordset(n.incomes) AS i(
        {typed(_ANNOUNCED_INCOME)})
), left_household AS (
    DELETE FROM directory_person p USING taken t
    WHERE p.household_id = t.household_id
      AND NOT EXISTS (SELECT 1 FROM member m WHERE m.household_id = p.household_id AND m.person_id = p.person_id)
), removed_income AS (
    DELETE FROM directory_income d USING taken t
    WHERE d.household_id = t.household_id
      AND NOT EXISTS (SELECT 1 FROM income i WHERE i.household_id = d.household_id AND i.year = d.year)
), person AS (
    INSERT INTO directory_person AS d (
        {listed(_PERSON)})
    SELECT {listed(_PERSON)}
    FROM member
    ON CONFLICT (household_id, person_id) DO UPDATE SET
        {assigned(_OF_PERSON, "EXCLUDED")}
    WHERE ({listed(_OF_PERSON, "d")})
          IS DISTINCT FROM
          ({listed(_OF_PERSON, "EXCLUDED")})
), yearly AS (
    INSERT INTO directory_income AS d (
        {listed(_INCOME)})
    SELECT {listed(_INCOME)} FROM income
    ON CONFLICT (household_id, year) DO UPDATE SET
        {assigned(_OF_INCOME, "EXCLUDED")}
    WHERE ({listed(_OF_INCOME, "d")})
          IS DISTINCT FROM ({listed(_OF_INCOME, "EXCLUDED")})
)
SELECT household_id FROM taken WHERE is_changed ORDER BY household_id
"""


async def upsert_snapshots(session: AsyncSession, snapshots_json: bytes) -> list[str]:
    """Take household snapshots into the directory; give the households that changed, other than in their tokens.

    Args:
        snapshots_json: A JSON array of `HouseholdSnapshotTaken` data. Any order and duplicates: per
            household the highest version wins (of one version, the highest token revision), and what is not
            newer than the stored one is ignored.
    """
    connection = await raw(session)
    cursor = await connection.execute(UPSERT, {"snapshots": snapshots_json.decode()})
    return [household_id for (household_id,) in await cursor.fetchall()]


async def area_of(session: AsyncSession, household_id: str) -> str | None:
    """Give the village of a household; None where it is not known."""
    found = await session.execute(
        text("SELECT area_code FROM directory_household WHERE household_id = :id"), {"id": household_id}
    )
    return found.scalar_one_or_none()


async def active_areas(session: AsyncSession, area_code: str, households: Sequence[str] | None) -> list[str]:
    """Give the villages of active households: those of an area, or these."""
    low, high = range_of(area_code)
    only = "area_code >= :low AND area_code < :high" if households is None else "household_id = ANY(:households)"
    found = await session.execute(
        text(f"SELECT DISTINCT area_code FROM directory_household WHERE status = 'active' AND {only}"),
        {"low": low, "high": high} if households is None else {"households": list(households)},
    )
    return list(found.scalars())


async def all_areas(session: AsyncSession) -> list[str]:
    """Give the villages of all households."""
    return list((await session.execute(text("SELECT DISTINCT area_code FROM directory_household"))).scalars())


# One step of the index a county, however many households there are.
_COUNTIES = """
WITH RECURSIVE county (code) AS (
    SELECT left(min(area_code), 6) FROM directory_household
    UNION ALL
    SELECT (SELECT left(min(h.area_code), 6) FROM directory_household h WHERE h.area_code >= c.code || ':')
    FROM county c WHERE c.code IS NOT NULL)
SELECT code || '000000' FROM county WHERE code IS NOT NULL
"""


async def counties(session: AsyncSession) -> list[str]:
    """Give the counties that households live in."""
    return list((await session.execute(text(_COUNTIES))).scalars())


async def id_tokens_of(session: AsyncSession, households: Sequence[str]) -> list[str]:
    """Give the ID tokens of the members of some households, under every key."""
    found = await session.execute(
        text(
            "SELECT id_token FROM directory_person WHERE household_id = ANY(:households) AND id_token IS NOT NULL"
            " UNION SELECT id_token FROM directory_token WHERE household_id = ANY(:households)"
        ),
        {"households": list(households)},
    )
    return list(found.scalars())


@dataclass(frozen=True)
class Registered:
    """A member of an active household, found by an ID token.

    Attributes:
        token: What it was found by, under whichever key; `id_token` is the one under the first.
        person_tokens: Under every key.
    """

    token: str
    id_token: str
    person_tokens: list[str]
    household_id: str
    person_id: str
    area_code: str


_ASKED = "id_token = ANY(:tokens) OR household_id = ANY(:households)"
_REGISTERED = f"""
SELECT n.token, p.id_token, p.household_id, p.person_id, h.area_code, array_append(ARRAY(
    SELECT t.person_token FROM directory_token t WHERE (t.household_id, t.person_id) = (p.household_id, p.person_id)
), p.person_token) AS person_tokens
FROM (SELECT household_id, person_id, id_token AS token FROM directory_person WHERE {_ASKED}
      UNION SELECT household_id, person_id, id_token FROM directory_token WHERE {_ASKED}) n
JOIN directory_person p USING (household_id, person_id) JOIN directory_household h USING (household_id)
WHERE h.status = 'active' AND p.id_token IS NOT NULL
ORDER BY n.token, p.household_id, p.person_id
"""


async def registered(
    session: AsyncSession, *, id_tokens: Sequence[str] = (), households: Sequence[str] = ()
) -> list[Registered]:
    """Give the members that have one of these ID tokens, and those of these households, once for each key."""
    values = {"tokens": list(id_tokens), "households": list(households)}
    found = await execute(session, _REGISTERED, values, row_factory=class_row(Registered))
    return await found.fetchall()


async def persons_in(session: AsyncSession, area_code: str) -> int:
    """Count the members of an area's active households that have an ID number."""
    low, high = range_of(area_code)
    found = await execute(
        session,
        "SELECT count(*) FROM directory_person p JOIN directory_household h USING (household_id)"
        " WHERE h.status = 'active' AND p.id_token IS NOT NULL AND h.area_code >= :low AND h.area_code < :high",
        {"low": low, "high": high},
    )
    [(persons,)] = await found.fetchall()
    return int(persons)


async def common_area(session: AsyncSession, households: Sequence[str] | None = None, *, within: str = NATION) -> str:
    """Give the smallest area that some households lie in, or all of an area; the nation if there are none."""
    low, high = range_of(within)
    only = "area_code >= :low AND area_code < :high" if households is None else "household_id = ANY(:households)"
    found = await session.execute(
        text(f"SELECT min(area_code), max(area_code) FROM directory_household WHERE {only}"),
        {"low": low, "high": high} if households is None else {"households": list(households)},
    )
    first, last = found.one()
    return NATION if first is None else common_root(first, last)


async def has_households_outside(session: AsyncSession, area_code: str) -> bool:
    """Tell whether any household lives outside an area; before any is known, none does."""
    low, high = range_of(area_code)
    found = await session.execute(
        text("SELECT coalesce(min(area_code) < :low OR max(area_code) >= :high, false) FROM directory_household"),
        {"low": low, "high": high},
    )
    return bool(found.scalar_one())


_HOMES = """
SELECT DISTINCT t.id_token, h.area_code FROM (
    SELECT id_token, household_id FROM directory_person WHERE id_token = ANY(CAST(:tokens AS text[]))
    UNION SELECT id_token, household_id FROM directory_token WHERE id_token = ANY(CAST(:tokens AS text[]))
) t JOIN directory_household h USING (household_id) WHERE h.status = 'active'
"""


async def registered_outside(session: AsyncSession, id_tokens: Sequence[str], area_code: str) -> list[str]:
    """Give those of `id_tokens` whose persons are registered, but nowhere in an area."""
    query = (
        f"SELECT id_token FROM ({_HOMES}) home GROUP BY id_token"
        " HAVING NOT bool_or(starts_with(area_code, :prefix)) ORDER BY id_token"
    )
    found = await session.execute(text(query), {"tokens": array_text(id_tokens), "prefix": prefix_of(area_code)})
    return list(found.scalars())


async def townships_of(session: AsyncSession, id_tokens: Sequence[str], area_code: str) -> list[tuple[str, str]]:
    """Give `(id_token, township's first nine digits)` of those of `id_tokens` who are registered in an area."""
    query = f"SELECT DISTINCT id_token, left(area_code, 9) FROM ({_HOMES}) home WHERE starts_with(area_code, :prefix)"
    found = await session.execute(text(query), {"tokens": array_text(id_tokens), "prefix": prefix_of(area_code)})
    return [(token, township) for token, township in found]
