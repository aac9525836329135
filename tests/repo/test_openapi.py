"""The OpenAPI page of each service is valid 3.1 and complete enough to write a client from."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from openapi_spec_validator import OpenAPIV31SpecValidator

from servicekit.openapi import document_of, operations_of

SERVICES = ("registry", "sharing", "alerts", "gateway")
by_service = pytest.mark.parametrize("service", SERVICES)


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each operation with its name `METHOD /path`."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in ("get", "post", "put", "patch", "delete"):
                yield f"{method.upper()} {path}", operation


@by_service
def test_document_is_valid_openapi_3_1(service: str, app_of: Callable[[str], FastAPI]) -> None:
    document = app_of(service).openapi()
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()


@by_service
def test_operation_ids_are_unique(service: str, app_of: Callable[[str], FastAPI]) -> None:
    ids = Counter(operation["operationId"] for _, operation in operations(app_of(service).openapi()))
    assert [name for name, count in ids.items() if count > 1] == []


@by_service
def test_every_operation_has_its_id_and_titles_and_no_other_is_declared(
    service: str, app_of: Callable[[str], FastAPI]
) -> None:
    declared = operations_of(service)
    served = dict(operations(document_of(app_of(service), service)))
    assert declared.keys() == served.keys()
    for name, said in declared.items():
        assert served[name]["operationId"] == said.id
        assert re.search(r"[一-鿿]", said.zh), name
        assert said.en.isascii(), name


def test_operation_ids_are_unique_in_the_whole_api() -> None:
    ids = Counter(said.id for service in SERVICES for said in operations_of(service).values())
    assert [name for name, count in ids.items() if count > 1] == []


@by_service
def test_no_header_is_declared_that_generators_must_ignore(service: str, app_of: Callable[[str], FastAPI]) -> None:
    """OpenAPI 3.1: Accept, Content-Type and Authorization are described by content types and security."""
    declared = [
        (name, parameter["name"])
        for name, operation in operations(document_of(app_of(service), service))
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "header" and parameter["name"].lower() in ("accept", "content-type", "authorization")
    ]
    assert declared == []


@by_service
def test_every_operation_says_what_it_does_and_who_may(service: str, app_of: Callable[[str], FastAPI]) -> None:
    silent = [
        name
        for name, operation in operations(app_of(service).openapi())
        if not operation.get("description") or "x-bangfu-access" not in operation
    ]
    assert silent == []


@by_service
def test_no_path_or_query_takes_an_id_number_or_a_name(service: str, app_of: Callable[[str], FastAPI]) -> None:
    personal = {"id_no", "id_number", "name", "phone", "person_name"}
    found = [
        f"{name}: {parameter['name']}"
        for name, operation in operations(app_of(service).openapi())
        for parameter in operation.get("parameters", [])
        if parameter["in"] in ("path", "query") and parameter["name"] in personal
    ]
    assert found == []
