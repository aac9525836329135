"""Makes one household after another: an ordinary one with its share of chance, or the quiet one of a story."""

from __future__ import annotations

from datetime import date
from random import Random

from bangfu_county.areas import Town
from bangfu_county.calendar import Month, age_on, between
from bangfu_county.circumstances import TOLD, sign, tell
from bangfu_county.counters import OF_COUNTERS
from bangfu_county.earning import earn
from bangfu_county.employment import OF_WORK
from bangfu_county.families import FamilyRoom, ordinary_family, wanted_family
from bangfu_county.model import Household, Monitor
from bangfu_county.schooling import EXEMPT, FEE, ROLL, enrol_in_school
from bangfu_county.stories import Wish
from bangfu_county.student_aid import OF_STUDENTS
from bangfu_county.welfare import COST, ENROL, HOUSE, LOW, TEMP, assess, fall_ill, grant_relief, house, insure

# Shares of all households. Source: about 12 % former poor and 3 % monitored in the county modelled.
_FORMER_POOR = 0.12
_MONITORED_OF_FORMER_POOR = 0.10
_MONITORED_OF_ORDINARY = 0.0205

# Datasets whose rows follow from how people live here; those of all others are invented from their declaration.
LIVED = {ROLL, EXEMPT, FEE, ENROL, COST, LOW, TEMP, HOUSE, *TOLD, *OF_WORK, *OF_STUDENTS, *OF_COUNTERS}


class Settlement:
    """Builds complete households.

    Args:
        rng: Source of chance.
        room: Builds their members.
        month: The reporting period.
        towns: Where they live.
    """

    def __init__(self, rng: Random, room: FamilyRoom, month: Month, towns: tuple[Town, ...]) -> None:
        self._rng, self._room, self._month, self._towns = rng, room, month, towns
        self._persons = 0

    def household(self, number: int, total: int, wish: Wish | None) -> Household:
        """Build the n-th of `total` households; with a wish it is quiet and of the wanted kind."""
        rng, quiet = self._rng, wish is not None
        # Neighbours have neighbouring numbers, as in a real register.
        town = self._towns[number * len(self._towns) // total]
        village_code, village = town.villages[int(rng.random() * len(town.villages))]
        group = f"{1 + int(rng.random() * 8)}组"
        if wish is None:
            members, hh_type = ordinary_family(self._room), "1" if rng.random() < _FORMER_POOR else "0"
        else:
            members, hh_type = wanted_family(self._room, wish.shape, wish.child_ages), wish.hh_type
        household = Household(
            hh_no=f"99H{number + 1:07d}",
            village_code=village_code,
            group_name=group,
            hh_type=hh_type,
            members=members,
            address=f"{town.name}{village}{group}{1 + int(rng.random() * 200)}号",
            phone=f"139{int(rng.random() * 100_000_000):08d}",
            is_resettled=rng.random() < (0.2 if hh_type == "1" else 0.003),
            is_story=quiet,
        )
        for person in members:
            self._persons += 1
            person.person_no = f"99P{self._persons:08d}"
        self._decide_monitoring(household, wish)
        self._live(household, town.name, quiet=quiet)
        if household.monitor is not None:
            household.monitor.risk_types = self._risks(household)
        return household

    def _decide_monitoring(self, household: Household, wish: Wish | None) -> None:
        rng = self._rng
        category = None
        if wish is not None:
            category = wish.category
        elif household.hh_type == "1":
            if rng.random() < _MONITORED_OF_FORMER_POOR:
                category = "0" if rng.random() < 0.8 else "2"
        elif rng.random() < _MONITORED_OF_ORDINARY:
            category = "1" if rng.random() < 0.72 else "2"
        if category is not None:
            first = date(self._month.year - 3, 1, 1)
            household.monitor = Monitor(category, between(rng, first, self._month.months_back(3)), [])
        elif wish is None and rng.random() < 0.006:
            household.negative_on = between(rng, self._month.months_back(30), self._month.months_back(1))

    def _live(self, household: Household, town: str, *, quiet: bool) -> None:
        rng, month, is_low_income = self._rng, self._month, household.is_low_income
        for person in household.members:
            enrol_in_school(rng, month, person, town, keen=quiet, is_low_income=is_low_income)
            assess(rng, month, person, is_low_income=is_low_income)
            if quiet:
                person.health = ["healthy"]
                if person.labour == "4":
                    person.labour = "1"
        grant_relief(rng, month, household, quiet=quiet)
        insure(rng, month, household, quiet=quiet)
        fall_ill(rng, month, household, quiet=quiet)
        house(rng, month, household, quiet=quiet)
        earn(rng, month, household, quiet=quiet)
        sign(rng, month, household, quiet=quiet)
        if not quiet:
            self._leave_school(household)
            tell(rng, month, household)

    def _leave_school(self, household: Household) -> None:
        """Exempt a few children, and let one in two thousand drop out."""
        for person in household.members:
            roll = person.rows[ROLL]
            if not roll or person.school_stage not in ("primary", "junior"):
                continue
            chance = self._rng.random()
            if chance < 0.003:
                person.health = ["disabled"]
                reason = "home_teaching" if chance < 0.001 else "physical"
                valid_to = date(self._month.year + 1, 7, 31) if chance < 0.002 else None
                number = f"明残评字第{int(chance * 1e7):05d}号"
                person.rows[EXEMPT] = [{"reason": reason, "evidence_no": number, "valid_to": valid_to}]
                if chance < 0.0015:
                    roll.clear()
                else:
                    roll[0].update(roll_status="suspended", present=False)
            elif chance > 0.9995:
                roll[0].update(present=False)

    def _risks(self, household: Household) -> list[str]:
        """Name one or two risks that fit the household."""
        found = []
        if any("major_disease" in p.health or "chronic" in p.health for p in household.members):
            found.append("01")
        if any("disabled" in p.health for p in household.members):
            found.append("03")
        if not household.has_labour:
            found.append("04")
        students = [p for p in household.members if p.grade and age_on(p.born, self._month.cutoff) >= 15]
        if students:
            found.append("09")
        if not found:
            found.append(("02", "05", "06", "07")[int(self._rng.random() * 4)])
        return found[:2]
