"""What a dataset is: fields, types, code lists, key, mode, owner. Everything else is generated from it.

A declaration gives the validation, the Parquet schema, the CSV and XLSX templates, the API's
description and the sensitivity classes. It is data (`catalogue/*.toml`), checked when the service starts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal, Self

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts.fields import INCOME, PERSON, editable
from contracts.vocabulary import Department, FieldClass
from intake.layout import Column, Kind, Layout, plain_heading
from intake.written import Months
from servicekit.expressions import ValueType
from sharing.catalogue import texts
from sharing.catalogue.model import Fact, MeasureDeclaration, Scope, StatusDeclaration

Mode = Literal["full", "incremental"]
# What a dataset's rows are of. Whatever is no person has no ID number and no name, and an area instead.
Subject = Literal["person", "scheme", "hazard_point", "fund", "project", "entity", "site"]


class EnumValue(BaseModel):
    """A code that a cell may hold, with the label that may stand for it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = Field(pattern=r"^[A-Za-z0-9_]+$")
    label: str = Field(min_length=1)


class FieldDeclaration(BaseModel):
    """A column of a dataset.

    Attributes:
        code: Key in NDJSON and column name in the lake.
        label: Chinese header in CSV and XLSX.
        field_class: Sensitivity S1 (public) to S4 (sensitive personal); what is told of a person is S3 at least.
        aliases: Further headers that departments write for it.
        months: Of a date that may come as a month alone: the day of it that stands for it.
        unit, example: Of money, yuan and an amount with two decimals unless declared.
        minimum, maximum: Inclusive bounds of an `int`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str = Field(min_length=1)
    english: str = Field(min_length=1)
    type: Kind
    required: bool = True
    field_class: FieldClass = FieldClass.S3
    unit: str | None = None
    minimum: int | None = None
    maximum: int | None = None
    example: str | None = None
    aliases: tuple[str, ...] = ()
    months: Months | None = None
    values: tuple[EnumValue, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _money_is_yuan(cls, declared: dict[str, Any]) -> dict[str, Any]:
        return {"unit": "yuan", "example": "1280.50"} | declared if declared.get("type") == "money" else declared

    @cached_property
    def sql(self) -> str:
        """The column's type in a comparison."""
        types: dict[Kind, ValueType] = {
            "int": ValueType.INT, "money": ValueType.MONEY, "date": ValueType.DATE, "bool": ValueType.BOOL,
        }  # fmt: skip
        return types.get(self.type, ValueType.CODE).sql

    @cached_property
    def code_of(self) -> dict[str, str]:
        """What a cell of an `enum` may hold -> the code it means."""
        return {value.label: value.code for value in self.values} | {value.code: value.code for value in self.values}


class RowCheck(BaseModel):
    """A condition between the fields of one row, as a SQL expression over field codes.

    A row fails only where the condition is false; a null operand passes.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    field: str
    expression: str
    message: str
    english: str


class Deaths(BaseModel):
    """Which rows say that their person died, and the field with the day."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    when: str
    on: str


class FactDeclaration(BaseModel):
    """A fact that `facts.sql` computes, as rules may name it.

    Attributes:
        values: Codes of a fact of type `code`.
        default: Of a number: what holds of somebody of whom the rows tell nothing. Nothing told of a `bool` is false.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: ValueType = ValueType.BOOL
    values: frozenset[str] = frozenset()
    default: int | None = None
    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)

    @model_validator(mode="after")
    def _hang_together(self) -> Self:
        if bool(self.values) != (self.type is ValueType.CODE):
            raise ValueError("exactly code facts list their values")
        if self.default is not None and not self.type.is_number:
            raise ValueError("only numbers have a default")
        return self

    def fact(self, name: str, scopes: frozenset[Scope], datasets: tuple[str, ...], parameters: tuple[str, ...]) -> Fact:
        """Give the fact, with what was found out about it from its SQL."""
        default = False if self.type is ValueType.BOOL else self.default
        return Fact(name, scopes, self.type, self.zh, self.en, self.values, default, datasets, parameters)


_OF_PERSON = {field.name: field for field in PERSON}
ID_NO = FieldDeclaration(
    code="id_no", label="证件号码", english="ID number", type="str", field_class=FieldClass.S4,
    example="990101198001010014", aliases=_OF_PERSON["id_no"].aliases,
)  # fmt: skip
NAME = FieldDeclaration(
    code="name", label="姓名", english="name", type="str", example="张三", aliases=_OF_PERSON["name"].aliases,
)  # fmt: skip
AS_OF = FieldDeclaration(
    code="as_of", label="数据日期", english="date of the data (default: last day of the period)", type="date",
    required=False, field_class=FieldClass.S2, months="last", aliases=("数据时间", "统计日期", "统计时间"),
)  # fmt: skip
IDENTITY = (ID_NO, NAME)
_RESERVED = {
    "commit_seq", "dataset", "delivery_id", "hn", "id_token", "is_match", "kind", "line_no", "part_no", "period",
    "person_token", "pn", "source_path",
}  # fmt: skip


class Dataset(BaseModel):
    """A dataset's declaration.

    Attributes:
        subject: What a row is of; of whatever is no person, `area` names the column with the 12-digit code of the area
            that the row is about, and the key names it.
        reads: Further datasets whose rows its `facts.sql` reads.
        mode: `full` replaces the whole list every period; `incremental` adds rows.
        valid_months: How many periods, the current one included, a delivery counts for.
        owed_months: Months of the year (1 to 12) whose data are owed; every month's unless declared. What comes of
            another month is taken all the same.
        nil_allowed: Whether a department may declare that it has nothing to deliver.
        is_of_everybody: Whether everybody in the area is expected on the list.
        key: Fields that no two rows of a delivery may share; `id_no` stands for its token.
        newest: Dates that tell which of several rows of a key counts, before period and order of commit do.
        due_day_parameter: Policy parameter with the day of the following month by which it must arrive.
        facts: What its `facts.sql` tells of persons and households.
        status: The guarantee of households that its rows set.
        measure: The measure of a household that a row is.
        ledger: Fields that a ledger of persons reads, beside what the facts do.
        deaths: Rows that say that somebody died.
        claims_life: Rows that no longer hold of somebody who died on `died_on`, as a condition like a row check. They
            wait for their department; no row of the dataset about the dead is evidence.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = Field(pattern=r"^DS-[A-Z]{3}-[A-Z0-9]+$")
    label: str
    english: str
    department: Department
    subject: Subject = "person"
    area: str | None = None
    reads: tuple[str, ...] = ()
    mode: Mode
    valid_months: int = Field(ge=1, le=120)
    owed_months: tuple[int, ...] = tuple(range(1, 13))
    nil_allowed: bool = True
    is_of_everybody: bool = False
    key: tuple[str, ...] = Field(min_length=1)
    newest: tuple[str, ...] = ()
    due_day_parameter: str = "sharing.delivery_due_day"
    legal_basis: str = texts.LEGAL_BASIS
    fields: tuple[FieldDeclaration, ...] = Field(min_length=1)
    row_checks: tuple[RowCheck, ...] = ()
    facts: Mapping[str, FactDeclaration] = {}
    status: StatusDeclaration | None = None
    measure: MeasureDeclaration | None = None
    ledger: tuple[str, ...] = ()
    deaths: Deaths | None = None
    claims_life: str | None = None

    @property
    def is_of_persons(self) -> bool:
        """Whether a row is about a person, by ID number and name."""
        return self.subject == "person"

    @cached_property
    def columns(self) -> tuple[FieldDeclaration, ...]:
        """Every column of the department's file: ID number and name of persons, date, then the declared fields."""
        return (*(IDENTITY if self.is_of_persons else ()), AS_OF, *self.fields)

    @cached_property
    def by_code(self) -> dict[str, FieldDeclaration]:
        """Columns by code."""
        return {column.code: column for column in self.columns}

    @cached_property
    def layout(self) -> Layout:
        """The columns as the intake reads them."""
        return Layout(
            tuple(
                Column(
                    c.code,
                    c.label,
                    c.type,
                    c.required,
                    c.aliases,
                    c.code_of,
                    c.minimum,
                    c.maximum,
                    months=c.months,
                    is_digits=c is ID_NO or c.code == self.area,
                )
                for c in self.columns
            )
        )

    @cached_property
    def lake_key(self) -> tuple[str, ...]:
        """The key as columns of the lake."""
        return tuple("id_token" if code == "id_no" else code for code in self.key)

    def is_owed(self, period: str) -> bool:
        """Tell whether the data of a period, `yyyy-mm`, are owed."""
        return int(period[5:]) in self.owed_months

    @cached_property
    def row_table(self) -> str:
        """The name of its rows in `facts.sql`."""
        return self.code.removeprefix("DS-").lower().replace("-", "_")

    @cached_property
    def row_before(self) -> str:
        """The name of last month's rows there, of a full list."""
        return f"{self.row_table}_before"

    @model_validator(mode="after")
    def _hang_together(self) -> Self:
        codes = [column.code for column in self.columns]
        labels = [column.label for column in self.columns]
        if len(set(codes)) != len(codes) or len(set(labels)) != len(labels) or set(codes) & set(labels):
            raise ValueError(f"{self.code}: codes and labels must be unique")
        titles = [plain_heading(title).lower() for c in self.columns for title in (c.code, c.label, *c.aliases)]
        if repeated := {title for title in titles if titles.count(title) > 1}:
            raise ValueError(f"{self.code}: {sorted(repeated)} would mean several columns, or stand twice")
        if not self.owed_months or not set(self.owed_months) <= set(range(1, 13)):
            raise ValueError(f"{self.code}: owed_months are months of the year, 1 to 12")
        for code in self.key:
            if code not in codes or not self.by_code[code].required:
                raise ValueError(f"{self.code}: key field {code} must exist and be required")
        if unknown := [name for name in self.ledger if name not in self.by_code]:
            raise ValueError(f"{self.code}: ledger names {unknown}, which are no fields")
        if self.is_of_persons != (self.area is None):
            raise ValueError(f"{self.code}: rows of whatever is no person have an area, and no others")
        if self.area is not None and (self.area not in self.by_code or not self.by_code[self.area].required):
            raise ValueError(f"{self.code}: the area {self.area} must be a field, and required")
        if not self.is_of_persons and (self.status is not None or self.is_of_everybody):
            raise ValueError(f"{self.code}: only lists of persons set a status, or are of everybody")
        if reserved := _RESERVED & {field.code for field in self.fields}:
            raise ValueError(f"{self.code}: {sorted(reserved)} would collide with columns of the comparison")
        if self.status is not None and self.mode == "incremental" and self.status.as_of is None:
            raise ValueError(f"{self.code}: only a full list has a day of its own; the status needs as_of")
        for code in self.newest:
            if code not in codes or self.by_code[code].type != "date":
                raise ValueError(f"{self.code}: newest names {code}, which is no date")
        for field in self.fields:
            if (field.type == "enum") != bool(field.values):
                raise ValueError(f"{self.code}.{field.code}: values belong to enum fields, and to all of them")
            if len(field.code_of) != len({v.code for v in field.values} | {v.label for v in field.values}):
                raise ValueError(f"{self.code}.{field.code}: a value is declared twice")
            if field.type != "int" and (field.minimum, field.maximum) != (None, None):
                raise ValueError(f"{self.code}.{field.code}: minimum and maximum belong to int fields")
        types = pl.Schema({field.code: self.layout.by_name[field.code].dtype for field in self.fields})
        for check in self.row_checks:
            if check.field not in types:
                raise ValueError(f"{self.code}: row check points at {check.field}, which does not exist")
            self._require_condition("row check", check.expression, types)
        if self.deaths is not None:
            self._require_condition("deaths", self.deaths.when, types)
            if types.get(self.deaths.on) != pl.Date:
                raise ValueError(f"{self.code}: deaths names {self.deaths.on}, which is no date")
        if self.measure is not None:
            self._require_measure(self.measure, types)
        if self.claims_life is not None:
            self._require_condition(
                "claims_life", self.claims_life, pl.Schema([*types.items(), ("died_on", pl.Date())])
            )
        return self

    def _require_measure(self, measure: MeasureDeclaration, types: pl.Schema) -> None:
        if not self.is_of_persons:
            raise ValueError(f"{self.code}: only rows of persons are measures")
        for name, kind in measure.fields.items():
            if name not in self.by_code or self.by_code[name].type != kind:
                raise ValueError(f"{self.code}: the measure names {name}, which is no field of type {kind}")
        if measure.income is not None and measure.income not in {field.name for field in editable(INCOME)}:
            raise ValueError(f"{self.code}: the measure names {measure.income}, which is no amount of an income")
        if measure.when is not None:
            self._require_condition("the measure", measure.when, types)

    def _require_condition(self, what: str, expression: str, types: pl.Schema) -> None:
        if unknown := names_in(expression) - set(types):
            raise ValueError(f"{self.code}: {what} names unknown fields {sorted(unknown)}")
        result = pl.DataFrame(schema=types).select(pl.sql_expr(expression).alias("ok")).schema["ok"]
        if result != pl.Boolean:
            raise ValueError(f"{self.code}: {what} {expression!r} gives {result}, not a boolean")


def names_in(expression: str) -> set[str]:
    """Give the fields that a condition names."""
    return set(re.findall(r"\b[a-z_][a-z0-9_]*\b", re.sub("'[^']*'", "", expression)))
