"""What a household's file tells of its findings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.parameters import Words
from servicekit.differences import Changed, titled
from servicekit.entries import Source, own
from sharing.catalogue.service import explain, load_catalogue

_SAME = (
    "{0}.household_id = f.household_id AND {0}.period = f.period AND {0}.rule_id = f.rule_id"
    " AND {0}.person_id IS NOT DISTINCT FROM f.person_id AND {0}.finding_id <> f.finding_id"
)
# Other facts are another finding: the run that raised the one has withdrawn the other.
_FORMER = f"FROM finding b WHERE {_SAME.format('b')} AND b.withdrawn_by = f.run_id"
_NEXT = f"FROM finding n WHERE {_SAME.format('n')} AND n.run_id = f.withdrawn_by"

# A department sees what its own data led to.
_OWN = (
    f"finding f WHERE f.household_id = {own('text')}"
    " AND (CAST(:own_rules AS text[]) IS NULL OR f.rule_id = ANY(CAST(:own_rules AS text[])))"
)
_FACTS = {
    "rule": "f.rule_id",
    "period": "f.period",
    "risk_type": "f.risk_type",
    "severity": "f.severity",
    "person_id": "f.person_id",
    "ground": (
        "json_build_object('rule_id', f.rule_id, 'rule_version', f.rule_version, 'evidence', f.evidence,"
        " 'parameters', f.parameters)"
    ),
}


def _rule(rule_id: str) -> Words:
    title = load_catalogue().by_id[rule_id].rule.title
    return Words(zh=title.zh, en=title.en)


def explanation_of(ground: Mapping[str, Any]) -> Words | None:
    """Give the sentence of a finding's rule with its values; None if the rule has a newer version."""
    catalogue = load_catalogue()
    compiled = catalogue.by_id.get(ground["rule_id"])
    if compiled is None or compiled.rule.version != ground["rule_version"]:
        return None
    return explain(compiled, ground["evidence"], ground["parameters"], catalogue.facts)


def _ground(ground: Mapping[str, Any]) -> Words:
    return explanation_of(ground) or Words(zh="", en="")


def _compared(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> list[Changed]:
    """Give the facts of the evidence that differ."""
    facts = load_catalogue().facts
    return [
        titled(name, facts[name].zh if name in facts else name, facts[name].en if name in facts else name, was, is_now)
        for name in after
        if before is not None and (was := before.get(name)) != (is_now := after[name])
    ]


TIMELINE = (
    Source(
        kinds=("finding_raised", "finding_changed"),
        kind=f"CASE WHEN EXISTS (SELECT {_FORMER}) THEN 'finding_changed' ELSE 'finding_raised' END",
        rows=_OWN,
        key=("f.finding_id",),
        at="f.found_at",
        household="f.household_id",
        link="'/v1/findings/' || f.finding_id",
        facts=_FACTS,
        words={"rule": _rule, "ground": _ground},
        before=f"(SELECT b.evidence {_FORMER} LIMIT 1)",
        after="f.evidence",
        compare=_compared,
        scopes=("findings:read",),
    ),
    Source(
        kinds=("finding_withdrawn",),
        rows=f"{_OWN} AND f.withdrawn_at IS NOT NULL AND NOT EXISTS (SELECT {_NEXT})",
        key=("f.finding_id",),
        at="f.withdrawn_at",
        household="f.household_id",
        link="'/v1/findings/' || f.finding_id",
        facts={name: _FACTS[name] for name in ("rule", "period", "risk_type", "person_id")},
        words={"rule": _rule},
        scopes=("findings:read",),
    ),
)
