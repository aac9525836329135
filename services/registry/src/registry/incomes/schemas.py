"""What the API takes and gives about incomes."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

from contracts.fields import INCOME, editable
from contracts.fields.models import given_model, shown_model
from servicekit.body import Body, examples


class _Body(Body):
    model_config = examples({"wage": "36000.00", "transfer": "1200.00", "self_paid": "0.00"})


if TYPE_CHECKING:  # what code reads by name; the records in contracts.fields say everything

    class _Amounts(_Body):
        pass

    class _Shown(BaseModel):
        year: int

else:
    _Amounts = given_model("_Amounts", editable(INCOME), _Body)
    _Shown = shown_model("_Shown", INCOME)


class IncomeBody(_Amounts):
    """One year's income and expenditure of the whole household, in yuan."""

    as_of: date | None = Field(
        default=None, description="调查日期 / when the amounts were found, today if absent; older never replaces newer"
    )


class IncomeOut(_Shown):
    """One version of a year's income, with the results of the formula."""

    version: int
    population: int
    as_of: date | None = Field(description="when the amounts were found; null: when they were recorded")
    recorded_at: datetime
    recorded_by: str
    superseded_at: datetime | None


class IncomesOut(BaseModel):
    """Every version of every year, newest year first; the current ones have no `superseded_at`."""

    items: list[IncomeOut]
