"""How a decision that was refused as stale is shown, beside the one that stands. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, computed_field


class RefusedOut(BaseModel):
    """A decision that was refused because the subject had changed; it had no effect."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    decision: dict[str, Any] = Field(description="what was to be decided; of a person's data the names of fields only")
    seen_etag: str | None = Field(description="version that the decision was made on")
    current_etag: str | None = Field(description="version that the subject had then")
    code: str = Field(description="why it was refused")
    refused_at: datetime
    refused_by: str = Field(description="who decided: staff:<id> of a person, else the client")
    settled_at: datetime | None
    settled_by: str | None

    @computed_field(description="未处理 / who made it has not decided anew, and nobody has settled it")  # type: ignore[prop-decorator]
    @property
    def is_open(self) -> bool:
        """Tell whether somebody still has to look."""
        return self.settled_at is None
