"""Each table of a service has its class, and each class the columns that the migrations made."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest
from sqlalchemy import create_engine, inspect

from servicekit.tables import metadata_of

SERVICES = ("registry", "sharing", "alerts", "gateway")
ANYBODYS = {"alembic_version"}


@pytest.mark.parametrize("service", SERVICES)
def test_classes_have_the_columns_of_the_migrated_tables(
    service: str, service_database_url: Callable[[str], str]
) -> None:
    package = import_module(service)
    for module in walk_packages([str(Path(path)) for path in package.__path__], f"{service}."):
        if module.name.endswith(".tables"):
            import_module(module.name)
    own = metadata_of(service).tables
    shared = metadata_of("servicekit").tables
    engine = create_engine(service_database_url(service).replace("postgresql://", "postgresql+psycopg://"))
    inspector = inspect(engine)
    migrated = {
        name: {(column["name"], bool(column["nullable"])) for column in inspector.get_columns(name)}
        for name in inspector.get_table_names()
        if name not in ANYBODYS
    }
    engine.dispose()
    declared = {
        name: {(column.name, bool(column.nullable)) for column in table.columns}
        for name, table in {**shared, **own}.items()
        if name in own or name in migrated  # the gateway has no keys to rotate
    }
    assert {name: columns for name, columns in declared.items() if columns != migrated.get(name)} == {}
    assert migrated.keys() <= declared.keys()
