"""The threads that work on bulk deliveries."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from sharing.deliveries.intake.part import new_executor


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has priorities of threads")
def test_work_on_a_delivery_gives_way_to_requests_and_only_it_does() -> None:
    before = os.getpriority(os.PRIO_PROCESS, 0)
    with new_executor() as executor:
        of_intake = executor.submit(lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id())).result()
    assert of_intake > before
    assert os.getpriority(os.PRIO_PROCESS, 0) == before
