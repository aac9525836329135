"""Columns between polars, the tokenisers of `servicekit.tokens`, and Arrow, without a Python object for a row."""

from __future__ import annotations

from binascii import hexlify

import numpy as np
import polars as pl
import pyarrow as pa

from servicekit.tokens import TOKEN_BYTES, TextColumn, Tokeniser

_DIGITS = 2 * TOKEN_BYTES


def tokens_of(tokeniser: Tokeniser, number18: pl.Series, name: pl.Series) -> tuple[pa.Array, pa.Array]:
    """Give the ID tokens and the person tokens of rows, 32 hex digits each.

    Args:
        number18, name: Normalised, without nulls.
    """
    numbers, names = texts(number18), texts(name)
    return _hex(tokeniser.id_tokens(numbers)), _hex(tokeniser.person_tokens(numbers, names))


def texts(column: pl.Series) -> TextColumn:
    """Give the bytes of a column of text; a null is as long as an empty text."""
    strings = column.to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, data = strings.buffers()
    if not len(strings):  # Arrow may leave the buffers of an empty column out
        return TextColumn.of([])
    starts = np.frombuffer(offsets, dtype=np.int64)[strings.offset : strings.offset + len(strings) + 1]
    return TextColumn(np.frombuffer(data, dtype=np.uint8), starts)


def _hex(tokens: bytes) -> pa.Array:
    digits = hexlify(tokens)
    offsets = np.arange(0, len(digits) + 1, _DIGITS, dtype=np.int32)
    return pa.StringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(digits))
