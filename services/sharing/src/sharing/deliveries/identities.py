"""Who accepted rows are about, sealed: while a delivery is open, and afterwards of the rows that cannot count.

Those go back to their sender, who has to recognise them; of all others only tokens are left once it is committed.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

import polars as pl

from servicekit.crypto import DecryptionError, FieldCipher
from servicekit.ids import new_id
from sharing.lake.service import Lake

_LENGTH_BYTES = 4
_FOLDER_NAME = "identities-"

# Number and name of a row, by part and line.
Identities = Mapping[tuple[int, int], tuple[str, str]]


def beside(path: str) -> str:
    """Give the path of the identities that belong to a file of rows."""
    folder, _, name = path.rpartition("/")
    return f"{folder}/{_FOLDER_NAME}{name.removesuffix('.parquet')}.sealed"


def kept_in(folder: str) -> str:
    """Give a new path in a delivery's folder for the identities of rows left out."""
    return f"{folder}/{_FOLDER_NAME}{new_id()}.sealed"


def _place(path: str, block: int) -> str:
    return f"identities|{path}|{block}"


def packed(line_no: pl.Series, number18: pl.Series, name: pl.Series) -> bytes:
    """Give the identities of a chunk as they are sealed."""
    out = io.BytesIO()
    pl.DataFrame({"line_no": line_no, "number18": number18, "name": name}).write_ipc(out, compression="zstd")
    return out.getvalue()


class IdentityWriter:
    """Writes the identities of a part's accepted rows."""

    def __init__(self, file: Path, cipher: FieldCipher, path: str) -> None:
        """Write to `file`, sealed with `cipher` for its final place `path` in the lake."""
        self.file = file
        self._cipher, self._path, self._block = cipher, path, 0
        self._out: IO[bytes] = file.open("wb")

    def add(self, chunk: bytes) -> None:
        """Add a chunk, as `packed` gives it."""
        sealed = self._cipher.seal(chunk, _place(self._path, self._block))
        self._out.write(len(sealed).to_bytes(_LENGTH_BYTES) + sealed)
        self._block += 1

    def close(self) -> None:
        """Finish the file; safe to call twice."""
        self._out.close()


def _read(lake: Lake, cipher: FieldCipher, path: str) -> Iterator[pl.DataFrame]:
    with lake.open(path) as file:
        block = 0
        while length := file.read(_LENGTH_BYTES):
            sealed = file.read(int.from_bytes(length))
            yield pl.read_ipc(io.BytesIO(cipher.unseal(sealed, _place(path, block))))
            block += 1


def keep(lake: Lake, cipher: FieldCipher, parts: Mapping[int, str], left_out: str, target: str) -> None:
    """Keep the identities of rows that were left out to be mended. Blocks.

    Args:
        parts: Part number -> path of its rows.
        left_out: Path of the file of the rows that were left out.
        target: Path of the file to write.
    """
    rows = pl.read_parquet(lake.url_of(left_out)).filter(pl.col("reason") == "contradicts")
    kept: list[tuple[int, int, str, str]] = []
    for (number,), lines in rows.group_by("part_no"):
        part = int(str(number))
        for chunk in _read(lake, cipher, beside(parts[part])):
            found = chunk.filter(pl.col("line_no").is_in(lines["line_no"].implode()))
            kept += [(part, *row) for row in found.iter_rows()]
    _write(lake, cipher, json.dumps(kept, ensure_ascii=False).encode(), target)


def kept(lake: Lake, cipher: FieldCipher, path: str | None) -> Identities:
    """Give the identities in a file of `keep`, as far as they are kept and can be read. Blocks."""
    try:
        rows = json.loads(_kept(lake, cipher, path)) if path else []
    except (FileNotFoundError, DecryptionError):
        return {}
    return {(part, line): (number, name) for part, line, number, name in rows}


def seal_anew(lake: Lake, cipher: FieldCipher, path: str, target: str) -> None:
    """Write a file of `keep` again, sealed with the cipher's current key. Blocks.

    Raises:
        FileNotFoundError: it was deleted.
        DecryptionError: it is damaged, or its key is not there.
    """
    _write(lake, cipher, _kept(lake, cipher, path), target)


def _kept(lake: Lake, cipher: FieldCipher, path: str) -> bytes:
    with lake.open(path) as file:
        return cipher.unseal(file.read(), _place(path, 0))


def _write(lake: Lake, cipher: FieldCipher, plain: bytes, target: str) -> None:
    incoming = lake.incoming(target.rpartition("/")[2])
    try:
        incoming.write_bytes(cipher.seal(plain, _place(target, 0)))
        lake.publish(incoming, target)
    finally:
        incoming.unlink(missing_ok=True)
