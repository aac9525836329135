"""Forms of a plain telephone: what was typed, as the API is told it."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from gateway.console import forms, words


def read(**fields: str | list[str]) -> dict[str, list[str]]:
    return forms.typed(urlencode(fields, doseq=True).encode())


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("2026-11-05", "2026-11-05"), ("2026.11.5", "2026-11-05"), ("2026/1/05", "2026-01-05"),
        ("20261105", "2026-11-05"), ("2026年11月5日", "2026-11-05"), ("11月5日", "11月5日"), ("昨天", "昨天"),
    ],
)  # fmt: skip
def test_a_date_is_read_in_the_forms_that_people_type_and_never_guessed(typed: str, told: str) -> None:
    assert forms.day(typed) == told


def test_a_visit_is_told_as_it_was_typed() -> None:
    form = read(
        household_id="h", happened_on="2026.11.5", way="visit", outcome="met", risk_types=["01", "05"], note=" "
    )
    assert forms.contact(form) == {
        "household_id": "h", "happened_on": "2026-11-05", "way": "visit", "outcome": "met",
        "risk_types": ["01", "05"],
    }  # fmt: skip


def test_an_application_names_the_household_or_the_village() -> None:
    own = read(household_id="h", area_code="990101101201", risk_type="01", via="paper", applied_on="2026-11-05")
    assert "area_code" not in forms.application(own)
    other = read(area_code="990101101201", risk_type="01", via="paper", applied_on="2026-11-05")
    assert forms.application(other)["area_code"] == "990101101201"
    assert "household_id" not in forms.application(other)


@pytest.mark.parametrize("body", [b"\xff\xfe=1", "名=1".encode(), b"&".join(b"a=1" for _ in range(100))])
def test_what_is_no_form_is_not_read(body: bytes) -> None:
    with pytest.raises(forms.UnreadableForm):
        forms.typed(body)


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "a b c d e f g h i j k l", "<script>alert(1)</script>"])
def test_a_key_that_was_tampered_with_is_none(key: str) -> None:
    assert forms.key_of({"key": [key]}) is None


def test_faults_are_told_by_the_words_of_the_form() -> None:
    problem = {
        "errors": [
            {"pointer": "/happened_on", "code": "date_from_datetime_parsing", "detail": "Input should be a valid date"},
            {"pointer": "/risk_types/0", "code": "enum", "detail": "Input should be ..."},
            {"pointer": "", "code": "x", "detail": "不能办理 / not now"},
        ]
    }
    assert words.lines(problem) == ["走访日期:请写成 2026-11-05 这样的日期", "发现的风险:请从列表中选择", "不能办理"]
    assert words.lines({"title": "未找到"}) == []
