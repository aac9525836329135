"""What the disabled persons' federation says: the rules about certificates, and the subsidies that go with them."""

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


def is_paid(rules: Rules, member: Member, item: str) -> bool:
    """One of the two subsidies is paid now."""
    return any(
        row["item"] == item and row["from_on"] <= rules.as_of and (row["to_on"] is None or row["to_on"] >= rules.as_of)
        for row in rules.evidence.rows("DS-CIV-DIS2", member.number)
    )


def r_dpf_02(rules: Rules, _home: Home, member: Member) -> str | None:
    """A severe disability without the nursing subsidy, or one on dibao without the living subsidy."""
    if not certificates(rules, member) or member.number in rules.evidence.quarantined["DS-CIV-DIS2"]:
        return None
    on_dibao = any(row["type"] == "dibao" and rules.is_current(row) for row in rules.allowances(member))
    lacks_nursing = is_severe(rules, member) and not is_paid(rules, member, "nursing")
    lacks_living = on_dibao and not is_paid(rules, member, "living")
    return "YELLOW" if lacks_nursing or lacks_living else None
