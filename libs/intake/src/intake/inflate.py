"""Content-Encoding undone piece by piece, with caps that a bomb meets early."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Protocol

import zstandard

from intake.refusals import BOMB, CONTENT_ENCODING, TOO_LARGE, TRUNCATED, RefusedError

_PIECE_BYTES = 1 << 20
_RATIO_FROM_BYTES = 16 << 20  # small inputs may compress well without being a bomb
# A zstd block of four bytes may stand for 128 KiB, and its decoder cannot be told to stop half way: feed it so
# little at a time that even the worst input gives 32 MiB.
_ZSTD_SLICE_BYTES = 1 << 10
_ZSTD_WINDOW_BYTES = 64 << 20


class Inflater(Protocol):
    """Undoes one content coding."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Give what `data` inflates to, in pieces of bounded size."""
        ...

    def finish(self) -> None:
        """Raise unless the stream ended where it should."""
        ...


class _Budget:
    def __init__(self, max_bytes: int, max_ratio: int) -> None:
        self.max_bytes = max_bytes
        self.max_ratio = max_ratio
        self.taken = 0
        self.given = 0

    def take(self, size: int) -> None:
        self.taken += size

    def give(self, size: int) -> None:
        self.given += size
        if self.given > self.max_bytes:
            raise RefusedError(
                TOO_LARGE, f"it inflates to more than {self.max_bytes} bytes", limit_bytes=self.max_bytes
            )
        if self.given > _RATIO_FROM_BYTES and self.given > self.max_ratio * max(self.taken, 1):
            raise RefusedError(BOMB, f"it inflates more than {self.max_ratio} times", limit_ratio=self.max_ratio)


class _Identity:
    def __init__(self, budget: _Budget) -> None:
        self._budget = budget

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._budget.take(len(data))
        self._budget.give(len(data))
        yield data

    def finish(self) -> None:
        pass


class _Gzip:
    """RFC 1952, several members after one another included."""

    def __init__(self, budget: _Budget) -> None:
        self._budget = budget
        self._member = self._new_member()
        self._is_started = False

    @staticmethod
    def _new_member() -> zlib._Decompress:
        return zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._budget.take(len(data))
        is_pending = False  # all input consumed, but the decoder still holds output
        while data or is_pending:
            if self._member.eof:
                data = data.lstrip(b"\0")  # padding after a member is allowed
                if not data:
                    return
                self._member = self._new_member()
            self._is_started = True
            try:
                piece = self._member.decompress(data, _PIECE_BYTES)
            except zlib.error as error:
                raise RefusedError(TRUNCATED, "the body is not a valid gzip stream") from error
            data = self._member.unconsumed_tail or self._member.unused_data
            is_pending = len(piece) == _PIECE_BYTES and not self._member.eof
            if piece:
                self._budget.give(len(piece))
                yield piece

    def finish(self) -> None:
        if not (self._is_started and self._member.eof):
            raise RefusedError(TRUNCATED, "the gzip stream ends too early")


class _Zstd:
    """RFC 8878, several frames after one another included; windows up to 64 MiB."""

    def __init__(self, budget: _Budget) -> None:
        self._budget = budget
        self._context = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW_BYTES)
        self._frame = self._context.decompressobj()
        self._is_started = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        view = memoryview(data)
        for start in range(0, len(view), _ZSTD_SLICE_BYTES):
            rest = bytes(view[start : start + _ZSTD_SLICE_BYTES])
            self._budget.take(len(rest))
            while rest:
                if self._frame.eof:
                    self._frame = self._context.decompressobj()
                self._is_started = True
                try:
                    piece = self._frame.decompress(rest)
                except zstandard.ZstdError as error:
                    raise RefusedError(TRUNCATED, "the body is not a valid zstd stream") from error
                rest = self._frame.unused_data if self._frame.eof else b""
                if piece:
                    self._budget.give(len(piece))
                    yield piece

    def finish(self) -> None:
        if not (self._is_started and self._frame.eof):
            raise RefusedError(TRUNCATED, "the zstd stream ends too early")


def inflater_of(content_encoding: str | None, *, max_bytes: int, max_ratio: int) -> Inflater:
    """Give the inflater for a Content-Encoding header.

    Args:
        max_bytes: Most bytes that may come out.
        max_ratio: Most bytes out per byte in, once 16 MiB came out.
    Raises:
        RefusedError: CONTENT_ENCODING for anything but identity, gzip and zstd, or for several codings at once.
    """
    coding = (content_encoding or "identity").strip().lower()
    budget = _Budget(max_bytes, max_ratio)
    match coding:
        case "" | "identity":
            return _Identity(budget)
        case "gzip" | "x-gzip":
            return _Gzip(budget)
        case "zstd":
            return _Zstd(budget)
        case _:
            raise RefusedError(
                CONTENT_ENCODING, f"Content-Encoding {coding[:40]!r} is not supported", supported=["gzip", "zstd"]
            )
