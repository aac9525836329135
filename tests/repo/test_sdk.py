"""The SDK has a call for every operation of the API, and none that the API does not have."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from servicekit.openapi import operations_of

SDK = Path(__file__).resolve().parents[2] / "clients" / "python" / "src" / "bangfu" / "sdk"
SERVICES = ("registry", "sharing", "alerts", "gateway")
# Helper of the SDK's connection -> the method it sends; `None`: its first argument says it.
_SENDS = {"get": "GET", "items": "GET", "open_stream": "GET", "post": "POST", "changes": "GET",
          "call": None, "request": None, "versioned": None, "_made": None}  # fmt: skip
# Class attribute of several resources -> where each of them stands.
_PLACES = {
    "_imports": ("/v1/imports", "/v1/areas/import", "/v1/staff/import", "/v1/reconciliations/import"),
    "_decided": ("/v1/clues", "/v1/duties", "/v1/households", "/v1/episodes", "/v1/deliveries", "/v1/worklist"),
}


def calls_of(source: str) -> Iterator[str]:
    """Give `METHOD /path/{}` of every request that a module of the SDK makes."""
    for resource in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef)):
        for function in (
            node for node in ast.walk(resource) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ):
            known = {
                node.targets[0].id: _text(node.value, {})
                for node in ast.walk(function)
                if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
            }
            for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
                name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
                texts = [text for argument in call.args if (text := _text(argument, known))]
                paths = [text for text in texts if text.startswith("/")]
                if name in _SENDS and paths:
                    yield f"{_SENDS[name] or texts[0]} {paths[0]}"
                elif name == "_changed":  # of households by hand
                    yield f"POST {paths[0]}"


def _text(node: ast.AST, known: dict[str, str]) -> str:
    """Give a text as the source writes it, `{}` for what is filled in; empty for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Name):
        return known.get(node.id, "")
    if isinstance(node, ast.Attribute) and node.attr in _PLACES:
        return f"/{{{node.attr}}}"
    if isinstance(node, ast.JoinedStr):
        parts = [
            part.value if isinstance(part, ast.Constant) else _text(part.value, {}) or "{}"  # type: ignore[attr-defined]
            for part in node.values
        ]
        return "".join(str(part) for part in parts)
    return ""


def has() -> set[str]:
    """Give what the SDK calls."""
    found = {call for file in sorted(SDK.glob("*.py")) for call in calls_of(file.read_text(encoding="utf-8"))}
    for name, places in _PLACES.items():
        for call in [call for call in found if f"/{{{name}}}" in call]:
            found.remove(call)
            found |= {call.replace(f"/{{{name}}}", place) for place in places}
    return found


def served() -> set[str]:
    """Give what the API offers."""
    return {re.sub(r"\{[^}]*\}", "{}", name) for service in SERVICES for name in operations_of(service)}


def test_every_operation_has_a_method() -> None:
    assert served() - has() == set()


def test_no_method_calls_what_is_not_there() -> None:
    assert has() - served() == set()


def test_a_call_is_read_as_it_is_sent() -> None:
    source = """
class Plans:
    async def put(self, plan_id):
        path = f"/v1/plans/{plan_id}/steps"
        await self._http.versioned("PUT", path, Answer)
        return await self._http.get("/v1/plans", Answer)
"""
    assert sorted(calls_of(source)) == ["GET /v1/plans", "PUT /v1/plans/{}/steps"]
