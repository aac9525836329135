"""What the API answers, as typed values.

Unknown members are kept (`model_extra`), so that a newer gateway does not break an older SDK. Codes stay strings:
a code list may grow within a version.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import AwareDatetime, Field

from bangfu.sdk.titles import Answer as Answer
from bangfu.sdk.titles import Title


class Changes(Answer):
    """A page of what changed. Keep its items, drop what is gone, then keep `changed_since`: the place to go on from."""

    gone: list[str]
    changed_since: str
    is_more: bool


# --- registry ---------------------------------------------------------------------------------------------------


class Unit(Answer):
    """A unit of the roster."""

    id: str
    kind: str
    name: str
    area_code: str
    department: str | None


class Staff(Answer):
    """Somebody on the roster."""

    id: str
    name: str
    is_active: bool
    unit: Unit
    appointments: list[Answer]


class Import(Answer):
    """An import of areas, households or staff and how far it is: open, received, running, done or failed."""

    import_id: str
    state: str
    rows_read: int = Field(default=0, description="lines of the file that were read so far")
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    households: int = 0
    persons: int = 0
    rows_rejected: int = 0
    warnings: list[str] = Field(default=[], description="what of the file was not used, or understood in a way of note")
    problem: dict[str, Any] | None = Field(default=None, description="why it failed; nothing was kept then")


class Person(Answer):
    """A member of a household, its identity masked."""

    id: str
    person_no: str | None = None


class Household(Answer):
    """A household; names and numbers masked."""

    id: str
    hh_no: str
    area_code: str = Field(description="village code")
    status: str = "active"
    hh_type: str | None = None
    is_monitored: bool = False
    version: int | None = None
    members: list[Person] = []


class HouseholdChanges(Changes):
    """Households that changed, as they are now."""

    items: list[Household]


class PolicyProfile(Answer):
    """A version of a region's policy profile."""

    region: str
    version: int
    effective_from: date
    source_document: str = ""
    parameters: dict[str, Any] = {}
    defaulted: list[str] = []


class Episode(Answer):
    """A monitoring episode of a household."""

    id: str
    household_id: str
    title: Title | None = None
    state: str
    risk_types: list[str] = []
    version: int | None = None
    clue_id: str | None = None
    follows_id: str | None = None
    due_on: date | None = None


# --- sharing ----------------------------------------------------------------------------------------------------


class Dataset(Answer):
    """A declared dataset."""

    code: str
    label: str = ""
    department: str
    mode: str = ""
    owed_months: list[int] = []


class Part(Answer):
    """A stored part of a delivery."""

    number: int
    sha256: str
    size_bytes: int = 0
    rows: int = 0
    accepted: int = 0
    rejected: int = 0
    reject_counts: dict[str, int] = Field(default={}, description="rejected rows by their first error code")
    warnings: list[Any] = []


class Delivery(Answer):
    """A delivery: open, held, committed, withdrawn, refused or abandoned."""

    id: str
    dataset: str
    period: str
    state: str
    superseded_by: str | None = None
    receipt: Receipt | None = None
    parts: list[Part] = []


class Hold(Answer):
    """Why a list is held, and by when somebody decides."""

    reasons: list[dict[str, Any]]
    due_on: date


class Receipt(Answer):
    """The durable receipt of a committed delivery."""

    delivery_id: str
    receipt_no: str
    rows_accepted: int
    rows_rejected: int = Field(description="to be mended, contradictory ones included")
    rows_duplicate: int = Field(default=0, description="repeat another row")
    rows_quarantined: int = Field(default=0, description="contradict each other; none is used")
    state: str = "committed"
    mode: str | None = None
    hold: Hold | None = Field(default=None, description="why it does not count yet; null if it does")
    notes: list[dict[str, str]] = []
    committed_at: AwareDatetime
    supersedes: str | None = None
    is_late: bool = False


class Reject(Answer):
    """A row that was not taken, and why. `line` counts from 1 within the part, the header included."""

    part: int | None = None
    line: int
    field: str | None = None
    code: str
    message: str = ""
    sheet: str | None = None
    sheet_row: int | None = None


class WorklistRow(Answer):
    """A delivered row that could not be used, or somebody whom a rule cannot check."""

    id: str
    kind: str
    dataset: str
    department: str
    state: str
    allowed: list[str] = Field(default=[], description="what may be decided; empty once it is")
    due_on: date
    is_overdue: bool = False
    household_id: str | None = None
    person_id: str | None = None
    title: Title | None = None
    delivery_id: str | None = None
    part_no: int | None = None
    line_no: int | None = None
    rule_id: str | None = None


class RuleOutcome(Answer):
    """What one rule found in a run."""

    rule_id: str
    findings: int = 0
    new: int = 0
    withdrawn: int = 0
    skipped_because: str | None = None


class Matching(Answer):
    """How the rows of one dataset matched the registry."""

    dataset: str
    rows: int
    matched: int
    quarantined: int
    unmatched: int


class ComparisonRun(Answer):
    """A comparison run."""

    id: str
    period: str
    state: str
    rules: list[RuleOutcome] = []
    matching: list[Matching] = []
    seconds: float | None = None

    @property
    def is_over(self) -> bool:
        """Tell whether it ended, well or badly, or waits for a person to decide."""
        return self.state not in ("queued", "running")


class Coverage(Answer):
    """What a comparison said of a rule in a township: evaluated, partly or not_evaluated, and why."""

    area_code: str
    rule_id: str
    status: str
    findings: int
    because: str | None = None


class Finding(Answer):
    """A rule that holds for a household."""

    finding_id: str
    rule_id: str
    household_id: str
    person_id: str | None = None
    severity: str
    risk_type: str
    period: str
    title: Title | None = None


# --- alerts -----------------------------------------------------------------------------------------------------


class Clue(Answer):
    """A clue: one household, one risk type, all its sources."""

    id: str
    household_id: str
    area_code: str
    risk_type: str
    severity: str
    state: str
    version: int | None = None
    due_at: AwareDatetime | None = None
    title: Title | None = None


class ClueChanges(Changes):
    """Clues that changed, as they are now; closed ones with their state."""

    items: list[Clue]


class ClueRaised(Answer):
    """The clue that an application or a visit went to."""

    clue_id: str


class Said(Answer):
    """A text in both languages."""

    zh: str
    en: str


class Duty(Answer):
    """Something that must be done by a day."""

    id: str
    kind: str
    kind_label: Said
    title: Title | None = None
    subject_id: str
    household_id: str | None = None
    area_code: str
    area_names: list[str] = []
    assignee: str
    due_on: date
    state: str
    is_paused: bool = False
    is_overdue: bool
    days_left: int | None = None
    escalated_to: str | None = None
    holder: str | None = None
    version: int | None = None


class DutyChanges(Changes):
    """Duties that changed, as they are now; closed ones with their state."""

    items: list[Duty]


class PolicyGap(Answer):
    """What a department owes by policy."""

    id: str
    clue_id: str
    household_id: str
    person_id: str | None = None
    title: Title | None = None
    area_code: str
    department: str
    state: str
    due_on: date
    result: str | None = None
    granted_on: date | None = None
    duty_id: str | None = None


class AlertData(Answer):
    """What happened to a clue, a duty or a policy gap; how many of a township left protection (`capped`)."""

    alert_id: str
    position: int
    kind: str
    clue_id: str | None = None
    duty_id: str | None = None
    duty_kind: str | None = None
    gap_id: str | None = None
    household_id: str | None = None
    area_code: str
    risk_type: str | None = None
    severity: str
    state: str | None = None
    rule_ids: list[str] = []
    period: str | None = None
    due_at: AwareDatetime | None = None
    link: str


class AlertEvent(Answer):
    """An alert as a CloudEvents 1.0 event: the same on every channel. (`source`, `id`) identifies duplicates."""

    specversion: str
    id: str
    source: str
    type: str
    subject: str
    time: AwareDatetime
    data: AlertData


# --- gateway ----------------------------------------------------------------------------------------------------


class Client(Answer):
    """A registered client; `client_secret` is there only in the answer that created it."""

    client_id: str
    client_secret: str | None = None
    department: str | None = None
    areas: list[str] = []
    scopes: list[str] = []
    status: str = "active"


class ClientProposal(Answer):
    """A change of a client that waits for a second manager, or what came of it."""

    id: str
    kind: str
    client_id: str
    state: str
    proposed_by: str
    expires_at: AwareDatetime
    decided_by: str | None = None
    reason: str | None = None
