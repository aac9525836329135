"""Decompression of an upload piece by piece, with guards against bombs and truncation."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Protocol

import zstandard

from registry.imports.problems import BodyBroken, BodyTooLarge, DecompressionBomb, UnsupportedFormat

_JUDGED_FROM_BYTES = 8 * 1024 * 1024
_GZIP_OUT_BYTES = 1024 * 1024
# A zstd block of four bytes may unpack to 128 KiB: 512 bytes in bound one step to 16 MiB out.
_ZSTD_IN_BYTES = 512
_ZSTD_WINDOW_BYTES = 128 * 1024 * 1024


class Inflater(Protocol):
    """Turns pieces of a compressed body into pieces of the plain one."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Give what `data` unpacks to, in bounded pieces."""
        ...

    def finish(self) -> None:
        """Raise `BodyBroken` if the stream did not end where it should."""
        ...


class _Plain:
    def feed(self, data: bytes) -> Iterator[bytes]:
        yield data

    def finish(self) -> None:
        return


class _Gzip:
    """RFC 1952, several members allowed."""

    def __init__(self) -> None:
        self._stream: zlib._Decompress | None = None
        self._has_member = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._stream is None:
                if self._has_member and not data.strip(b"\0"):
                    return  # padding after the last member
                self._stream = zlib.decompressobj(wbits=31)
                self._has_member = True
            try:
                plain = self._stream.decompress(data, _GZIP_OUT_BYTES)
            except zlib.error as error:
                raise BodyBroken("the gzip stream is damaged") from error
            if plain:
                yield plain
            if self._stream.eof:
                data = self._stream.unused_data
                self._stream = None
            else:
                data = self._stream.unconsumed_tail

    def finish(self) -> None:
        if self._stream is not None or not self._has_member:
            raise BodyBroken("the gzip stream ends too early")


class _Zstd:
    """RFC 8878, several frames allowed."""

    def __init__(self) -> None:
        self._context = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW_BYTES)
        self._stream: zstandard.ZstdDecompressionObj | None = None
        self._has_frame = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        for start in range(0, len(data), _ZSTD_IN_BYTES):
            piece = data[start : start + _ZSTD_IN_BYTES]
            while piece:
                if self._stream is None:
                    self._stream = self._context.decompressobj()
                    self._has_frame = True
                try:
                    plain = self._stream.decompress(piece)
                except zstandard.ZstdError as error:
                    raise BodyBroken("the zstd stream is damaged") from error
                if plain:
                    yield plain
                piece = b""
                if self._stream.eof:
                    piece = self._stream.unused_data
                    self._stream = None

    def finish(self) -> None:
        if self._stream is not None or not self._has_frame:
            raise BodyBroken("the zstd stream ends too early")


class GuardedInflater:
    """An inflater that refuses bodies which are too large or unpack implausibly far."""

    def __init__(self, encoding: str, *, max_bytes: int, max_plain_bytes: int, max_ratio: int) -> None:
        """Unpack `identity`, `gzip` or `zstd`.

        Raises:
            UnsupportedFormat: for any other encoding.
        """
        kinds: dict[str, type[_Plain] | type[_Gzip] | type[_Zstd]] = {
            "identity": _Plain,
            "gzip": _Gzip,
            "x-gzip": _Gzip,
            "zstd": _Zstd,
        }
        if encoding not in kinds:
            raise UnsupportedFormat("Content-Encoding must be gzip or zstd, or absent")
        self._inflater: Inflater = kinds[encoding]()
        self._max_bytes = max_bytes
        self._max_plain_bytes = max_plain_bytes
        self._max_ratio = max_ratio
        self.size_bytes = 0
        self.plain_bytes = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Give what `data` unpacks to, in bounded pieces.

        Raises:
            BodyTooLarge, DecompressionBomb, BodyBroken
        """
        self.size_bytes += len(data)
        if self.size_bytes > self._max_bytes:
            raise BodyTooLarge(f"the body is larger than {self._max_bytes} bytes")
        for plain in self._inflater.feed(data):
            self.plain_bytes += len(plain)
            if self.plain_bytes > self._max_plain_bytes:
                raise BodyTooLarge(f"the body unpacks to more than {self._max_plain_bytes} bytes")
            if self.plain_bytes > _JUDGED_FROM_BYTES and self.plain_bytes > self.size_bytes * self._max_ratio:
                raise DecompressionBomb(f"the body unpacks to more than {self._max_ratio} times its size")
            yield plain

    def finish(self) -> None:
        """Raise `BodyBroken` if the stream ended too early."""
        self._inflater.finish()
