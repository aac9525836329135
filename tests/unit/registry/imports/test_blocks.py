"""Blocks of a large body: whole lines with their numbers, whatever the cut of the stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.imports.blocks import Block, blocks_of
from registry.imports.lines import MAX_LINE_BYTES, LineReader
from registry.imports.problems import LineTooLong

line = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r"), max_size=30)


def cut(body: bytes, piece: int, size: int) -> list[Block]:
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), piece):
            yield body[start : start + piece]

    async def collect() -> list[Block]:
        return [block async for block in blocks_of(pieces(), size)]

    return asyncio.run(collect())


@given(
    st.lists(line, max_size=40), st.sampled_from(["\n", "\r\n"]), st.booleans(), st.integers(1, 200), st.integers(1, 90)
)
def test_lines_read_from_blocks_are_the_lines_of_the_body(
    lines: list[str], ending: str, has_mark: bool, piece: int, size: int
) -> None:
    body = (("\ufeff" if has_mark else "") + ending.join(lines)).encode()
    blocks = cut(body, piece, size)
    assert b"".join(block.data for block in blocks) == body
    assert all(block.data.endswith(b"\n") for block in blocks[:-1])
    read = [
        found
        for block in blocks
        for found in LineReader("utf-8", first_line=block.first_line).feed(block.data, is_last=True)
    ]
    assert read == LineReader("utf-8").feed(body, is_last=True)


def test_a_line_without_end_is_refused_with_its_number() -> None:
    with pytest.raises(LineTooLong, match="line 3 "):
        cut(b"a\nb\n" + b"x" * (2 * MAX_LINE_BYTES), 65_536, 65_536)
