"""The shipped dataset declarations, and what a contradiction in one costs."""

from __future__ import annotations

import io
from typing import Any

import polars as pl
import pytest
import python_calamine
from pydantic import ValidationError

from contracts.vocabulary import Department
from sharing.catalogue.service import Dataset, UnknownDataset, dataset_of, load_datasets
from sharing.catalogue.template import csv_template, xlsx_template

SHIPPED = sorted(load_datasets())


def test_an_unknown_dataset_is_a_problem_that_names_the_known_ones() -> None:
    with pytest.raises(UnknownDataset) as caught:
        dataset_of("DS-NOT-HERE")
    assert caught.value.extensions["known"] == SHIPPED


def test_the_fee_check_never_goes_below_zero() -> None:
    (check,) = dataset_of("DS-EDU-FEE").row_checks
    rows = pl.DataFrame(
        {
            "tuition": ["100.00", "100.00", "100.00"], "board": ["0.10", "0.00", "0.00"], "books": ["0.20", "0", "0"],
            "aid_total": ["0.00", "300.00", "300.00"], "self_paid": ["100.30", "0.00", "-200.00"],
        }
    ).with_columns(pl.all().cast(pl.Decimal(14, 2)))  # fmt: skip
    assert rows.select(ok=pl.sql_expr(check.expression))["ok"].to_list() == [True, True, False]


def declaration(**changes: Any) -> dict[str, Any]:
    return {
        "code": "DS-TST-ONE", "label": "测试", "english": "test", "department": Department.EDU, "mode": "full",
        "valid_months": 1, "nil_allowed": True, "key": ["id_no"], "due_day_parameter": "p", "legal_basis": "b",
        "fields": [field()],
    } | changes  # fmt: skip


def field(**changes: Any) -> dict[str, Any]:
    return {
        "code": "amount", "label": "金额", "english": "amount", "type": "money", "required": True, "field_class": "S3"
    } | changes  # fmt: skip


MEASURE = {"category": "M11", "title": {"zh": "理赔", "en": "payout"}}
VALUES = [{"code": "a", "label": "甲"}]


@pytest.mark.parametrize(
    "wrong",
    [
        declaration(key=["nothing"]),
        declaration(key=["as_of"]),
        declaration(fields=[field(), field()]),
        declaration(fields=[field(label="姓名")]),
        declaration(fields=[field(type="enum")]),
        declaration(fields=[field(values=VALUES)]),
        declaration(
            fields=[field(type="enum", values=[*VALUES, {"code": "b", "label": "甲"}, {"code": "甲", "label": "c"}])]
        ),
        declaration(fields=[field(minimum=1)]),
        declaration(fields=[field(colour="red")]),
        declaration(fields=[field(code="period")]),
        declaration(newest=["amount"]),
        declaration(newest=["nothing"]),
        declaration(measure=MEASURE | {"amount": "nothing"}),
        declaration(measure=MEASURE | {"given_on": "amount"}),
        declaration(measure=MEASURE | {"when": "amount"}),
        declaration(measure=MEASURE | {"when": "nothing > 0"}),
        declaration(measure=MEASURE | {"income": "insurance_payout"}),
        declaration(measure=MEASURE | {"category": "M99"}),
        declaration(measure=MEASURE | {"given_on": "as_of", "amount": "amount", "income": "net"}),
        declaration(facts={"has_x": {"type": "code", "zh": "甲", "en": "x"}}),
        declaration(facts={"has_x": {"type": "bool", "zh": "甲", "en": "x", "default": 1}}),
        declaration(row_checks=[{"field": "amount", "expression": "amount + 1", "message": "m", "english": "e"}]),
        declaration(row_checks=[{"field": "amount", "expression": "amount > other", "message": "m", "english": "e"}]),
        declaration(row_checks=[{"field": "other", "expression": "amount > 1", "message": "m", "english": "e"}]),
        declaration(deaths={"when": "amount > 1", "on": "amount"}),
        declaration(
            deaths={"when": "amount", "on": "day"}, fields=[field(), field(code="day", label="日", type="date")]
        ),
        declaration(claims_life="amount > died_on_earth"),
        declaration(claims_life="amount + 1"),
        declaration(owed_months=[]),
        declaration(owed_months=[0, 6]),
        declaration(owed_months=[13]),
        declaration(area="amount"),
        declaration(subject="fund", key=["amount"]),
        declaration(subject="fund", key=["amount"], area="nothing"),
        declaration(subject="fund", key=["id_no"], area="amount"),
        declaration(subject="fund", key=["amount"], area="amount", is_of_everybody=True),
        declaration(subject="fund", key=["amount"], area="amount", fields=[field(required=False)]),
    ],
)
def test_a_declaration_that_contradicts_itself_is_refused(wrong: dict[str, Any]) -> None:
    Dataset.model_validate(declaration())
    with pytest.raises(ValidationError):
        Dataset.model_validate(wrong)


def test_a_measure_names_fields_of_its_list_and_an_amount_of_an_income() -> None:
    whole = MEASURE | {"given_on": "as_of", "amount": "amount", "income": "insurance_payout", "when": "amount > 0"}
    declared = Dataset.model_validate(declaration(measure=whole)).measure
    assert declared is not None
    assert declared.fields == {"amount": "money", "as_of": "date"}


@pytest.mark.parametrize("code", SHIPPED)
def test_templates_have_the_chinese_headers_in_order(code: str) -> None:
    dataset = dataset_of(code)
    labels = [column.label for column in dataset.columns]
    identity = ["证件号码", "姓名"] if dataset.is_of_persons else []
    assert labels[: len(identity) + 1] == [*identity, "数据日期"]
    assert csv_template(dataset).decode("utf-8-sig").strip() == ",".join(labels)
    book = python_calamine.load_workbook(io.BytesIO(xlsx_template(dataset)))
    assert book.sheet_names == ["数据", "填报说明"]
    assert book.get_sheet_by_index(0).to_python()[0] == labels
    told = [str(cell) for row in book.get_sheet_by_index(1).to_python() for cell in row]
    assert any("空单元格表示没有填写" in cell for cell in told)
    assert any("空不等于 0" in cell for cell in told)


@pytest.mark.parametrize("code", SHIPPED)
def test_every_column_has_other_titles_that_departments_write(code: str) -> None:
    dataset = dataset_of(code)
    assert [column.code for column in dataset.columns if not column.aliases] == []
    for column in dataset.columns:
        for title in column.aliases:
            found = dataset.layout.find(f" {title}(元)* " if column.type == "money" else f" {title}* ")
            assert found is not None, title
            assert found.name == column.code


def test_rows_of_no_person_have_no_number_and_no_name() -> None:
    fund = Dataset.model_validate(declaration(subject="fund", key=["amount"], area="amount"))
    assert [column.code for column in fund.columns] == ["as_of", "amount"]
    assert Dataset.model_validate(declaration()).columns[0].code == "id_no"
