"""How a run ends that another try cannot mend, and how one that is no longer ours."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import duckdb

from servicekit.storage import is_disk_full
from sharing.deliveries.service import RowsDeleted


class RunFailed(Exception):  # noqa: N818 - a state, as people read it
    """The run cannot succeed by trying again; `code` and the message say why."""

    def __init__(self, code: str, detail: str) -> None:
        """Say why, without personal data."""
        super().__init__(detail)
        self.code = code


class LeaseLost(Exception):  # noqa: N818
    """Another worker has taken the run over; this one must not touch it."""


@contextlib.contextmanager
def told_plainly() -> Iterator[None]:
    """Turn what another try cannot mend into a failed run that says why."""
    try:
        yield
    except RowsDeleted as error:
        raise RunFailed("sharing.comparison.rows_deleted", f"{error}; earlier findings stand") from error
    except duckdb.OutOfMemoryException as error:
        raise RunFailed("sharing.comparison.out_of_memory", "the comparison needs more memory or disk") from error
    except duckdb.IOException as error:
        if is_disk_full(error):
            raise  # the run waits in the queue until there is room
        raise RunFailed("sharing.comparison.part_unreadable", "a delivered part cannot be read") from error
