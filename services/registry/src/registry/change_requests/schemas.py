"""What the API takes and gives about change requests. Names and numbers are shown masked."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, Field

from contracts.texts import HOLDS_ID_NUMBER
from contracts.vocabulary import Labelled
from registry.change_requests.kinds import KINDS
from registry.text import Sha256, line_text, note_text
from servicekit.body import Body, examples
from servicekit.page_query import PageQuery
from servicekit.refused import RefusedOut
from servicekit.titles import SaysTitles, Titled

if TYPE_CHECKING:
    KindCode = str
else:
    KindCode = Literal[tuple(KINDS)]


class ChangeState(Labelled):
    """What has become of a request (申请状态)."""

    PROPOSED = "proposed", "待审批", "proposed"
    APPLIED = "applied", "已生效", "applied"
    REFUSED = "refused", "未通过", "refused"
    WITHDRAWN = "withdrawn", "已撤回", "withdrawn"


class ChangeRequestIn(Body):
    """A change that is asked for."""

    model_config = examples(
        {
            "kind": "death",
            "occurred_on": "2026-11-10",
            "reason": "村医出具死亡证明",
            "evidence": ["5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"],
            "content": {
                "person_id": "0198c0de-0000-7000-8000-000000000001",
                "relations": [{"id": "0198c0de-0000-7000-8000-000000000002", "relation": "head"}],
            },
        }
    )

    kind: KindCode
    occurred_on: date = Field(description="发生日期 / when it happened or will count from; not in the future")
    reason: Annotated[str, line_text(200, 2)] = Field(description="依据 / why, in words")
    evidence: Annotated[list[Sha256], Field(max_length=20)] = Field(
        default=[], description="attachments of the household, by SHA-256; they are sent first"
    )
    content: Annotated[dict[str, Any], Field(min_length=1, max_length=20)] = Field(
        description="what the kind holds: docs/change-requests.md", json_schema_extra=HOLDS_ID_NUMBER
    )


class ChangeNote(Body):
    """What is said to an approval or a withdrawal."""

    model_config = examples({"note": "与户口簿核对一致"})

    note: Annotated[str, note_text(2000)] | None = None


class ChangeRefusal(Body):
    """Why a change is not approved."""

    model_config = examples({"note": "证件照片不清,请补充后重新申请"})

    note: Annotated[str, note_text(2000, 2)]


class ChangeRequestOut(BaseModel):
    """A change that somebody asked for."""

    id: str
    household_id: str
    hh_no: str
    area_code: str
    kind: KindCode
    kind_label: str
    state: ChangeState
    occurred_on: date
    reason: str
    evidence: list[str]
    content: dict[str, Any] = Field(description="what is asked for; names and numbers masked, of births the year")
    seen_version: int = Field(description="version of the household that it was made on")
    level: Literal["township", "county"] | None = Field(description="who decides; null where nobody had to")
    requested_by: str = Field(description="staff:<id> of a person, else the client")
    requested_at: datetime
    due_on: date | None
    decided_by: str | None
    decided_at: datetime | None
    note: str | None
    other_id: str | None = Field(description="the household that was founded, joined or merged into")
    applied_version: int | None = Field(description="version of the household that it became")
    is_contested: bool = Field(description="another open request contradicts it, or its approval came too late")


class ChangeRequestRow(ChangeRequestOut, Titled):
    """A request in a list, with what people recognise its household by."""


class ChangeRequestPage(SaysTitles):
    """A page of requests, the newest first."""

    items: list[ChangeRequestRow]
    total: int = Field(description="of all pages")
    next_cursor: str | None = None


class ContestedOut(BaseModel):
    """What is another than when the request was made."""

    path: str
    title: str
    was: Any = Field(description="when the request was made; masked")
    now: Any


class ChangeRequestDetail(ChangeRequestOut):
    """A request, with what has come between."""

    contested: list[ContestedOut] = Field(description="申请后该户的变化 / of a proposed one: why it cannot be applied")
    contradicts: list[str] = Field(description="ids of open requests that change what this one changes or rests on")
    refused: list[RefusedOut] = Field(description="approvals that came too late")


class ChangeRequestShown(ChangeRequestDetail, Titled, SaysTitles):
    """A request with all of that, and what people recognise its household by."""


class ChangeRequestQuery(PageQuery):
    """Which requests a list shows, the newest first; null means any."""

    area: str | None = Field(default=None, pattern=r"^[0-9]{12}$", description="subtree")
    grid: str | None = Field(default=None, min_length=1, max_length=64, description="of the household")
    household_id: str | None = Field(default=None, pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
    state: ChangeState | None = None
    kind: KindCode | None = None
    contested: bool | None = Field(default=None, description="whether `is_contested`")
