"""Ids are found in an answer wherever its pieces are cut."""

from __future__ import annotations

import json
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.shown import Shown


@given(st.lists(st.uuids(), max_size=30), st.integers(1, 90))
def test_every_id_is_found_however_the_answer_is_cut(ids: list[UUID], size: int) -> None:
    text = json.dumps({"items": [{"id": str(each), "note": "x" * 7} for each in ids]}).encode()
    shown = Shown()
    for start in range(0, len(text), size):
        shown.feed(text[start : start + size])
    assert shown.take() == sorted({str(each) for each in ids})
    assert shown.take() == []


def test_the_code_of_a_refusal_is_found() -> None:
    shown = Shown()
    shown.feed_problem(b'{"type":"/problems/area_outside","code":"area_outside","title":"x"}')
    assert shown.code == "area_outside"
