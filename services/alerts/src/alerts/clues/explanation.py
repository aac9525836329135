"""Sentences that say why a clue exists, built from its evidence alone. Pure.

Never written by hand: the facts are those that the rule names, with the names that came with the finding.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contracts.vocabulary import Channel


@dataclass(frozen=True, slots=True)
class Explanation:
    """The same reason in both languages."""

    zh: str
    en: str


def explain(source: Mapping[str, Any]) -> Explanation:
    """Give the reason for one source of a clue, by its columns (`alerts.clues.tables.ClueSource`)."""
    channel, via, occurred_on = Channel(source["channel"]), source["via"], source["occurred_on"]
    if channel is not Channel.DEPARTMENT:
        day = occurred_on.isoformat() if occurred_on else ""
        way_zh, way_en = (f"，途径 {via}", f", by {via}") if via else ("", "")
        return Explanation(zh=f"{channel.label}（{day}{way_zh}）。", en=f"{channel.english} ({day}{way_en}).")
    facts_zh: list[str] = []
    facts_en: list[str] = []
    for code, fact in source["evidence"].items():
        names = source["fact_names"].get(code) or (fact if isinstance(fact, Mapping) else {})
        value = fact.get("value") if isinstance(fact, Mapping) else fact
        facts_zh.append(f"{names.get('zh', code)}：{_shown(value, '是', '否', '不详')}")
        facts_en.append(f"{names.get('en', code)}: {_shown(value, 'yes', 'no', 'unknown')}")
    zh = f"{source['period']} 数据比对命中规则 {source['rule_id']}"
    en = f"Rule {source['rule_id']} held on the data of {source['period']}"
    if facts_zh:
        zh += "：" + "；".join(facts_zh)
        en += ": " + "; ".join(facts_en)
    zh, en = zh + "。", en + "."
    if source["parameters"]:
        shown = ", ".join(f"{name} = {value}" for name, value in source["parameters"].items())
        zh += f"（参数 {shown}）"
        en += f" (parameters {shown})"
    return Explanation(zh=zh, en=en)


def _shown(value: object, yes: str, no: str, unknown: str) -> str:
    if value is None:
        return unknown
    if isinstance(value, bool):
        return yes if value else no
    return str(value)
