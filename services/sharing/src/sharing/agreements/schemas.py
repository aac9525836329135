"""Wire models of agreements."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from contracts.vocabulary import Department, FieldClass
from servicekit.body import Body, examples
from servicekit.page_query import PageQuery
from sharing.agreements.rules import State, TermsState
from sharing.products.service import Mode

_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=500)]
_Area = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
_Name = Annotated[str, StringConstraints(min_length=1, max_length=60)]


class AgreementQuery(PageQuery):
    """Which agreements a list shows; null means any."""

    state: State | None = None
    product: str | None = Field(default=None, max_length=60)
    department: Department | None = Field(default=None, description="提供方或接收方 / provider or receiver")
    area: str | None = Field(default=None, pattern=r"^\d{12}$", description="区划子树 / area subtree")


class TermsIn(Body):
    """What is to be agreed."""

    fields: list[_Name] = Field(default=[], max_length=100, description="of the product; none for a check")
    area_codes: list[_Area] = Field(min_length=1, max_length=200, description="适用区划 / whose rows")
    legal_basis: _Text = Field(description="法律依据 / law or document that it rests on")
    purpose: _Text = Field(description="用途 / what the receiver does with them")
    valid_from: date
    ends_on: date = Field(description="最后一天 / the last day")
    rows_per_day: int = Field(
        default=10_000, ge=1, le=10_000_000, description="每日行数上限 / rows that a day may give"
    )


class AgreementIn(Body):
    """Who is to get what."""

    model_config = examples(
        {
            "product": "credit-white-list",
            "receiver": "BNK",
            "mode": "list",
            "terms": {
                "fields": ["area_code"],
                "area_codes": ["990101000000"],
                "legal_basis": "脱贫人口小额信贷管理办法",
                "purpose": "受理脱贫人口小额信贷申请",
                "valid_from": "2026-12-01",
                "ends_on": "2027-11-30",
                "rows_per_day": 20000,
            },
        }
    )

    product: str = Field(max_length=60)
    receiver: Department
    receiver_client: str | None = Field(
        default=None, max_length=100, description="只限该接入方 / the one client of the receiver that may draw"
    )
    mode: Mode
    terms: TermsIn


class NewTermsIn(Body):
    """A new version of what is agreed; the one that holds goes on until both sides have approved this one."""

    terms: TermsIn


class WhyIn(Body):
    """Why."""

    why: _Text = Field(examples=["用途已终止"])


class AgreedField(BaseModel):
    """A field of the terms."""

    name: str
    label: str | None = Field(description="null where the product no longer declares it: it is not provided any more")
    field_class: FieldClass | None


class TermsOut(BaseModel):
    """A version of what is agreed."""

    number: int
    state: TermsState
    fields: list[AgreedField]
    area_codes: list[str]
    legal_basis: str
    purpose: str
    valid_from: date
    ends_on: date
    rows_per_day: int
    proposed_by: str
    proposed_at: AwareDatetime
    provider_approved_by: str | None
    provider_approved_at: AwareDatetime | None
    receiver_approved_by: str | None
    receiver_approved_at: AwareDatetime | None
    refused_by: str | None
    refused_why: str | None


class AgreementOut(BaseModel):
    """An agreement with all of its versions, the newest first."""

    id: str
    product: str
    product_label: str | None = Field(description="null where the product is declared no more: nothing is provided")
    provider: Department
    receiver: Department
    receiver_client: str | None
    mode: Mode
    state: State
    state_label: str
    holding: int | None = Field(description="生效版本 / number of the terms that hold, until their last day")
    areas: list[str] = Field(
        description="今天适用的区划 / areas covered today, those that followed agreed ones included"
    )
    lapsed_areas: list[str] = Field(
        description="不再适用的区划 / took over from agreed areas, and others live there too: not covered"
    )
    terms: list[TermsOut]
    created_by: str
    created_at: AwareDatetime
    changed_at: AwareDatetime
    revoked_at: AwareDatetime | None
    revoked_by: str | None
    revoked_why: str | None
    version: int


class AgreementPage(BaseModel):
    """A page of agreements, the newest first."""

    items: list[AgreementOut]
    total: int
    next_cursor: str | None = None
