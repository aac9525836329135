"""Which rows of the departments' lists count, written down once more: ranges, the living, keys."""

from __future__ import annotations

from bangfu_county.oracle import counter_tables

# What an int may be at least and at most.
RANGES = {
    "DS-EDU-ROLL": [("grade", 1, 9)],
    "DS-MED-ENROL": [("year", 2000, 2100)],
    "DS-MED-COST": [("year", 2000, 2100)],
    "DS-DPF-CERT": [("level", 1, 4)],
    "DS-VET-CARE": [("disability_grade", 1, 10)],
    "DS-EMG-LOSS": [("deaths", 0, 30), ("injured", 0, 30), ("crop_loss_pct", 0, 100)],
    "DS-HRS-WORK": [("months_ytd", 0, 12)],
    "DS-WAT-EVENT": [("hours", 0, 9000), ("households", 0, 500_000)],
    "DS-FIN-PROGRESS": [("fund_year", 2015, 2100)],
    "DS-AGR-PROJ": [("project_year", 2015, 2100), ("households", 0, 500_000), ("price_fall_pct", 0, 100)],
    "DS-HRS-POST": [("attendance_days", 0, 31)],
    "DS-FOR-RANGER": [("attendance_days", 0, 31)],
    "DS-HRS-PENSION": [("year", 2000, 2100)],
    **counter_tables.RANGES,
}
# Lists of people who live, and of what living people are paid: a row about somebody who is dead says nothing.
OF_THE_LIVING = frozenset({
    "DS-CIV-LOW", "DS-CIV-TEMP", "DS-CIV-DIS2", "DS-CIV-CHILD", "DS-EDU-ROLL", "DS-EDU-AID", "DS-FOR-RANGER",
    "DS-HRS-POST", "DS-HRS-WORK", "DS-HRS-UNEMP", "DS-VET-CARE", "DS-HEA-CONTRACT", "DS-MED-ENROL",
    "DS-FIN-SUBSIDY",
})  # fmt: skip
# What tells two rows apart, beside or instead of the citizen number.
KEYS = {
    "DS-EDU-ROLL": ("id_no", "school"),
    "DS-EDU-EXEMPT": ("id_no",),
    "DS-EDU-FEE": ("id_no", "school_year"),
    "DS-MED-ENROL": ("id_no",),
    "DS-MED-COST": ("id_no",),
    "DS-CIV-LOW": ("id_no", "type"),
    "DS-CIV-TEMP": ("id_no", "granted_on", "reason"),
    "DS-HOU-GRADE": ("house_ref",),
    "DS-HEA-DISEASE": ("id_no", "disease_code"),
    "DS-DPF-CERT": ("id_no",),
    "DS-WAT-STATUS": ("id_no",),
    "DS-HRS-WORK": ("id_no", "employer", "from_on"),
    "DS-HRS-POST": ("id_no", "post_type", "from_on"),
    "DS-FOR-RANGER": ("id_no", "post_type", "from_on"),
    "DS-HRS-PENSION": ("id_no", "scheme"),
    "DS-EDU-AID": ("id_no", "term", "item", "paid_on"),
    "DS-EDU-GRAD": ("id_no", "stage"),
    "DS-HRS-UNEMP": ("id_no", "lost_on"),
    "DS-CIV-DIS2": ("id_no", "item"),
    "DS-CIV-CHILD": ("id_no",),
    "DS-VET-CARE": ("id_no", "category"),
    "DS-EMG-LOSS": ("id_no", "event_id"),
    "DS-EMG-ACC": ("id_no", "event_id"),
    "DS-HEA-CONTRACT": ("id_no",),
    "DS-HOU-WORKS": ("id_no", "approved_on"),
    "DS-PSB-HARM": ("id_no", "cause", "happened_on"),
    "DS-PSB-HUKOU": ("id_no", "change", "changed_on"),
    **counter_tables.KEYS,
    "DS-WAT-EVENT": ("scheme", "village_code", "event_kind", "from_on"),
    "DS-FIN-PROGRESS": ("area_code", "fund_year", "fund_source"),
    "DS-AGR-PROJ": ("project_no",),
    "DS-MKT-ENT": ("entity",),
    "DS-AGR-LINK": ("id_no", "entity", "project_no"),
    "DS-NAT-HAZ": ("id_no", "point_no"),
}
