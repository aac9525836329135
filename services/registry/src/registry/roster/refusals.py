"""What the database refuses of the roster, as the problems that callers see. Pure."""

from __future__ import annotations

from registry.roster import problems
from servicekit.problems import Conflict

BY_CONSTRAINT: dict[str, type[Conflict]] = {
    "unit_name_key": problems.UnitExists,
    "unit_department_key": problems.UnitExists,
    "staff_staff_no_key": problems.StaffExists,
    "staff_account_subject_key": problems.AccountTaken,
    "staff_account_issuer_key": problems.SecondAccount,
    "appointment_overlap_excl": problems.TermsOverlap,
    "appointment_liaison_excl": problems.LiaisonTaken,
    "appointment_administrators_excl": problems.RolesExclude,
}
