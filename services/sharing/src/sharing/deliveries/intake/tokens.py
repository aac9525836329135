"""Matching tokens for whole columns: the HMACs of `servicekit.crypto.Tokeniser`, computed outside the interpreter lock.

DuckDB hashes a column in native code, so that an intake of a million rows neither holds up the event
loop nor waits for Python. HMAC (RFC 2104) = H(key^opad || H(key^ipad || message)); the key is 32 bytes.
"""

from __future__ import annotations

import threading

import duckdb
import polars as pl
import pyarrow as pa

from servicekit.crypto import Tokeniser

_BLOCK_BYTES = 64  # SHA-256

_QUERY = """
SELECT left(sha256($outer::BLOB || unhex(sha256($inner::BLOB || encode('id:' || number18)))), 32) AS id_token,
       left(sha256($outer::BLOB || unhex(sha256($inner::BLOB || encode('id+name:' || number18 || '|' || name)))), 32)
           AS person_token
FROM people
"""


class ColumnTokeniser:
    """Turns columns of ID numbers and normalised names into tokens. Safe to use from several threads."""

    def __init__(self, key: bytes) -> None:
        """Use the token key that the registry shares."""
        block = key.ljust(_BLOCK_BYTES, b"\0")
        self._pads = {"inner": bytes(b ^ 0x36 for b in block), "outer": bytes(b ^ 0x5C for b in block)}
        self._single = Tokeniser(key)
        self._local = threading.local()

    def of(self, number18: pl.Series, name: pl.Series) -> pa.Table:
        """Give columns `id_token` and `person_token`, 32 hex digits each, in the order of the rows."""
        connection = self._connection()
        people = pl.DataFrame({"number18": number18, "name": name}).to_arrow(compat_level=pl.CompatLevel.oldest())
        connection.register("people", people)
        try:
            return connection.sql(_QUERY, params=self._pads).to_arrow_table()
        finally:
            connection.unregister("people")

    def of_one(self, number18: str, name: str) -> tuple[str, str]:
        """Give `(id_token, person_token)` of one person."""
        return self._single.id_token(number18), self._single.person_token(number18, name)

    def _connection(self) -> duckdb.DuckDBPyConnection:
        if not hasattr(self._local, "connection"):
            self._local.connection = duckdb.connect(
                config={"threads": 1, "preserve_insertion_order": True, "memory_limit": "128MB"}
            )
        connection: duckdb.DuckDBPyConnection = self._local.connection
        return connection
