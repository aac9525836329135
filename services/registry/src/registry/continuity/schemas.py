"""What the API takes and gives about households and persons that stay the same."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, Field

from contracts.vocabulary import Labelled
from registry.continued import Id, Identifying, Merging, MoverIn, Renumbering, Splitting
from registry.text import line_text
from servicekit.body import Body, examples

Reason = Annotated[str, line_text(200, 2)]


class ChangeKind(Labelled):
    """What happened to an identity (身份变更类型)."""

    HOUSEHOLD_RENUMBERED = "household_renumbered", "户编号变更", "household renumbered"
    HOUSEHOLD_MERGED = "household_merged", "并户", "household merged into another"
    HOUSEHOLD_SPLIT = "household_split", "分户", "household split off"
    PERSON_MOVED = "person_moved", "人员转户", "person of one household became a member of another"
    PERSON_CORRECTED = "person_corrected", "证件信息更正", "number, name, birth date or sex of a person corrected"
    PERSON_MERGED = "person_merged", "人员记录合并", "two records of one person merged"


class Change(Body):
    """What every change says: why, and when it happened."""

    reason: Reason = Field(description="依据 / why, in words")
    occurred_on: date | None = Field(default=None, description="when it happened; today if absent")


class RenumberIn(Renumbering, Change):
    """A household's new number, and why."""

    model_config = examples({"hh_no": "99H0000009", "reason": "全国系统重新编号"})


class CorrectionIn(Identifying, Change):
    """What was wrong about a person, and how it is known; what is absent stays."""

    model_config = examples({"id_no": "990101198001010010", "reason": "户口簿核对,原号码录错"})


class PersonMergeIn(Change):
    """The record that stays; the one of the path is the same person, registered twice."""

    into: Id


class HouseholdMergeIn(Merging, Change):
    """The household that remains, and why the two are one."""


class SplitIn(Splitting, Change):
    """Who founds a new household, and why."""


class TransferIn(Change):
    """Who leaves for another household that there is, as what, and what those who stay are to each other now."""

    into: Id
    members: Annotated[list[MoverIn], Field(min_length=1, max_length=50)]
    relations: Annotated[list[MoverIn], Field(max_length=50)] = []


class IdentityChangeOut(BaseModel):
    """Why a household or a person is the same."""

    kind: ChangeKind
    household_id: str
    person_id: str | None
    other_id: str | None = Field(description="the household or person that it was merged into, or that was split off")
    before: str | None = Field(description="number before; of a person masked")
    after: str | None
    reason: str
    occurred_on: date
    recorded_at: datetime
    recorded_by: str


class IdentityChangesOut(BaseModel):
    """Everything that happened to the identity of a household and its members, newest first."""

    items: list[IdentityChangeOut]
