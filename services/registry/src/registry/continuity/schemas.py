"""What the API takes and gives about households and persons that stay the same."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, Field

from contracts.texts import HOLDS_ID_NUMBER
from contracts.vocabulary import Labelled, Relation, Sex
from registry.text import line_text
from servicekit.body import Body, examples

Reason = Annotated[str, line_text(200, 2)]
HouseholdNo = Annotated[str, Field(pattern=r"^[A-Za-z0-9\-]{1,32}$")]
_ID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
Id = Annotated[str, Field(pattern=_ID)]


class ChangeKind(Labelled):
    """What happened to an identity (身份变更类型)."""

    HOUSEHOLD_RENUMBERED = "household_renumbered", "户编号变更", "household renumbered"
    HOUSEHOLD_MERGED = "household_merged", "并户", "household merged into another"
    HOUSEHOLD_SPLIT = "household_split", "分户", "household split off"
    PERSON_CORRECTED = "person_corrected", "证件信息更正", "number, name, birth date or sex of a person corrected"
    PERSON_MERGED = "person_merged", "人员记录合并", "two records of one person merged"


class _Change(Body):
    reason: Reason = Field(description="依据 / why, in words")
    occurred_on: date | None = Field(default=None, description="when it happened; today if absent")


class RenumberIn(_Change):
    """A household's new number."""

    model_config = examples({"hh_no": "99H0000009", "reason": "全国系统重新编号"})

    hh_no: HouseholdNo


class CorrectionIn(_Change):
    """What was wrong about a person; what is absent stays."""

    model_config = examples({"id_no": "990101198001010010", "reason": "户口簿核对,原号码录错"})

    id_no: Annotated[str, line_text(32, 1)] | None = Field(default=None, json_schema_extra=HOLDS_ID_NUMBER)
    name: Annotated[str, line_text(64, 1)] | None = None
    birth_date: date | None = None
    sex: Sex | None = None


class PersonMergeIn(_Change):
    """The record that stays; the one of the path is the same person, registered twice."""

    into: Id


class MoverIn(Body):
    """A member, and what he or she is to the head of the household."""

    id: Id
    relation: Relation


class HouseholdMergeIn(_Change):
    """The household that remains, and what those who join are to its head."""

    into: Id
    relations: Annotated[list[MoverIn], Field(max_length=50)] = Field(
        default=[], description="of members whose relation changes: the former head at least"
    )


class SplitIn(_Change):
    """Who founds a new household, under which number, where."""

    hh_no: HouseholdNo
    village_code: str | None = Field(default=None, pattern=r"^[0-9]{12}$", description="the same village if absent")
    members: Annotated[list[MoverIn], Field(min_length=1, max_length=50)]
    relations: Annotated[list[MoverIn], Field(max_length=50)] = Field(
        default=[], description="of members who stay and whose relation changes"
    )


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
