"""One OpenAPI 3.1 document out of the services' documents: pure."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping
from typing import Any

from contracts.scopes import Scope
from gateway.portal.webhooks import webhooks
from servicekit.problems import MEDIA_TYPE as PROBLEM_TYPE
from servicekit.problems import ProblemDocument, schemas

Document = dict[str, Any]

_METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
_OWN_PATHS = ("/v1/", "/oauth2/", "/.well-known/", "/problems")
SECURITY_SCHEME = "bangfu"
_PROBLEM: Document = {PROBLEM_TYPE: {"schema": {"$ref": f"#/components/schemas/{ProblemDocument.__name__}"}}}

TITLE = "帮扶 Bangfu API"
INTRODUCTION = """\
防止返贫动态监测和帮扶:部门报送数据、比对发现风险、乡镇核实、识别帮扶、订阅预警,全部接口都在这里。

1. `POST /oauth2/token` 用接入方编号和密钥换取访问令牌(10分钟有效)。
2. 每个接口标明所需 scope、用途和数据级别(`x-bangfu-access`);越权返回 403,不在管辖区域内返回 404。
3. 错误一律为 `application/problem+json`(RFC 9457),`code` 稳定,`advice` 告诉您怎么办,目录见 `/problems`。
4. 证件号码不得出现在网址中。

One API for everybody. Get a token with your client's credentials, then call the routes that your scopes allow.
Every error is a problem document with a stable `code`; `GET /problems` lists them all."""


def merge(
    documents: Mapping[str, Document],
    *,
    issuer: str,
    scopes: Mapping[str, Scope],
) -> Document:
    """Merge the documents of the services, the gateway's own among them, into one.

    Operations without an access declaration are left out: they are not routed either. Schemas that have the
    same name and another content are told apart by the name of their service, each of them: what a class of a
    generated client is called does not hang on which service answered first.
    """
    paths: Document = {}
    components: dict[str, Document] = {"schemas": schemas()}
    operation_ids: set[str] = set()
    tags: list[str] = []
    shared = _names_with_two_meanings([{"components": components}, *documents.values()])
    for service, original in sorted(documents.items()):
        document = _with_distinct_schemas(copy.deepcopy(original), service, shared)
        for kind, members in document.get("components", {}).items():
            if kind != "securitySchemes":
                components.setdefault(kind, {}).update(members)
        for path, item in document.get("paths", {}).items():
            if not path.startswith(_OWN_PATHS):
                continue
            merged = paths.setdefault(path, {})
            for name, value in item.items():
                if name not in _METHODS:
                    merged.setdefault(name, value)
                    continue
                if "x-bangfu-access" not in value or name in merged:
                    continue
                merged[name] = _operation(value, service, f"{name} {path}", operation_ids)
                tags += [tag for tag in merged[name]["tags"] if tag not in tags]
            if not merged:
                del paths[path]
    known = {scope: f"{text.zh} / {text.en}" for scope, text in scopes.items()}
    for scope in sorted(_scopes_of(paths)):
        known.setdefault(scope, scope)
    components["securitySchemes"] = {
        SECURITY_SCHEME: {
            "type": "oauth2",
            "description": "OAuth 2.0 client credentials; access tokens are ES256 JWTs (RFC 9068)",
            "flows": {"clientCredentials": {"tokenUrl": f"{issuer}/oauth2/token", "scopes": known}},
        }
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": TITLE, "version": "1", "description": INTRODUCTION},
        "servers": [{"url": issuer}],
        "tags": [{"name": tag} for tag in tags],
        "paths": dict(sorted(paths.items())),
        "webhooks": webhooks(components["schemas"]),
        "components": components,
    }


def _operation(operation: Document, service: str, place: str, taken: set[str]) -> Document:
    """Give an operation its security, tags, a unique id, and at least a default problem."""
    access = operation["x-bangfu-access"]
    scopes = access.get("scopes", []) if isinstance(access, dict) else []
    operation["security"] = [{SECURITY_SCHEME: [scope]} for scope in scopes]
    operation["tags"] = operation.get("tags") or [service]
    operation["operationId"] = _unique(str(operation.get("operationId") or place), service, taken)
    answers = operation.setdefault("responses", {})
    if "422" in answers and "application/json" in answers["422"].get("content", {}):
        # FastAPI's own error form never leaves a service: all errors are problems.
        answers["422"]["content"] = _PROBLEM
    answers.setdefault("default", {"description": "problem", "content": _PROBLEM})
    return operation


def _unique(wanted: str, service: str, taken: set[str]) -> str:
    name = re.sub(r"[^A-Za-z0-9]+", "_", wanted).strip("_")
    while name in taken:
        name = f"{service}_{name}"
    taken.add(name)
    return name


def _scopes_of(paths: Document) -> set[str]:
    return {
        scope
        for item in paths.values()
        for name, operation in item.items()
        if name in _METHODS
        for requirement in operation["security"]
        for scope in requirement[SECURITY_SCHEME]
    }


def _names_with_two_meanings(documents: Iterable[Document]) -> frozenset[str]:
    meanings: dict[str, Document] = {}
    found = set()
    for document in documents:
        for name, schema in document.get("components", {}).get("schemas", {}).items():
            if meanings.setdefault(name, schema) != schema:
                found.add(name)
    return frozenset(found)


def _with_distinct_schemas(document: Document, service: str, shared: frozenset[str]) -> Document:
    schemas = document.get("components", {}).get("schemas", {})
    renamed = {name: f"{service.capitalize()}{name}" for name in schemas if name in shared}
    if not renamed:
        return document
    document["components"]["schemas"] = {renamed.get(name, name): schema for name, schema in schemas.items()}
    references = {f"#/components/schemas/{old}": f"#/components/schemas/{new}" for old, new in renamed.items()}
    _replace_references(document, references)
    return document


def _replace_references(node: Any, references: Mapping[str, str]) -> None:
    if isinstance(node, dict):
        target = node.get("$ref")
        if isinstance(target, str) and target in references:
            node["$ref"] = references[target]
        for name, value in node.items():
            if name == "mapping" and isinstance(value, dict):  # of a discriminator
                node[name] = {key: references.get(str(ref), ref) for key, ref in value.items()}
            else:
                _replace_references(value, references)
    elif isinstance(node, list):
        for value in node:
            _replace_references(value, references)


def problems_of(documents: Iterable[Document]) -> dict[str, Document]:
    """Collect the problems that operations name in the examples of their answers, by code."""
    found: dict[str, Document] = {}
    for document in documents:
        for item in document.get("paths", {}).values():
            for name, operation in item.items():
                if name not in _METHODS:
                    continue
                for answer in operation.get("responses", {}).values():
                    examples = answer.get("content", {}).get(PROBLEM_TYPE, {}).get("examples", {})
                    for code, example in examples.items():
                        value = example.get("value")
                        if isinstance(value, dict) and re.fullmatch(r"[a-z0-9_.-]{1,100}", code):
                            found.setdefault(code, value)
    return found
