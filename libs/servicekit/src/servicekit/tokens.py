"""Matching tokens: what stands for an ID number outside the registry.

Registry and sharing share a token key, nobody else has it, and both make the same tokens here: of one person, or of
whole columns. A token is 16 bytes, written as 32 hex digits. How it is made belongs to the key and not to the
release, because tokens at rest outlive releases: see docs/decisions/0016.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from numpy.typing import NDArray

from servicekit.cmac import BLOCK_BYTES, Bytes, Cmac
from servicekit.identity import normalise_name
from servicekit.keys import Keyring

TOKEN_BYTES = 16
NUMBER_BYTES = 18


@dataclass(frozen=True)
class TextColumn:
    """Texts in UTF-8, one after the other, as Arrow holds them.

    Attributes:
        data: The bytes of all texts.
        offsets: n+1 positions in `data`: text i is `data[offsets[i]:offsets[i + 1]]`.
    """

    data: Bytes
    offsets: NDArray[np.int64]

    @classmethod
    def of(cls, texts: Sequence[str]) -> TextColumn:
        """Make a column of Python's texts."""
        encoded = [text.encode() for text in texts]
        offsets = np.zeros(len(encoded) + 1, dtype=np.int64)
        np.cumsum(np.fromiter(map(len, encoded), dtype=np.int64, count=len(encoded)), out=offsets[1:])
        return cls(np.frombuffer(b"".join(encoded), dtype=np.uint8), offsets)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __iter__(self) -> Iterator[bytes]:
        data = self.data.tobytes()
        return (data[start:end] for start, end in pairwise(self.offsets.tolist()))

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Bytes of each text."""
        return np.diff(self.offsets)

    @property
    def filled(self) -> Bytes:
        """The bytes of all texts, without what the buffer holds before and behind them."""
        return self.data[self.offsets[0] : self.offsets[-1]]


class Tokeniser:
    """AES-256-CMAC of the ID number, and under another key of the ID number with the name behind it.

    Two keys instead of prefixes keep the two kinds of tokens apart: a number and a name of four characters then
    fit into two blocks. A number has always 18 bytes, so that nothing has to stand between it and the name.

    Safe to use from several threads. Numbers are `IdNumber.number18`. The names of a column are normalised already
    (`normalise_name`).
    """

    def __init__(self, key: bytes) -> None:
        """Derive the two keys from a uniformly random one of 32 bytes (RFC 5869, 3.3: without extracting first)."""
        self._id, self._person = (
            Cmac(HKDFExpand(algorithm=SHA256(), length=32, info=purpose).derive(key))
            for purpose in (b"bangfu token: id", b"bangfu token: id and name")
        )

    def id_token(self, number18: str) -> str:
        """Give 32 hex digits for the ID number alone."""
        return self._id.of(_number(number18)).hex()

    def person_token(self, number18: str, name: str) -> str:
        """Give 32 hex digits for ID number and name together; the number salts the name against dictionaries."""
        return self._person.of(_number(number18) + normalise_name(name).encode()).hex()

    def id_tokens(self, numbers: TextColumn) -> bytes:
        """Give the tokens of a column of ID numbers: 16 bytes each, one after the other."""
        rows = _blocks(_numbers(numbers), 2)
        return self._id.of_rows(rows, np.full(len(rows), NUMBER_BYTES)).tobytes()

    def person_tokens(self, numbers: TextColumn, names: TextColumn) -> bytes:
        """Give 16 bytes a row; rows whose messages have equally many blocks are computed together."""
        digits, name_bytes = _numbers(numbers), names.filled
        lengths = NUMBER_BYTES + names.lengths
        blocks = -(-lengths // BLOCK_BYTES)
        tokens = np.empty((len(digits), TOKEN_BYTES), dtype=np.uint8)
        for count in np.flatnonzero(np.bincount(blocks)):
            is_here = blocks == count
            rows = _blocks(digits[is_here], int(count))
            of_name = rows[:, NUMBER_BYTES:]
            is_filled = np.arange(of_name.shape[1]) < names.lengths[is_here, None]
            of_name[is_filled] = name_bytes[np.repeat(is_here, names.lengths)]
            tokens[is_here] = self._person.of_rows(rows, lengths[is_here])
        return tokens.tobytes()


def tokenisers(ring: Keyring) -> Mapping[str, Tokeniser]:
    """Give the tokeniser of each key of a ring by the key's id."""
    return {key_id: Tokeniser(key) for key_id, key in ring.keys.items()}


def _number(number18: str) -> bytes:
    number = number18.encode()
    if len(number) != NUMBER_BYTES:
        raise ValueError("an ID number has 18 characters")
    return number


def _numbers(column: TextColumn) -> Bytes:
    if not (column.lengths == NUMBER_BYTES).all():
        raise ValueError("an ID number has 18 characters")
    return column.filled.reshape(-1, NUMBER_BYTES)


def _blocks(digits: Bytes, count: int) -> Bytes:
    """Give rows of `count` blocks that begin with the numbers and are zero behind them."""
    rows = np.zeros((len(digits), count * BLOCK_BYTES), dtype=np.uint8)
    rows[:, :NUMBER_BYTES] = digits
    return rows
