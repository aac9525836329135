"""What requests are read into. Pure."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator

from contracts.texts import checked, may_hold_id_number


class Body(BaseModel):
    """What a request gives; names that are not known are refused, and so is a citizen number where none belongs."""

    model_config = ConfigDict(extra="forbid")

    @field_validator("*")
    @classmethod
    def _texts_may_be_kept(cls, value: Any, info: ValidationInfo) -> Any:
        name = info.field_name or ""
        return checked(value, field_name=name, holds_id_number=name in _made_for_id_numbers(cls))


@cache
def _made_for_id_numbers(body: type[Body]) -> frozenset[str]:
    """Give the fields that take a citizen number, looked up once: an import validates millions."""
    return frozenset(name for name, field in body.model_fields.items() if may_hold_id_number(field.json_schema_extra))


def examples(*shown: dict[str, Any]) -> ConfigDict:
    """Give the `model_config` of a body with its examples, as the API's description shows them."""
    return ConfigDict(json_schema_extra={"examples": [*shown]})
