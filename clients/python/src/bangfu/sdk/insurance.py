"""The insurance ledger of the people in focus."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Any

from bangfu.sdk.http import Resource
from bangfu.sdk.models import Answer
from bangfu.sdk.titles import Title


class InsuranceYear(Answer):
    """A person's year; null is not known."""

    household_id: str
    person_id: str
    area_code: str
    title: Title | None = None
    year: int
    is_low_income: bool
    is_formerly_poor: bool
    is_monitored: bool
    enrolment: str
    scheme: str | None = None
    paid_on: date | None = None
    premium: Decimal | None = None
    subsidy: Decimal | None = None
    cost_to: date | None = None
    total: Decimal | None = None
    basic_paid: Decimal | None = None
    critical_paid: Decimal | None = None
    aid_paid: Decimal | None = None
    self_paid: Decimal | None = None
    period: str | None = None


class AreaInsurance(Answer):
    """A village's or township's figures; null: of nobody anything is known."""

    area_code: str
    persons: int
    enrolled: int
    uninsured: int
    enrolment_unknown: int
    enrolment_rate: float | None = None
    premium: Decimal | None = None
    subsidy: Decimal | None = None
    with_cost: int
    cost_unknown: int
    total: Decimal | None = None
    self_paid: Decimal | None = None
    self_paid_share: float | None = None


class Insurance(Resource):
    """`/v1/insurance-ledger`: who of the people in focus is insured, and what the doctor costs."""

    def list(self, **filters: Any) -> AsyncIterator[InsuranceYear]:
        """Yield people in focus by village; `enrolment="uninsured"`, `year`, `area`, `focus` and others narrow."""
        return self._http.items("/v1/insurance-ledger", InsuranceYear, **filters)

    def statistics(self, **filters: Any) -> AsyncIterator[AreaInsurance]:
        """Yield figures by village, or township with `by="town"`."""
        return self._http.items("/v1/insurance-ledger/statistics", AreaInsurance, **filters)

    async def file(self, **filters: Any) -> bytes:
        """Download the ledger, `format="csv"` or `"xlsx"`."""
        return (await self._http.request("GET", "/v1/insurance-ledger/file", params=filters)).content
