"""What the API gives about attachments."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class AttachmentOut(BaseModel):
    """An attachment: what it is and who kept it; its content has an address of its own."""

    sha256: str
    media_type: str
    size_bytes: int
    kept_at: datetime
    kept_by: str = Field(description="who sent it first: staff:<id> of a person, else the client")


class AttachmentList(BaseModel):
    """All attachments of a household: there is a limit to them."""

    items: list[AttachmentOut]
