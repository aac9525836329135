"""What requests are read into. Pure."""

from __future__ import annotations

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
        field = cls.model_fields[name]
        return checked(value, field_name=name, holds_id_number=may_hold_id_number(field.json_schema_extra))


def examples(*shown: dict[str, Any]) -> ConfigDict:
    """Give the `model_config` of a body with its examples, as the API's description shows them."""
    return ConfigDict(json_schema_extra={"examples": [*shown]})
