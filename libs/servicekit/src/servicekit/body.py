"""What requests are read into. Pure."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class Body(BaseModel):
    """What a request gives; names that are not known are refused."""

    model_config = ConfigDict(extra="forbid")


def examples(*shown: dict[str, Any]) -> ConfigDict:
    """Give the `model_config` of a body with its examples, as the API's description shows them."""
    return ConfigDict(json_schema_extra={"examples": [*shown]})
