"""Commands that this package adds to `bangfu`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from bangfu.cli.console import fail
from bangfu_backup.errors import BackupError


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Say why a command is refused and what to do."""
    try:
        yield
    except BackupError as error:
        fail(str(error), error.advice)
