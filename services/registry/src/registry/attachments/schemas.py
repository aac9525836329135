"""What the API gives about attachments."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from contracts.vocabulary import Labelled


class UseKind(Labelled):
    """引用附件的记录."""

    CONTACT = "contact", "联系记录", "a contact"
    STEP = "step", "监测环节", "a step of an episode"
    MEASURE = "measure", "帮扶措施", "a measure"
    CHANGE_REQUEST = "change_request", "户变更申请", "a change request"
    CLUE = "clue", "线索核实", "the verification of a clue"


class UseOut(BaseModel):
    """Something that names an attachment."""

    kind: UseKind
    id: str = Field(description="of the contact, measure or clue; of a step: episode/sequence")


class AttachmentOut(BaseModel):
    """An attachment: what it is and who kept it; its content has an address of its own."""

    sha256: str
    media_type: str
    size_bytes: int
    kept_at: datetime
    kept_by: str = Field(description="who sent it first: staff:<id> of a person, else the client")
    named_by: list[UseOut] = Field(description="what it is evidence of: who sent it cannot take it back any more")


class RemovedOut(BaseModel):
    """An attachment that nothing named, taken back by who had sent it."""

    sha256: str
    media_type: str
    size_bytes: int
    kept_at: datetime
    removed_at: datetime
    removed_by: str


class AttachmentList(BaseModel):
    """All attachments of a household and of those that were merged into it: there is a limit to them."""

    items: list[AttachmentOut]
    removed: list[RemovedOut]
