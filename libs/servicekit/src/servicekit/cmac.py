"""AES-CMAC (NIST SP 800-38B, RFC 4493) of many messages at once.

The blocks of one message are chained and have to wait for each other, but those of different messages do not: the
first blocks of all messages are one AES-ECB call, the second blocks are another, and the processor's AES
instructions do the rest.
"""

from __future__ import annotations

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC
from numpy.typing import NDArray

BLOCK_BYTES = 16

_WORDS = BLOCK_BYTES // 8
_R128 = 0x87  # SP 800-38B, 5.3
_END = 0x80  # the bit that ends a message shorter than its blocks

Bytes = NDArray[np.uint8]


class Cmac:
    """AES-CMAC under one key of 16, 24 or 32 bytes. Safe to use from several threads."""

    def __init__(self, key: bytes) -> None:
        """Derive the subkeys for whole and for padded last blocks (SP 800-38B, 6.1)."""
        self._cipher = Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305 - a building block, not a mode of use
        self._single = CMAC(algorithms.AES(key))
        whole = _double(self._encrypt(bytes(BLOCK_BYTES)))
        self._subkeys = np.frombuffer(whole + _double(whole), dtype=np.uint64).reshape(2, _WORDS)

    def of(self, message: bytes) -> bytes:
        """Give the 16 bytes of one message."""
        mac = self._single.copy()
        mac.update(message)
        return mac.finalize()

    def of_rows(self, rows: Bytes, lengths: NDArray[np.int64]) -> Bytes:
        """Give the MACs of messages that have equally many blocks, n rows of 16 bytes.

        Args:
            rows: A message a row, n rows of whole blocks, zero after the message's end; it is overwritten.
            lengths: Bytes of each message. It ends in the row's last block, or is 0 and the row one block.
        """
        is_padded = lengths < rows.shape[1]
        rows[np.flatnonzero(is_padded), lengths[is_padded]] = _END
        words = rows.view(np.uint64)
        words[:, -_WORDS:] ^= self._subkeys[is_padded.astype(np.intp)]
        state = np.zeros((len(rows), _WORDS), dtype=np.uint64)
        for first in range(0, words.shape[1], _WORDS):
            mixed = state ^ words[:, first : first + _WORDS]
            state = np.frombuffer(self._encrypt(mixed.tobytes()), dtype=np.uint64).reshape(-1, _WORDS)
        return state.view(np.uint8)

    def _encrypt(self, blocks: bytes) -> bytes:
        return self._cipher.encryptor().update(blocks)


def _double(block: bytes) -> bytes:
    """Multiply by x in GF(2^128)."""
    number = int.from_bytes(block)
    carry = number >> 127
    return ((number << 1 & (1 << 128) - 1) ^ (_R128 * carry)).to_bytes(BLOCK_BYTES)
