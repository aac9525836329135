"""The kinds of entries of a household's file: each is told, by the one service that it names, in whole sentences."""

from __future__ import annotations

import re
from importlib import import_module

import pytest

from contracts.parameters import Words
from contracts.sentences import PLACE
from contracts.timeline import ENTRY_KINDS, told_by
from contracts.vocabulary import Channel, RiskType
from servicekit.entries import TimelineQuery, statement


@pytest.mark.parametrize("service", ["registry", "alerts", "sharing"])
def test_every_kind_is_told_by_its_service_and_no_other(service: str) -> None:
    sources = import_module(f"{service}.timeline.service").SOURCES
    kinds = [kind for source in sources for kind in source.kinds]
    assert sorted(kinds) == sorted(told_by(service))
    assert len({source.kinds[0] for source in sources}) == len(sources), "the first kind begins the ids"


@pytest.mark.parametrize("service", ["registry", "alerts", "sharing"])
def test_a_sentence_has_no_place_that_its_entries_do_not_fill(service: str) -> None:
    for source in import_module(f"{service}.timeline.service").SOURCES:
        for kind in source.kinds:
            text = ENTRY_KINDS[kind].text
            assert set(PLACE.findall(text.zh)) == set(PLACE.findall(text.en)) <= source.facts.keys(), kind


def test_codes_are_said_in_each_language() -> None:
    values = {"risk_type": RiskType.ILLNESS, "channels": [Channel.SELF, Channel.VISIT]}
    assert ENTRY_KINDS["clue_raised"].sentence(values) == Words(
        zh="发现线索：因病（农户自主申报、基层干部排查）。",
        en="A clue was raised: illness (self-application by the household, visit by grass-roots cadres).",
    )


@pytest.mark.parametrize("service", ["registry", "alerts", "sharing"])
def test_each_source_gives_no_more_than_a_page_and_goes_on_by_its_own_key(service: str) -> None:
    sources = import_module(f"{service}.timeline.service").SOURCES
    sql = statement(sources, TimelineQuery(kind="clue_raised"), goes_on=True)
    assert len(re.findall(r"LIMIT :limit", sql)) == len(sources) + 1
    assert sql.count("< (:before_at, :before_id)") == len(sources)
    assert sql.count(" = :kind") == len(sources)
