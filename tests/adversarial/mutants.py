"""Faults planted in the product: each is one that somebody could make, and the county must show it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from types import ModuleType
from typing import Any
from unittest.mock import patch

from alerts.clues import folding, following, standing
from intake import headings, written
from registry import same_person
from sharing.catalogue.assembly import Folder
from sharing.catalogue.loading import load_folders
from sharing.catalogue.service import Catalogue, build_catalogue
from sharing.comparison import exporting, merge
from sharing.comparison.evaluation import linking, rows_sql
from sharing.comparison.evaluation.coverage import Coverage
from sharing.deliveries import committing, effective_store, judging, rules
from sharing.deliveries.intake import identity
from sharing.policy import store as policy_store
from sharing.policy.tables import PolicyProfile

Planted = AbstractContextManager[Any]


@dataclass(frozen=True)
class Mutant:
    """A fault.

    Attributes:
        rewrite: (folder or rule, what stands there, what stands there instead), of the catalogue.
        plant: Puts the fault into the code while it is open.
        chapters: What must happen after the first comparison for it to show.
        at_delivery: It does its harm while departments deliver, so that it must be there by then.
    """

    name: str
    rewrite: tuple[str, str, str] | None = None
    plant: Callable[[], Planted] = nullcontext
    chapters: tuple[str, ...] = ()
    at_delivery: bool = False

    def catalogue(self) -> Catalogue | None:
        """Give the catalogue with the fault; `None` for the shipped one."""
        if self.rewrite is None:
            return None
        place, old, new = self.rewrite
        folders = [_rewritten(folder, place, old, new) for folder in load_folders()]
        if folders == load_folders():
            raise AssertionError(f"{self.name}: {place} does not say {old!r}")
        return build_catalogue(folders)


def _rewritten(folder: Folder, place: str, old: str, new: str) -> Folder:
    if folder.name == place:
        return replace(folder, facts_sql=folder.facts_sql.replace(old, new))
    rules = [rule | {"predicate": rule["predicate"].replace(old, new)} if rule["id"] == place else rule
             for rule in folder.rules]  # fmt: skip
    return replace(folder, rules=rules)


def _source(owner: ModuleType, name: str, old: str, new: str) -> Callable[[], Planted]:
    """Plant another text into the source of a function, or into a constant."""

    def plant() -> Planted:
        given = getattr(owner, name)
        text = given if isinstance(given, str) else inspect.getsource(given)
        if old not in text:
            raise AssertionError(f"{name} does not say {old!r}")
        if isinstance(given, str):
            return patch.object(owner, name, text.replace(old, new))
        namespace = dict(vars(sys.modules[given.__module__]))
        exec(compile(text.replace(old, new), owner.__name__, "exec"), namespace)  # noqa: S102
        return patch.object(owner, name, namespace[name])

    return plant


@contextmanager
def _attaches_policy_gaps() -> Iterator[None]:
    given = folding._Folding._belongs_to_case

    def belongs(self: Any, source: folding.Source) -> bool:
        return given(self, replace(source, is_policy_gap=False))

    with patch.object(folding._Folding, "_belongs_to_case", belongs):
        yield


@contextmanager
def _one_profile_for_all() -> Iterator[None]:
    given = exporting.profiles_at

    async def of_the_nation(session: Any, areas: Any, on: Any) -> Any:
        (profile,) = (await given(session, {"000000000000"}, on)).values()
        return dict.fromkeys(areas, profile)

    with patch.object(exporting, "profiles_at", of_the_nation):
        yield


@contextmanager
def _last_made_profile() -> Iterator[None]:
    given = policy_store.profiles

    async def always_in_force(session: Any) -> Any:
        return [PolicyProfile(**(profile.model_dump() | {"effective_from": date(2000, 1, 1)}))
                for profile in await given(session)]  # fmt: skip

    with patch.object(policy_store, "profiles", always_in_force):
        yield


def _forgets_merged(given: Any) -> Any:
    async def follow(session: Any, snapshots: Any) -> Any:
        return await given(session, [each.model_copy(update={"merged_into": None}) for each in snapshots])

    return follow


@contextmanager
def _speaks_for_everybody() -> Iterator[None]:
    async def nobody(*_: Any) -> list[str]:
        return []

    with patch.object(committing, "_outsiders", nobody), patch.object(linking, "_speak_for_parts", lambda *_: False):
        yield


MUTANTS = (
    Mutant("the monitoring line counts as below it", ("R-AGR-01", "per_capita_net < ", "per_capita_net <= ")),
    Mutant(
        "medical cost must exceed its line", ("R-MED-02", "cost_self_paid_ytd >= CASE", "cost_self_paid_ytd > CASE")
    ),
    Mutant(
        "who turned six on the day is too young",
        (
            "R-EDU-01",
            "age_at_cutoff BETWEEN edu.compulsory_age_from AND",
            "age_at_cutoff > edu.compulsory_age_from AND age_at_cutoff <=",
        ),
    ),
    Mutant("a vocational roll is no school above", ("DS-EDU-ROLL", "'senior', 'vocational'", "'senior'")),
    Mutant(
        "every roll must say present",
        ("DS-EDU-ROLL", "bool_or(is_match AND present)", "bool_and(is_match AND present)"),
    ),
    Mutant("who was born on the list's day is not asked for", ("DS-MED-ENROL", "birth_date <=", "birth_date <")),
    Mutant("relief of a year ago counts", ("DS-CIV-TEMP", "granted_on > add_months", "granted_on >= add_months")),
    Mutant("each row of one grant is a grant", ("DS-CIV-TEMP", "SELECT DISTINCT\n", "SELECT\n")),
    Mutant(
        "an old refusal keeps quiet for a day too long",
        ("R-CIV-01", "last_negative_decision_on <= ADD", "last_negative_decision_on < ADD"),
    ),
    Mutant("last month's list is not looked at", ("DS-CIV-LOW", "before.pn IS NULL", "TRUE")),
    Mutant("the register is believed beside the list", ("shared", "THEN has_current_relief OR", "THEN TRUE OR")),
    Mutant("the oldest row of a key counts", plant=_source(rows_sql, "_newness", "DESC", "ASC")),
    Mutant(
        "the number alone is a match",
        plant=_source(linking, "_link_dataset", "r.person_token = p.person_token", "TRUE"),
    ),
    Mutant("a list speaks for everybody", plant=_speaks_for_everybody, at_delivery=True),
    Mutant(
        "names are compared as they are written",
        plant=lambda: patch.object(identity, "normalise_name", lambda text: text.strip()),
        at_delivery=True,
    ),
    Mutant(
        "several orange rules stay orange", plant=lambda: patch.object(folding._Folding, "escalate", lambda _: None)
    ),
    Mutant("being uninsured joins the case of an illness", plant=_attaches_policy_gaps),
    Mutant(
        "a list that is held counts",
        plant=_source(effective_store, "_EFFECTIVE", "d.state = 'committed'", "d.state IN ('committed', 'held')"),
        chapters=("torn",),
    ),
    Mutant(
        "what no longer holds stays",
        plant=_source(merge, "_WITHDRAW", "f.withdrawn_at IS NULL", "FALSE"),
        chapters=("moved",),
    ),
    Mutant("one profile holds everywhere", plant=_one_profile_for_all, chapters=("policies",)),
    Mutant("the profile that was made last holds", plant=_last_made_profile, chapters=("policies",)),
    Mutant(
        "of rows that contradict each other one counts",
        plant=_source(committing, "exclude_rows", "place > 1 OR (is_newest AND contradicts)", "place > 1"),
        at_delivery=True,
    ),
    Mutant(
        "headings stand in the first row",
        plant=lambda: patch.object(headings, "_SEARCHED_ROWS", 1),
        at_delivery=True,
    ),
    Mutant(
        "amounts in 万元 are taken for yuan",
        plant=lambda: patch.dict(written.UNITS, {"万元": Decimal(1)}),
        at_delivery=True,
    ),
    Mutant(
        "a list that lost half of its rows counts at once",
        plant=lambda: patch.object(judging, "doubts_of_list", lambda *_: []),
        chapters=("torn",),
    ),
    Mutant(
        "mended rows replace the month",
        plant=_source(rules, "joins", 'kind == "correction"', "False"),
        chapters=("corrected",),
    ),
    Mutant(
        "additions replace the list",
        plant=_source(rules, "joins", '(dataset_mode == "full" or adds_to_list)', "False"),
        chapters=("added",),
    ),
    Mutant(
        "of two records the one that came last counts",
        plant=_source(rows_sql, "_newness", '"known_on DESC NULLS LAST",', ""),
        chapters=("added",),
    ),
    Mutant(
        "rows under the former key are of nobody",
        plant=_source(linking, "found_sql", "if not has_aliases:", "if True:"),
        chapters=("turned",),
    ),
    Mutant(
        "clues stay where the household was",
        plant=lambda: patch.object(standing, "_moved", lambda _terms, clue, _now: clue),
        chapters=("moved",),
    ),
    Mutant(
        "a newborn that gets its number is somebody new",
        plant=lambda: patch.object(same_person, "pairs", lambda _: []),
        chapters=("moved",),
    ),
    Mutant(
        "the clues of a merged household stay behind",
        plant=lambda: patch.object(following, "follow_households", _forgets_merged(following.follow_households)),
        chapters=("joined",),
    ),
    Mutant(
        "an older month accuses although a newer one is known",
        plant=lambda: patch.object(Coverage, "overtaken", lambda _: []),
        chapters=("late",),
    ),
)
