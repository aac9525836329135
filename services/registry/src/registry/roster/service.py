"""What other features may call of the roster."""

from __future__ import annotations

from registry.roster.appointments import end_term, hold_seen, hold_term, known, liaisons, terms_of
from registry.roster.importing import Reject, Rejected, import_file
from registry.roster.people import (
    announce_next,
    contacts_sealed_with,
    hold_all,
    names_of,
    renew_contacts,
    require_own,
    require_seen,
)
from registry.roster.problems import (
    AppointmentInvalid,
    AppointmentNotFound,
    StaffInactive,
    StaffNotFound,
    TermOver,
)
from registry.roster.schemas import AppointmentEnd, StaffDetail
from registry.roster.succession import follow_area, follow_grids

__all__ = [
    "AppointmentEnd",
    "AppointmentInvalid",
    "AppointmentNotFound",
    "Reject",
    "Rejected",
    "StaffDetail",
    "StaffInactive",
    "StaffNotFound",
    "TermOver",
    "announce_next",
    "contacts_sealed_with",
    "end_term",
    "follow_area",
    "follow_grids",
    "hold_all",
    "hold_seen",
    "hold_term",
    "import_file",
    "known",
    "liaisons",
    "names_of",
    "renew_contacts",
    "require_own",
    "require_seen",
    "terms_of",
]
