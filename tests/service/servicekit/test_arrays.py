"""Arrays as text reach PostgreSQL as what they were, and lookups by hundreds of keys take the index."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from servicekit.db import Database, any_of, array_text


@pytest.mark.parametrize(
    "items",
    [
        [],
        [""],
        ["a", "b"],
        ['say "no"', "back\\slash", "{", "}", ",", "NULL", " blank ", "tab\tline\n", "户", "'"],
        ["\\", '"', '\\"', '","'],
    ],
)
async def test_an_array_arrives_as_it_was(database: Database, items: list[str]) -> None:
    async with database.transaction() as session:
        found = await session.execute(text("SELECT CAST(:items AS text[])"), {"items": array_text(items)})
        assert found.scalar_one() == items
        matching = await session.execute(
            text(f"SELECT item FROM unnest(CAST(:all AS text[])) AS kept (item) WHERE item = {any_of('items')}"),
            {"all": array_text([*items, "another"]), "items": array_text(iter(items))},
        )
        assert matching.scalars().all() == items


async def test_a_lookup_of_many_keys_takes_the_index_also_where_a_key_is_common(database: Database) -> None:
    """The elements stay hidden from the planner: among the statistics of the column it would look each of them up."""
    async with database.transaction() as session:
        await session.execute(text("CREATE TABLE looked_up (key text)"))
        await session.execute(text("INSERT INTO looked_up SELECT 'k' || (i % 3000) FROM generate_series(1, 30000) i"))
        await session.execute(text("CREATE INDEX looked_up_key_idx ON looked_up (key)"))
        await session.execute(text("ANALYZE looked_up"))
        plan = await session.execute(
            text(f"EXPLAIN SELECT FROM looked_up WHERE key = {any_of('keys')}"),
            {"keys": array_text(f"k{number}" for number in range(1000))},
        )
        lines = [row[0] for row in plan]
    assert any("looked_up_key_idx" in line for line in lines), lines
    assert not any("k999" in line for line in lines if "Cond" in line), lines
