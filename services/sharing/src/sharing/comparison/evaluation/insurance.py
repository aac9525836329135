"""What the insurance lists say of each person in focus, as one scan over the linked rows of a run."""

from __future__ import annotations

from collections.abc import Container, Iterable

from sharing.comparison.evaluation.inputs import Inputs

ENROLMENT, COST = "DS-MED-ENROL", "DS-MED-COST"

# Who is in focus: people of low income, formerly poor or monitored (农村低收入人口、脱贫人口). Of others, and of who is
# dead, nothing is kept.
_QUERY = f"""
WITH focus AS (
    SELECT p.pn, p.person_id, p.id_token, p.birth_date, h.household_id, h.area_code IN ({{enrolment}}) AS lists_insured,
        h.area_code IN ({{cost}}) AS lists_cost
    FROM person p JOIN household h ON h.hn = p.hn
    WHERE NOT p.is_dead AND (h.hh_type = '1' OR h.is_monitored OR p.relief <> 'none')
), enrolled AS (
    SELECT pn, bool_or(is_match) AS is_match, any_value(scheme) FILTER (is_match) AS scheme,
        max(paid_on) FILTER (is_match) AS paid_on, sum(personal_paid) FILTER (is_match) AS premium,
        sum(subsidy) FILTER (is_match) AS subsidy
    FROM med_enrol CROSS JOIN run WHERE med_enrol.year = run.year GROUP BY pn
), spent AS (
    SELECT pn, bool_or(is_match) AS is_match, max(period_to) FILTER (is_match) AS cost_to,
        sum(total) FILTER (is_match) AS total, sum(basic_paid) FILTER (is_match) AS basic_paid,
        sum(critical_paid) FILTER (is_match) AS critical_paid, sum(aid_paid) FILTER (is_match) AS aid_paid,
        sum(self_paid_ytd) FILTER (is_match) AS self_paid
    FROM med_cost CROSS JOIN run WHERE med_cost.year = run.year GROUP BY pn
), told AS (
    -- That somebody is in no list is said of whom a whole list speaks for: with a number, born and come by its day.
    SELECT f.*, e.* EXCLUDE (pn, is_match), s.* EXCLUDE (pn, is_match),
        CASE WHEN e.is_match THEN TRUE
             WHEN e.pn IS NULL AND f.lists_insured AND f.id_token IS NOT NULL AND f.birth_date <= run.as_of
                 AND n.pn IS NULL THEN FALSE END AS is_enrolled,
        CASE WHEN s.is_match THEN TRUE
             WHEN s.pn IS NULL AND f.lists_cost AND f.id_token IS NOT NULL THEN FALSE END AS has_cost
    FROM focus f CROSS JOIN run LEFT JOIN enrolled e ON e.pn = f.pn LEFT JOIN spent s ON s.pn = f.pn
    LEFT JOIN newcomer n ON n.pn = f.pn AND n.dataset = '{ENROLMENT}'
)
SELECT household_id, person_id, is_enrolled, scheme, paid_on, premium, subsidy, has_cost, cost_to,
    CASE WHEN has_cost THEN total WHEN NOT has_cost THEN 0 END AS total,
    CASE WHEN has_cost THEN basic_paid WHEN NOT has_cost THEN 0 END AS basic_paid,
    CASE WHEN has_cost THEN critical_paid WHEN NOT has_cost THEN 0 END AS critical_paid,
    CASE WHEN has_cost THEN aid_paid WHEN NOT has_cost THEN 0 END AS aid_paid,
    CASE WHEN has_cost THEN self_paid WHEN NOT has_cost THEN 0 END AS self_paid
FROM told WHERE is_enrolled IS NOT NULL OR has_cost IS NOT NULL
"""


_NOTHING = f"SELECT {', '.join(['NULL'] * 14)} WHERE FALSE"


def insurance_sql(datasets: Container[str], inputs: Inputs) -> str:
    """Write the query of what the lists say, a row a person; see `sharing.insurance.service.COLUMNS`.

    Reads `person`, `household`, `newcomer`, `run` and the linked rows. Where a list was not delivered, or is held,
    nothing is said of who is not in it.

    Args:
        datasets: Of the catalogue.
    """
    if ENROLMENT not in datasets or COST not in datasets:
        return _NOTHING
    villages = {
        dataset: [
            area
            for area in inputs.areas
            if inputs.is_known(dataset, area, whole=True) and not inputs.is_held(dataset, area)
        ]
        for dataset in (ENROLMENT, COST)
    }
    return _QUERY.format(enrolment=_texts(villages[ENROLMENT]), cost=_texts(villages[COST]))


def _texts(codes: Iterable[str]) -> str:
    return ", ".join(f"'{code}'" for code in codes) or "NULL"
