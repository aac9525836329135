"""The portal's documents, made again whenever a service's document changed."""

from __future__ import annotations

import inspect
from typing import Any

from fastapi import FastAPI

from contracts.scopes import SCOPES
from gateway.portal.rules import merge, problems_of
from gateway.routing.service import Directory
from servicekit.problems import catalogue


class Portal:
    """Merged OpenAPI document and catalogue of problems, kept until a service changes."""

    def __init__(self, app: FastAPI, directory: Directory, issuer: str) -> None:
        """Describe `app` and the services of `directory`, reachable under `issuer`."""
        self._app = app
        self._directory = directory
        self._issuer = issuer
        self._own = app.openapi
        self._version = -1
        self._merged: dict[str, Any] = {}
        self._problems: dict[str, dict[str, Any]] = {}

    def _refresh(self) -> None:
        if self._version == self._directory.version:
            return
        documents = {"gateway": self._own(), **self._directory.documents}
        self._merged = merge(documents, issuer=self._issuer, scopes=SCOPES)
        problems = problems_of(documents.values())
        for kind in catalogue():
            document = kind().document()
            document.pop("trace_id", None)
            problems[kind.code] = document | {"explanation": (inspect.getdoc(kind) or "").partition("\n\n")[0]}
        self._problems = {
            code: {name: value for name, value in problems[code].items() if name != "trace_id"}
            for code in sorted(problems)
        }
        self._version = self._directory.version

    def openapi(self) -> dict[str, Any]:
        """Give the merged document."""
        self._refresh()
        return self._merged

    def problems(self) -> dict[str, dict[str, Any]]:
        """Give all problems by code."""
        self._refresh()
        return self._problems
