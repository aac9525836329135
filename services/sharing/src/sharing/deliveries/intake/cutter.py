"""Bytes cut into chunks of whole lines."""

from __future__ import annotations

from collections.abc import Iterator

from sharing.deliveries.problems import LineTooLong

CHUNK_BYTES = 4 << 20
MAX_LINE_BYTES = 1 << 20


class LineCutter:
    """Collects pieces and gives chunks of whole lines, about `chunk_bytes` each.

    A newline byte is never part of another character in UTF-8, GBK or GB 18030, so cutting before decoding is safe.
    """

    def __init__(self, chunk_bytes: int = CHUNK_BYTES) -> None:
        """Give chunks once `chunk_bytes` have come in."""
        self._chunk_bytes = chunk_bytes
        self._pieces: list[bytes] = []
        self._size = 0

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Give the chunks that `piece` completes.

        Raises:
            LineTooLong: if no line ends within 1 MiB after a chunk's worth of bytes.
        """
        self._pieces.append(piece)
        self._size += len(piece)
        while self._size >= self._chunk_bytes:
            data = b"".join(self._pieces)
            end = data.rfind(b"\n", 0, self._chunk_bytes) + 1 or data.find(b"\n", self._chunk_bytes) + 1
            if not end:
                self._pieces = [data]
                if len(data) > self._chunk_bytes + MAX_LINE_BYTES:
                    raise LineTooLong(f"a line is longer than {MAX_LINE_BYTES} bytes")
                return
            self._pieces = [data[end:]]
            self._size = len(data) - end
            yield data[:end]

    def finish(self) -> Iterator[bytes]:
        """Give what is left."""
        rest = b"".join(self._pieces)
        self._pieces, self._size = [], 0
        if rest:
            yield rest
