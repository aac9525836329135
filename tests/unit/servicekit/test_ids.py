"""Identifiers: RFC 9562, version 7."""

from __future__ import annotations

import os
import time
import uuid

from servicekit.ids import new_id


def test_an_id_is_a_uuid_of_version_7_that_carries_its_time() -> None:
    for _ in range(200):
        before = time.time_ns() // 1_000_000
        made = uuid.UUID(new_id())
        assert (made.version, made.variant) == (7, uuid.RFC_4122)
        assert before <= made.int >> 80 <= time.time_ns() // 1_000_000


def test_ids_do_not_repeat() -> None:
    assert len({new_id() for _ in range(20_000)}) == 20_000


def test_a_forked_process_gives_other_ids_than_its_parent() -> None:
    new_id()  # randomness has been drawn ahead
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, "".join(new_id()[-17:] for _ in range(50)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    theirs = os.read(reading, 50 * 17).decode()
    assert all(new_id()[-17:] not in theirs for _ in range(50))
