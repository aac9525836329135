"""Disasters on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from alerts.disasters.rules import MOST_ITEMS, AffectedState, DisasterKind, HouseDamage, ToldBy
from contracts.vocabulary import EpisodeState, RiskType, Severity
from servicekit.body import Body, examples
from servicekit.page_query import PageQuery
from servicekit.titles import SaysTitles, Titled

AreaCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
HouseholdId = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=100)]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=4, max_length=2000)]


class DisasterIn(Body):
    """A disaster or accident that a county declares."""

    model_config = examples(
        {
            "kind": "0201", "name": "7·12甲镇山洪", "areas": ["990101101000"], "from_on": "2026-07-12",
            "source": "department", "note": "应急管理局灾情快报第3号",
        }
    )  # fmt: skip

    kind: DisasterKind
    name: Name
    areas: Annotated[list[AreaCode], Field(min_length=1, max_length=50, description="counties, towns or villages")]
    from_on: date
    to_on: date | None = Field(default=None, description="null while it lasts")
    source: ToldBy
    note: Note = ""


class DisasterPatch(Body):
    """What is corrected of a disaster; what is left out stays."""

    model_config = examples({"to_on": "2026-07-15"})

    name: Name | None = None
    areas: Annotated[list[AreaCode], Field(min_length=1, max_length=50)] | None = None
    to_on: date | None = None
    note: Note | None = None


class HarmIn(Body):
    """What happened to a household."""

    model_config = examples({"house_damage": "collapsed", "loss": "68000.00", "note": "两间正房倒塌"})

    deaths: int = Field(default=0, ge=0, le=50)
    injured: int = Field(default=0, ge=0, le=50)
    house_damage: HouseDamage = HouseDamage.NONE
    crop_loss: int = Field(default=0, ge=0, le=100, description="percent")
    loss: Decimal | None = Field(default=None, ge=0, max_digits=12, decimal_places=2, description="yuan, estimated")
    note: Note = ""


class AffectedIn(HarmIn):
    """A household of a list, and what happened to it."""

    model_config = examples({"household_id": "0199a5c0-0000-7000-8000-000000000001", "house_damage": "severe"})

    household_id: HouseholdId


class AffectedListIn(Body):
    """Households that a disaster hit."""

    model_config = examples(
        {"items": [{"household_id": "0199a5c0-0000-7000-8000-000000000001", "house_damage": "collapsed"}]}
    )

    items: Annotated[list[AffectedIn], Field(min_length=1, max_length=MOST_ITEMS)]


class ZoneIn(HarmIn):
    """An area or hazard zone (隐患区): every household there is taken to be hit."""

    model_config = examples({"area_code": "990101101201", "grid": "03", "note": "滑坡威胁区"})

    area_code: AreaCode
    grid: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = Field(
        default=None, description="of a village: households of this grid alone"
    )


class TakenIn(BaseModel):
    """What became of one household of a list."""

    place: int = Field(description="in `items`, from 0")
    household_id: str
    result: Literal["added", "updated", "already", "twice", "outside", "ended", "unknown"] = Field(
        description="updated: what happened to it was corrected; twice: named before in this list; outside: it does not"
        " live where the disaster was; unknown: not within your areas"
    )
    affected_id: str | None = None
    clue_id: str | None = None


class AffectedTaken(BaseModel):
    """What became of each household of a list, in its order."""

    added: int
    refused: int
    items: list[TakenIn]


class ZoneTaken(BaseModel):
    """How many households of a zone were taken."""

    added: int
    already: int


class DisasterQuery(PageQuery):
    """Which disasters a list shows."""

    area: str | None = Field(default=None, pattern=r"^\d{12}$", description="that touch this area")
    is_open: bool | None = None


class DisasterOut(BaseModel):
    """A disaster."""

    id: str
    kind: DisasterKind
    kind_label: str
    risk_type: RiskType
    name: str
    county_code: str
    areas: list[str]
    from_on: date
    to_on: date | None
    source: ToldBy
    note: str
    version: int
    declared_by: str
    declared_at: datetime
    closed_by: str | None
    closed_at: datetime | None
    closing_note: str | None
    updated_at: datetime


class DisasterPage(BaseModel):
    """A page of disasters, the newest first."""

    items: list[DisasterOut]
    next_cursor: str | None = None


class Counts(BaseModel):
    """Households of the list by how far each is; those taken off it are none."""

    affected: int = Field(description="all that it hit")
    helped: int = Field(description="that were given something, whatever came after")
    waiting: int = Field(description="nothing given yet, the clue is open")
    procedure: int
    settled: int
    written_off: int


class VillageCounts(Counts):
    """The same for a village, with the share of its households that it hit."""

    area_code: str
    name: str | None
    households: int = Field(description="that live there, as far as the caller sees")
    share: Decimal = Field(description="affected of these: how concentrated it is, the greatest first")


class DisasterDetail(DisasterOut):
    """A disaster with its counts, of the caller's areas."""

    totals: Counts
    villages: list[VillageCounts]


class AffectedQuery(PageQuery):
    """Which households of a disaster a list shows."""

    area: str | None = Field(default=None, pattern=r"^\d{12}$")
    state: AffectedState | None = Field(default=None, description="without it all but those taken off the list")
    helped: bool | None = None


class AffectedOut(BaseModel):
    """A household that a disaster hit, and how far it is."""

    id: str
    household_id: str
    area_code: str
    harm: HarmIn
    state: AffectedState
    state_label: str
    helped_on: date | None = Field(description="first day on which it was given something")
    clue_id: str
    clue_state: str
    severity: Severity
    episode_id: str | None
    episode_state: EpisodeState | None
    has_green_channel: bool
    debts_due_on: date | None = Field(description="by when the identification is due (D05), while it is owed")
    version: int
    added_by: str
    added_at: datetime
    removed_by: str | None
    removed_because: str | None
    written_off_by: str | None
    written_off_because: str | None
    updated_at: datetime


class AffectedRow(AffectedOut, Titled):
    """A household in a list, with what people recognise it by."""


class AffectedRows(BaseModel):
    """A page of households, as this service knows them."""

    items: Sequence[AffectedOut]
    next_cursor: str | None = None


class AffectedPage(AffectedRows, SaysTitles):
    """A page of the households of a disaster, in the order in which they came."""

    items: list[AffectedRow]


class HelpIn(Body):
    """What a household was given at once."""

    model_config = examples({"what": "转移安置,发放棉被两床、大米五十斤", "given_on": "2026-07-13"})

    what: Reason
    given_on: date


class HelpOut(BaseModel):
    """What a household was given at once."""

    what: str
    given_on: date
    recorded_by: str
    recorded_at: datetime


class AffectedDetail(AffectedOut):
    """A household that a disaster hit, with all that it was given."""

    help: list[HelpOut]


class AffectedShown(AffectedDetail, Titled, SaysTitles):
    """The same with what people recognise it by."""


class ReasonIn(Body):
    """Why."""

    model_config = examples({"reason": "同名户误登,实际未受灾"})

    reason: Reason
