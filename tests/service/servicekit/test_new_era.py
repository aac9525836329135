"""A restore begins a new era in every service that has feeds of changes, and minds no database that has none."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import psycopg

from bangfu_backup.era import begin_new_era

SERVICES = ("registry", "sharing", "alerts", "gateway")
_ERA = "SELECT pg_sequence_last_value('change_era_number'), name FROM change_era"


def test_a_restore_begins_a_new_era(service_database_url: Callable[[str], str]) -> None:
    with ExitStack() as stack:
        connections: dict[str, psycopg.Connection[Any]] = {
            name: stack.enter_context(psycopg.connect(service_database_url(name), autocommit=True)) for name in SERVICES
        }
        before = {name: connections[name].execute(_ERA).fetchall() for name in ("registry", "alerts")}
        begin_new_era(connections)
        for name, [(number, era)] in before.items():
            [(later, newer)] = connections[name].execute(_ERA).fetchall()
            assert later == number + 1
            assert newer != era
        begin_new_era({name: connections[name] for name in SERVICES})  # each restore is one more
        assert connections["registry"].execute(_ERA).fetchall()[0][0] == before["registry"][0][0] + 2
