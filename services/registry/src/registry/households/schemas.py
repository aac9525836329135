"""What the API takes and gives about households and persons. Nothing here shows a full identity."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts.vocabulary import (
    HealthCondition,
    HouseholdStatus,
    HouseholdType,
    HousingTenure,
    Labelled,
    LabourLevel,
    MonitorCategory,
    Relation,
    Relief,
    RiskType,
    SchoolStage,
)
from registry.text import line_text

Number = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[A-Za-z0-9\-]{1,32}$")]
VillageCode = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9]{12}$")]
Phone = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^(1[3-9][0-9]{9}|0[0-9]{2,3}-?[0-9]{7,8})?$")]
Money = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2)]


class MonitorIn(BaseModel):
    """An existing monitored household (监测对象), as the national register has it."""

    category: MonitorCategory
    identified_on: date
    risk_types: Annotated[list[RiskType], Field(min_length=1, max_length=5)]


class MemberIn(BaseModel):
    """A member of a household as it is registered."""

    person_no: Number | None = Field(default=None, description="人口编号, from the national register")
    name: Annotated[str, line_text(64, 1)]
    id_no: Annotated[str, line_text(32)] | None = Field(
        default=None, description="证件号码: 15, 18, 20 or 22 characters; null for a person without a number yet"
    )
    birth_date: date
    sex: Literal["1", "2"] = Field(description="1 男, 2 女")
    relation: Relation
    labour: LabourLevel
    school_stage: SchoolStage | None = None
    has_finished_compulsory: bool = False
    health: Annotated[list[HealthCondition], Field(min_length=1, max_length=4)] = [HealthCondition.HEALTHY]
    relief: Relief = Relief.NONE


class IncomeIn(BaseModel):
    """One year's income and expenditure of the household, in yuan."""

    year: Annotated[int, Field(ge=2000, le=2100)]
    wage: Money = Decimal(0)
    business: Money = Decimal(0)
    property: Money = Decimal(0)
    transfer: Money = Decimal(0)
    business_cost: Money = Decimal(0)
    insurance_payout: Money = Decimal(0)
    self_paid: Money = Decimal(0)


class HouseholdIn(BaseModel):
    """A household with its members and incomes: one line of an import, and the body of POST."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "hh_no": "99H0000001",
                    "village_code": "990101101201",
                    "group_name": "3组",
                    "hh_type": "1",
                    "housing_tenure": "owned",
                    "members": [
                        {
                            "person_no": "99P00000001",
                            "name": "张伟",
                            "birth_date": "1980-01-01",
                            "sex": "1",
                            "relation": "head",
                            "labour": "1",
                        }
                    ],
                    "incomes": [{"year": 2026, "wage": "36000.00", "self_paid": "1200.00"}],
                }
            ]
        }
    )

    hh_no: Number = Field(description="户编号")
    village_code: VillageCode = Field(description="行政村代码")
    group_name: Annotated[str, line_text(64)] | None = None
    hh_type: HouseholdType
    housing_tenure: HousingTenure = HousingTenure.OWNED
    is_resettled: bool = False
    address: Annotated[str, line_text(200)] | None = None
    phone: Phone | None = None
    monitor: MonitorIn | None = None
    last_negative_decision_on: date | None = None
    members: Annotated[list[MemberIn], Field(min_length=1, max_length=50)]
    incomes: Annotated[list[IncomeIn], Field(max_length=30)] = []


class MemberOut(BaseModel):
    """A member, masked."""

    id: str
    person_no: str | None
    name: str = Field(examples=["张**"])
    id_no: str | None = Field(examples=["990101**********12"])
    birth_date: date
    sex: str
    relation: Relation
    labour: LabourLevel
    school_stage: SchoolStage | None
    has_finished_compulsory: bool
    health: list[HealthCondition]
    relief: Relief


class IncomeSummary(BaseModel):
    """One year's result, as it stands now."""

    year: int
    net: Decimal
    per_capita_net: Decimal
    ref_per_capita: Decimal
    self_paid: Decimal


class HouseholdOut(BaseModel):
    """A household, masked: the family name of each member, six and two characters of the number."""

    id: str
    hh_no: str
    area_code: str
    group_name: str | None
    hh_type: HouseholdType
    status: HouseholdStatus
    housing_tenure: HousingTenure
    is_resettled: bool
    phone: str | None = Field(examples=["139****5678"])
    population: int
    monitor_category: MonitorCategory | None
    is_monitored: bool
    open_risks: list[RiskType]
    last_negative_decision_on: date | None
    version: int
    updated_at: datetime
    members: list[MemberOut]


class HouseholdDetail(HouseholdOut):
    """A household with its current incomes."""

    incomes: list[IncomeSummary]


class MemberPatch(BaseModel):
    """A change of one member. Without `id` it is a new member and needs all of `MemberIn`."""

    model_config = ConfigDict(extra="forbid")

    id: str | None = None
    person_no: Number | None = None
    name: Annotated[str, line_text(64, 1)] | None = None
    id_no: Annotated[str, line_text(32)] | None = None
    birth_date: date | None = None
    sex: Literal["1", "2"] | None = None
    relation: Relation | None = None
    labour: LabourLevel | None = None
    school_stage: SchoolStage | None = None
    has_finished_compulsory: bool | None = None
    health: Annotated[list[HealthCondition], Field(min_length=1, max_length=4)] | None = None
    relief: Relief | None = None
    left_on: date | None = Field(default=None, description="自然减少日期: the member leaves the household")
    left_reason: Annotated[str, line_text(64)] | None = Field(default=None, description="死亡、婚出、迁出…")


class HouseholdPatch(BaseModel):
    """What changes; what is absent stays. `members` lists changed, leaving and new members only."""

    model_config = ConfigDict(extra="forbid")

    village_code: VillageCode | None = None
    group_name: Annotated[str, line_text(64)] | None = None
    hh_type: HouseholdType | None = None
    status: HouseholdStatus | None = None
    housing_tenure: HousingTenure | None = None
    is_resettled: bool | None = None
    address: Annotated[str, line_text(200)] | None = None
    phone: Phone | None = None
    last_negative_decision_on: date | None = None
    members: Annotated[list[MemberPatch], Field(max_length=50)] = []


class PersonSearch(BaseModel):
    """An exact search by ID number; the number travels in the body, never in a URL."""

    model_config = ConfigDict(extra="forbid")

    id_no: Annotated[str, line_text(32, 1)]


class PersonFound(MemberOut):
    """A person with the household it belongs to, masked."""

    household_id: str
    hh_no: str
    area_code: str


class PersonsFound(BaseModel):
    """What a search found within the caller's areas."""

    items: list[PersonFound]


class PurposeCode(Labelled):
    """Why a full identity is needed (查看目的)."""

    VERIFICATION = "verification", "线索核实", "verification of a clue"
    IDENTIFICATION = "identification", "识别认定", "identification of a household"
    ASSISTANCE = "assistance", "帮扶落实", "delivery of assistance"
    CORRECTION = "correction", "数据更正", "correction of data"
    PETITION = "petition", "信访答复", "answer to a petition"
    AUDIT = "audit", "监督检查", "audit"


class UnmaskIn(BaseModel):
    """Why, and for which case, a full identity is shown."""

    model_config = ConfigDict(extra="forbid")

    purpose_code: PurposeCode
    case_id: Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[A-Za-z0-9_\-]{1,64}$")]


class UnmaskedPerson(BaseModel):
    """A full identity; the look is recorded."""

    person_id: str
    household_id: str
    name: str
    id_no: str | None
    address: str | None
    phone: str | None
    unmasking_id: str


class HouseholdVersion(BaseModel):
    """The household as it was, until somebody changed it."""

    version: int
    replaced_at: datetime
    replaced_by: str
    cause: str
    snapshot: dict[str, object]


class HouseholdHistory(BaseModel):
    """Earlier versions, newest first."""

    items: list[HouseholdVersion]
