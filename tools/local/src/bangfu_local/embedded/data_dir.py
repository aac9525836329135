"""One supervisor works in a data directory at a time."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import IO


class DataDirInUseError(RuntimeError):
    """Another supervisor works in this data directory."""


def hold_data_dir(data_dir: Path) -> IO[str]:
    """Hold the lock beside the data directory until the file given is closed or the process ends; the file stays.

    Raises:
        DataDirInUseError: if another supervisor works in the data directory.
    """
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    file = (data_dir.parent / f".{data_dir.name}.lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise DataDirInUseError(f"{data_dir} is in use by another bangfu up or demo") from None
    return file
