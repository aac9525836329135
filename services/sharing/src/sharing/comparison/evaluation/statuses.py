"""What the datasets say of the four guarantees of households, as one scan over the facts."""

from __future__ import annotations

from sharing.catalogue.service import Catalogue, CompiledStatus
from sharing.comparison.evaluation.evidence import json_sql


def statuses_sql(catalogue: Catalogue) -> str:
    """Write the query of what is claimed, a row a household and dataset; see `sharing.statuses.service.COLUMNS`.

    Reads `household_fact`, `household` and `parameter`. That something is safe is said of whom a visit found unsafe:
    what nobody doubts would be a row for every household of a county.
    """
    told = ", ".join(_claim_sql(catalogue, status) for status in catalogue.statuses)
    return (
        "SELECT household_id, t.dataset, t.guarantee, t.is_safe, t.as_of, t.facts FROM ("
        f"SELECT h.household_id, unnest([{told}]) AS t FROM household_fact f JOIN household h ON h.hn = f.hn"
        " JOIN parameter p ON p.area_code = f.area_code) WHERE t IS NOT NULL"
    )


def _claim_sql(catalogue: Catalogue, status: CompiledStatus) -> str:
    code, guarantee = status.dataset.code, status.declared.guarantee.value
    cases = []
    for claim in status.claims:
        asked = f" AND contains(h.unsafe_statuses, '{guarantee}')" if claim.is_safe else ""
        facts = json_sql({name: ("f", name, catalogue.facts[name].type) for name in claim.facts})
        cases.append(
            f" WHEN ({claim.condition.sql()}){asked} THEN {{'dataset': '{code}', 'guarantee': '{guarantee}',"
            f" 'is_safe': {str(claim.is_safe).upper()}, 'as_of': {status.as_of}, 'facts': {facts}}}"
        )
    return f"""CASE WHEN NOT p."tells.{code}" OR {status.as_of} IS NULL THEN NULL{"".join(cases)} END"""
