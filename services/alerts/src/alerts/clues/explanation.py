"""Sentences that say why a clue exists, built from its evidence alone. Pure.

Never written by hand: the facts are those that the rule names, with the names that came with the finding.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alerts.clues.schemas import Via
from contracts.parameters import Words
from contracts.sentences import IN_CHINESE, IN_ENGLISH, fill, shown
from contracts.vocabulary import Channel


def explain(source: Mapping[str, Any], channel_names: Mapping[Channel, str]) -> Words:
    """Give the reason for one source of a clue, by its columns (`alerts.clues.tables.ClueSource`).

    A finding's is the sentence of its rule, word by word what the department reads of it.

    Args:
        channel_names: As the region of the clue calls the channels (policy profile, `names.channel_*`).
    """
    channel, occurred_on = Channel(source["channel"]), source["occurred_on"]
    if channel is not Channel.DEPARTMENT:
        day = occurred_on.isoformat() if occurred_on else ""
        via = Via(source["via"]) if source["via"] else None
        way_zh, way_en = (f"，途径 {via.label}", f", by {via.english}") if via else ("", "")
        return Words(zh=f"{channel_names[channel]}（{day}{way_zh}）。", en=f"{channel.english} ({day}{way_en}).")
    evidence, names = source["evidence"], source["fact_names"]
    values = {code: fact.get("value") if isinstance(fact, Mapping) else fact for code, fact in evidence.items()}
    if source["text"] is not None:
        return fill(Words.model_validate(source["text"]), source["parameters"] | values)
    zh = "；".join(f"{names.get(code, {}).get('zh', code)}：{shown(fact, IN_CHINESE)}" for code, fact in values.items())
    en = "; ".join(f"{names.get(code, {}).get('en', code)}: {shown(fact, IN_ENGLISH)}" for code, fact in values.items())
    return Words(
        zh=f"{source['period']} 数据比对命中规则 {source['rule_id']}{'：' if zh else ''}{zh}。",
        en=f"Rule {source['rule_id']} held on the data of {source['period']}{': ' if en else ''}{en}.",
    )
