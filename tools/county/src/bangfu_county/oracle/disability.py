"""What the disabled persons' federation says: the rules about certificates."""

from __future__ import annotations

from bangfu_county.oracle.evidence import Row
from bangfu_county.oracle.register import Home, Member, move_months
from bangfu_county.oracle.rules import Rules


def certificates(rules: Rules, member: Member) -> list[Row]:
    """Certificates in force."""
    rows = rules.evidence.rows("DS-DPF-CERT", member.number)
    return [row for row in rows if row["change"] != "cancelled" and row["issued_on"] <= rules.as_of]


def is_severe(rules: Rules, member: Member) -> bool:
    """Of one of the severe levels."""
    return any(row["level"] <= rules.p["dpf.severe_level"] for row in certificates(rules, member))


def r_dpf_01(rules: Rules, home: Home, member: Member) -> str | None:
    """A new certificate, or a severe disability, in a household that is neither monitored nor refused lately."""
    if home.is_monitored or rules.was_refused_lately(home):
        return None
    since = move_months(rules.as_of, -rules.months("dpf.new_months"))
    is_new = any(row["change"] == "new" and row["issued_on"] > since for row in certificates(rules, member))
    return "ORANGE" if is_new or is_severe(rules, member) else None
