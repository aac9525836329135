"""The kinds of change requests, read from kinds.toml. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from contracts.errors import FieldError
from contracts.parameters import PARAMETERS, Words
from registry.change_requests.contents import CONTENTS, Content
from registry.change_requests.problems import ChangeRequestInvalid


class Kind(BaseModel):
    """A kind; see the head of kinds.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str
    zh: str
    en: str
    content: str
    evidence: int = Field(ge=0)
    shows: Words

    @property
    def holds(self) -> type[Content]:
        """Give the class of its content."""
        return CONTENTS[self.content]

    @property
    def parameter(self) -> str:
        """Give the policy's parameter that says who approves it."""
        return f"changes.approval_{self.code}"


def _kinds() -> Mapping[str, Kind]:
    declared = tomllib.loads((files("registry.change_requests") / "kinds.toml").read_text(encoding="utf-8"))
    kinds = {code: Kind(code=code, **entry) for code, entry in declared.items()}
    for kind in kinds.values():
        if kind.parameter not in PARAMETERS or kind.content not in CONTENTS:
            raise ValueError(f"kinds.toml: {kind.code}: nothing says who approves it, or what it holds")
    return kinds


KINDS: Mapping[str, Kind] = _kinds()


def read(kind: Kind, given: Mapping[str, Any]) -> Content:
    """Read what a request of a kind holds.

    Raises:
        ChangeRequestInvalid: something is missing, unknown or of another form; values are never repeated.
    """
    try:
        return kind.holds.model_validate_json(orjson.dumps(given), strict=True)
    except ValidationError as error:
        errors = [
            FieldError("/".join(("/content", *map(str, item["loc"]))), str(item["type"]), str(item["msg"]))
            for item in error.errors(include_input=False, include_url=False)
        ]
        raise ChangeRequestInvalid(f"the content of a {kind.code} is incomplete or wrong", errors=errors) from None
