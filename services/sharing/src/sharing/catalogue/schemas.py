"""HTTP models of the dataset catalogue."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from contracts.vocabulary import Department, FieldClass
from intake.layout import Kind
from sharing.catalogue.declaration import Dataset, EnumValue


class FieldOut(BaseModel):
    """A column of a dataset's file."""

    code: str
    label: str
    english: str
    type: Kind
    required: bool
    field_class: FieldClass
    unit: str | None
    minimum: int | None
    maximum: int | None
    values: list[EnumValue]


class RowCheckOut(BaseModel):
    """A condition between the fields of a row."""

    field: str
    expression: str
    message: str
    english: str


class DatasetOut(BaseModel):
    """A dataset: what a department delivers, and how."""

    code: str = Field(examples=["DS-MED-COST"])
    label: str
    english: str
    department: Department
    department_label: str
    mode: Literal["full", "incremental"]
    valid_months: int = Field(description="periods, the current one included, that a delivery counts for")
    nil_allowed: bool
    key: list[str]
    due_day_parameter: str
    legal_basis: str
    fields: list[FieldOut] = Field(description="all columns, id_no and name included; empty in lists")
    row_checks: list[RowCheckOut]


class DatasetList(BaseModel):
    """The catalogue."""

    items: list[DatasetOut]


def dataset_out(dataset: Dataset, *, with_fields: bool) -> DatasetOut:
    """Give a dataset as the API shows it."""
    return DatasetOut(
        **dataset.model_dump(
            include={
                "code", "label", "english", "department", "mode", "valid_months", "nil_allowed", "due_day_parameter",
                "legal_basis",
            }
        ),
        department_label=dataset.department.label,
        key=list(dataset.key),
        fields=[FieldOut.model_validate(column.model_dump()) for column in dataset.columns] if with_fields else [],
        row_checks=[RowCheckOut.model_validate(check.model_dump()) for check in dataset.row_checks],
    )  # fmt: skip
