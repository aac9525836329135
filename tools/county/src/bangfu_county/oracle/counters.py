"""What banks, insurers, the treasury, the resettlement office, the police's roll and the hotlines say."""

from __future__ import annotations

from datetime import timedelta

from bangfu_county.oracle.evidence import Row
from bangfu_county.oracle.policy import RISK_OF_CAUSE
from bangfu_county.oracle.register import Home, Member, move_months
from bangfu_county.oracle.rules import Rules


def _rows(rules: Rules, home: Home, dataset: str) -> list[Row]:
    return [row for member in home.members for row in rules.evidence.rows(dataset, member.number)]


def r_bnk_01(rules: Rules, home: Home) -> str | None:
    """A loan is overdue."""
    longest = max((row["overdue_days"] for row in _rows(rules, home, "DS-BNK-LOAN")), default=0)
    if longest <= rules.p["bnk.overdue_days"]:
        return None
    return "ORANGE" if longest > rules.p["bnk.overdue_orange_days"] else "YELLOW"


def r_bnk_02(rules: Rules, home: Home) -> str | None:
    """A loan is due soon, and the income has fallen."""
    year = rules.income_year(home)
    if year is None or year - 1 not in home.net or home.per_capita(year) >= home.per_capita(year - 1):
        return None
    last = rules.as_of + timedelta(days=int(rules.p["bnk.due_days"]))
    loans = _rows(rules, home, "DS-BNK-LOAN")
    return "INFO" if any(row["balance"] > 0 and rules.as_of <= row["due_on"] <= last for row in loans) else None


def claims(rules: Rules, home: Home) -> list[Row]:
    """Payouts of the window."""
    since = move_months(rules.as_of, -rules.months("ins.window_months"))
    return [row for row in _rows(rules, home, "DS-INS-CLAIM") if since < row["paid_on"] <= rules.as_of]


def claim_risk(rules: Rules, home: Home) -> str | None:
    """What the payouts were for; of several causes the first by code."""
    return min(
        (RISK_OF_CAUSE[row["cause"]] for row in claims(rules, home) if row["cause"] in RISK_OF_CAUSE), default=None
    )


def r_ins_01(rules: Rules, home: Home) -> str | None:
    """A large payout to a household that is neither monitored nor refused lately."""
    if home.is_monitored or rules.was_refused_lately(home):
        return None
    return "YELLOW" if any(row["amount"] >= rules.p["ins.payout"] for row in claims(rules, home)) else None


def r_ins_02(rules: Rules, home: Home) -> str | None:
    """Monitored for what an insurance may pay, and none has paid."""
    if not home.is_monitored or not {"01", "02", "05"} & set(home.open_risks):
        return None
    return None if claims(rules, home) else "INFO"


def r_fin_01(rules: Rules, _home: Home, member: Member) -> str | None:
    """A regular subsidy has stopped and nobody says why."""
    as_of = rules.as_of
    for row in rules.evidence.rows("DS-FIN-SUBSIDY", member.number):
        first, last = row["first_month"], row["last_month"]
        if row["stop_reason"] is not None or last > as_of:
            continue
        if last < move_months(first, rules.months("fin.regular_months") - 1):
            continue
        if (as_of.year - last.year) * 12 + as_of.month - last.month >= rules.p["fin.stopped_months"]:
            return "INFO"
    return None


def r_res_91(rules: Rules, home: Home) -> str | None:
    """The list of resettled households and the register disagree."""
    living = [member for member in home.living if member.number is not None]
    is_listed = any(rules.evidence.rows("DS-RES-HH", member.number) for member in living)
    if is_listed == home.is_resettled or not living:
        return None
    is_doubtful = any(member.number in rules.evidence.quarantined["DS-RES-HH"] for member in living)
    return None if is_doubtful and not is_listed else "INFO"


def r_psb_03(rules: Rules, home: Home) -> str | None:
    """Not the same people live together by the register and by the police's roll."""
    books: dict[str, int] = {}
    missing = 0
    for member in home.living:
        if member.number is None or member.number in rules.evidence.quarantined["DS-PSB-ROLL"]:
            return None
        rows = rules.evidence.rows("DS-PSB-ROLL", member.number)
        missing += not rows
        for row in rows:
            books[row["household_ref"]] = max(row["size"], books.get(row["household_ref"], 0))
    if not books:
        return None
    is_same = missing == 0 and len(books) == 1 and sum(books.values()) == len(home.living)
    return None if is_same else "INFO"


def r_pet_01(rules: Rules, home: Home) -> str | None:
    """A ticket about hardship, recognition or missing help."""
    since = move_months(rules.as_of, -rules.months("pet.new_months"))
    for row in _rows(rules, home, "DS-PET-TICKET"):
        if row["category"] != "other" and since < row["received_on"] <= rules.as_of:
            return "ORANGE"
    return None
