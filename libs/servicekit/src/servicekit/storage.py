"""What a full disk looks like, whichever library met it."""

from __future__ import annotations

import errno
import os

_NUMBERS = frozenset({errno.ENOSPC, errno.EDQUOT})
_TEXT = os.strerror(errno.ENOSPC)


def is_disk_full(error: BaseException | None) -> bool:
    """Tell whether there was no room left: of the file system, of a quota, or of the database's disk.

    DuckDB, Arrow and PostgreSQL report it as text only.
    """
    if isinstance(error, OSError) and error.errno in _NUMBERS:
        return True
    return error is not None and _TEXT in str(error)
