"""What the API takes and gives about the roster."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints, computed_field

from contracts.vocabulary import Department, StaffRole, UnitKind
from registry.text import line_text, words
from servicekit.body import Body, examples
from servicekit.page_query import PageQuery

Code = Annotated[str, Field(pattern=r"^[0-9]{12}$")]
StaffNo = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9\-]{1,32}$")]
Phone = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^\+?[0-9][0-9 \-]{4,30}$")]
Grid = Annotated[str, line_text(64, 1)]
Why = Annotated[str, line_text(200, 2), words(2)]


class UnitIn(Body):
    """A unit (单位)."""

    model_config = examples(
        {"kind": "department", "name": "某县医疗保障局", "area_code": "990101000000", "department": "MED"}
    )

    kind: UnitKind
    name: Annotated[str, line_text(100, 2)]
    area_code: Code
    department: Department | None = Field(default=None, description="of a department (行业部门): which one")


class UnitPatch(Body):
    """What changes of a unit. Kind, area and department stay: another one is another unit."""

    name: Annotated[str, line_text(100, 2)] | None = None
    is_active: bool | None = None


class UnitRef(BaseModel):
    """The unit that somebody belongs to."""

    id: str
    kind: UnitKind
    name: str
    area_code: str
    department: Department | None

    @computed_field(description="单位类型 / the kind in Chinese")  # type: ignore[prop-decorator]
    @property
    def kind_label(self) -> str:
        """Give the kind's label."""
        return self.kind.label


class UnitOut(UnitRef):
    """A unit."""

    is_active: bool
    version: int
    updated_at: datetime
    updated_by: str


class UnitQuery(PageQuery):
    """Which units a list shows; null means any."""

    area: str | None = Field(default=None, pattern=r"^[0-9]{12}$", description="subtree")
    kind: UnitKind | None = None
    department: Department | None = None
    active: bool | None = None


class UnitPage(BaseModel):
    """A page of units."""

    items: list[UnitOut]
    total: int = Field(description="units that the filters leave")
    next_cursor: str | None = None


class StaffIn(Body):
    """Somebody on the roster (人员)."""

    model_config = examples(
        {
            "name": "李联络",
            "unit_id": "0199a5c0-0000-7000-8000-0000000000c1",
            "staff_no": "B-1001",
            "phone": "13900000000",
        }
    )

    name: Annotated[str, line_text(64, 1)]
    unit_id: UUID
    staff_no: StaffNo | None = Field(default=None, description="人员编号 / number by which files know the person")
    phone: Phone | None = Field(default=None, description="联系电话 / kept encrypted, shown masked")


class StaffPatch(Body):
    """What changes of somebody; what is absent stays, null empties the telephone number."""

    name: Annotated[str, line_text(64, 1)] | None = None
    unit_id: UUID | None = None
    staff_no: StaffNo | None = None
    phone: Phone | None = None
    is_active: bool | None = None


class AccountIn(Body):
    """An account at an issuer of tokens."""

    model_config = examples({"issuer": "https://id.example", "subject": "u-1001"})

    issuer: Annotated[str, StringConstraints(pattern=r"^https?://[^\s\x00-\x1f\x7f]{1,200}$")]
    subject: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_\-.:@|]{1,128}$")]


class AccountOut(BaseModel):
    """An account of somebody."""

    id: str
    issuer: str
    subject: str
    linked_at: datetime
    linked_by: str


class AppointmentIn(Body):
    """A term in a role (任职)."""

    model_config = examples({"role": "DEPT", "area_code": "990101000000", "first_on": "2026-11-01"})

    role: StaffRole
    unit_id: UUID | None = Field(default=None, description="for which unit; the person's own if absent")
    area_code: Code = Field(description="root of the subtree that it is about, within the unit's area")
    grid: Grid | None = Field(default=None, description="网格 / of the roles that have one")
    first_on: date
    last_on: date | None = Field(default=None, description="任期最后一天 / last day; absent: no end is known")


class AppointmentEnd(Body):
    """Until when a term runs, and why it ends."""

    last_on: date = Field(description="任期最后一天 / the last day of the term")
    reason: Why


class AppointmentOut(BaseModel):
    """A term in a role."""

    id: str
    role: StaffRole
    unit_id: str
    unit_name: str
    area_code: str
    grid: str | None
    first_on: date
    last_on: date | None
    is_running: bool = Field(description="在任 / on the day that was asked for")
    ended_why: str | None
    ended_by: str | None
    ended_at: datetime | None
    recorded_at: datetime
    recorded_by: str

    @computed_field(description="岗位 / the role in Chinese")  # type: ignore[prop-decorator]
    @property
    def role_label(self) -> str:
        """Give the role's label."""
        return self.role.label


class StaffOut(BaseModel):
    """Somebody on the roster. Of another area's people only the terms in the caller's areas are shown."""

    id: str
    staff_no: str | None
    name: str
    phone_masked: str | None
    unit: UnitRef
    is_active: bool
    version: int
    updated_at: datetime
    updated_by: str
    households: int = Field(
        description="结对户数 / households that this person helps on the day, in the caller's areas"
    )
    appointments: list[AppointmentOut] = Field(description="in a list those that run; else the whole history")


class StaffDetail(StaffOut):
    """Somebody with accounts, which callers of the unit's area see."""

    accounts: list[AccountOut]


class StaffQuery(PageQuery):
    """Which people a list shows; null means any. Area and role are those of one term that runs on `on`."""

    area: str | None = Field(default=None, pattern=r"^[0-9]{12}$", description="subtree, of the unit or of a term")
    unit_id: UUID | None = None
    staff_no: str | None = Field(default=None, pattern=r"^[A-Za-z0-9\-]{1,32}$")
    role: StaffRole | None = None
    on: date | None = Field(default=None, description="on which day; today if absent")
    active: bool | None = None


class StaffPage(BaseModel):
    """A page of people."""

    items: list[StaffOut]
    total: int = Field(description="people that the filters leave")
    next_cursor: str | None = None
