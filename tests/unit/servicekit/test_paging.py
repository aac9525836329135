"""Cursors come back from strangers."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.paging import encode_cursor, read_cursor
from servicekit.problems import InvalidInput

AN_ID = "0198c0de-0000-7000-8000-000000000001"
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=3)
)


def test_a_cursor_gives_back_what_was_put_in() -> None:
    at = datetime(2026, 11, 30, tzinfo=UTC)
    cursor = encode_cursor(["99-1", 7, AN_ID, at.isoformat()])
    assert read_cursor(cursor, str, int, UUID, datetime) == ["99-1", 7, AN_ID, at]
    assert read_cursor(None, str) is None


@pytest.mark.parametrize("kind", [int, UUID, datetime])
@pytest.mark.parametrize(
    "value",
    [[1, 2], "a", None, True, 1.5, -1, 2**63, "2026-13-45", "2026-11-30T00:00:00", {"a": 1}, "\x00", "0198c0de"],
)
def test_values_of_another_kind_are_refused(kind: Any, value: Any) -> None:
    with pytest.raises(InvalidInput):
        read_cursor(base64.urlsafe_b64encode(orjson.dumps([value])).decode(), kind)


@given(st.text() | st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_whatever_stands_there_is_a_cursor_or_refused(text: str) -> None:
    for kinds in ((str,), (int, int), (UUID,), (datetime, str)):
        try:
            read_cursor(text, *kinds)
        except InvalidInput:
            continue


@given(json_values)
def test_whatever_json_stands_there_is_a_cursor_or_refused(value: Any) -> None:
    try:
        packed = base64.urlsafe_b64encode(orjson.dumps(value)).decode()
    except (TypeError, orjson.JSONEncodeError):
        return
    for kinds in ((str,), (int, int), (UUID,), (datetime, str)):
        try:
            read_cursor(packed, *kinds)
        except InvalidInput:
            continue
