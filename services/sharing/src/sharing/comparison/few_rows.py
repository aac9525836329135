"""The rows of a few persons out of everything that was delivered: lists by look-up, pushed records from their table.

The same choice as `linking` makes over whole lists: duplicates left out, the newest row of each key.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from sharing.catalogue.service import DatasetRows, load_catalogue
from sharing.comparison.linking import Linked, Matching
from sharing.comparison.list_rows import ListRows
from sharing.deliveries.effective import EffectiveSource, Record, records_of

Row = dict[str, Any]


async def linked_rows(
    session: AsyncSession,
    lists: ListRows,
    sources: Sequence[EffectiveSource],
    period: str,
    people: Sequence[Mapping[str, Any]],
) -> dict[str, Linked]:
    """Give, by dataset, the rows of `people` (`pn`, `hn`, `id_token`, `person_token`) that count for `period`.

    Args:
        sources: As `lists_and_areas` gives them.
        people: Also with `other_tokens`, `None` or by key id `[id_token, person_token]`.
    """
    datasets = load_catalogue().rows
    aliases = _aliases(people)
    tokens = sorted({person["id_token"] for person in people if person["id_token"]} | aliases.keys())
    records = await records_of(session, list(datasets), period, tokens=tokens, houses=[])
    found = await asyncio.to_thread(_in_lists, lists, sources, tokens)
    for record in records:
        found[record.dataset].append(_of_record(record, datasets[record.dataset]))
    for code, dataset in datasets.items():
        if "id_token" not in dataset.key and found[code]:  # somebody else's row may be the newest of the key
            found[code] = await _of_keys(session, lists, sources, period, dataset, found[code])
        for row in found[code] if aliases else ():
            row["id_token"] = aliases.get(row["id_token"], row["id_token"])
            row["person_token"] = aliases.get(row["person_token"], row["person_token"])
    return {
        code: _link(dataset, _newest(dataset, found[code]), people, has_source=_has_rows(code, sources, records))
        for code, dataset in datasets.items()
    }


def _aliases(people: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Give the tokens that people have under further keys, each with the one that stands for the same person here."""
    return {
        token: person[kind]
        for person in people
        for others in (person.get("other_tokens") or {}).values()
        for kind, token in zip(("id_token", "person_token"), others, strict=True)
    }


def _in_lists(lists: ListRows, sources: Sequence[EffectiveSource], tokens: Sequence[str]) -> dict[str, list[Row]]:
    datasets = load_catalogue().rows
    found: dict[str, list[Row]] = {code: [] for code in datasets}
    for source in sources:
        found[source.dataset] += _of_list(lists, source, datasets[source.dataset], "id_token", tokens)
    return found


def _of_list(
    lists: ListRows, source: EffectiveSource, dataset: DatasetRows, column: str, wanted: Iterable[str]
) -> list[Row]:
    place = {
        "delivery_id": source.delivery_id,
        "kind": source.kind,
        "period": source.period,
        "commit_seq": source.commit_seq,
    }
    return [row | place for row in lists.find(source, dataset, column, wanted)]


async def _of_keys(
    session: AsyncSession,
    lists: ListRows,
    sources: Sequence[EffectiveSource],
    period: str,
    dataset: DatasetRows,
    rows: Sequence[Row],
) -> list[Row]:
    """Give every row that shares a key with `rows`."""
    column = dataset.key[0]
    keys = sorted({row[column] for row in rows})
    of_dataset = [source for source in sources if source.dataset == dataset.code]
    found = [
        row for source in of_dataset for row in await asyncio.to_thread(_of_list, lists, source, dataset, column, keys)
    ]
    records = await records_of(session, [dataset.code], period, tokens=[], houses=keys)
    return [*found, *(_of_record(record, dataset) for record in records)]


def _of_record(record: Record, dataset: DatasetRows) -> Row:
    fields = {
        name: date.fromisoformat(value) if kind == "DATE" and value is not None else value
        for name, kind in dataset.columns.items()
        for value in (record.fields.get(name),)
    }
    return {
        "id_token": record.id_token,
        "person_token": record.person_token,
        "part_no": 1,
        "line_no": 1,
        "delivery_id": record.delivery_id,
        "kind": "record",
        "period": record.period,
        "commit_seq": record.commit_seq,
    } | fields


def _newest(dataset: DatasetRows, rows: Sequence[Row]) -> list[Row]:
    """Keep one row a key: the first by `newest`, then by period, then by commit."""

    def age(row: Row) -> tuple[Any, ...]:
        days = tuple((row[name] is None, -row[name].toordinal() if row[name] else 0) for name in dataset.newest)
        year, month = row["period"].split("-")
        return (*days, -(int(year) * 12 + int(month)), -row["commit_seq"], row["part_no"], row["line_no"])

    kept: dict[tuple[Any, ...], Row] = {}
    for row in sorted(rows, key=age):
        kept.setdefault(tuple(row[column] for column in dataset.key), row)
    return list(kept.values())


def _link(
    dataset: DatasetRows, rows: Sequence[Row], people: Sequence[Mapping[str, Any]], *, has_source: bool
) -> Linked:
    by_token: dict[str, list[Mapping[str, Any]]] = {}
    for person in people:
        if person["id_token"]:
            by_token.setdefault(person["id_token"], []).append(person)
    linked = [
        {
            "pn": person["pn"],
            "hn": person["hn"],
            "is_match": row["person_token"] is not None and row["person_token"] == person["person_token"],
            "delivery_id": row["delivery_id"],
            "kind": row["kind"],
        }
        | {name: row[name] for name in dataset.columns}
        for row in rows
        for person in by_token.get(row["id_token"], ())
    ]
    matched = sum(row["is_match"] for row in linked)
    rows_read = len(linked) if has_source else 0
    return Linked(linked, Matching(dataset.code, rows_read, matched, rows_read - matched, 0))


def _has_rows(code: str, sources: Sequence[EffectiveSource], records: Sequence[Record]) -> bool:
    return any(source.paths for source in sources if source.dataset == code) or any(
        record.dataset == code for record in records
    )
