"""The parts of pages that are made from declarations: `--write` renews them, `--check` tells which are stale.

A part stands between `<!-- made: NAME -->` and `<!-- end -->`; everything around it is written by hand.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from contracts.duties import KINDS, LEVELS
from contracts.fields import HOUSEHOLD, INCOME, MONITOR, PERSON
from contracts.hard_flaws import HARD_FLAWS
from contracts.indicators import INDICATORS
from contracts.parameters import GROUPS, LONGEST_TEXT, PARAMETERS, Parameter
from contracts.scopes import SCOPES
from contracts.staff import ROLES, UNITS
from contracts.staff_file import STAFF_FILE
from contracts.timeline import ENTRY_KINDS
from contracts.vocabulary import EpisodeState
from gateway.people.reasons import WHY
from registry.area_checks.rules import load as load_area_checks
from registry.areas.rules import TAG_LEVELS
from registry.change_requests.kinds import KINDS as CHANGE_KINDS
from registry.episodes.records import Entry
from registry.episodes.steps import STEPS, Step, legal_next, part_of
from registry.quality.rules import load as load_quality
from scripts import fields_page, kinds, requirements, settings_page, statements
from sharing.catalogue.declaration import FieldDeclaration
from sharing.catalogue.model import MeasureDeclaration, StatusDeclaration
from sharing.catalogue.service import load_catalogue, load_datasets

ROOT = Path(__file__).resolve().parents[1]
_PART = re.compile(r"(<!-- made: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def parameters() -> Iterator[str]:
    """Give one table a group of policy parameters."""
    for group, title in GROUPS.items():
        yield f"## {title.zh} / {title.en}\n"
        yield "| parameter | default | allowed | what | unit | source of the default |"
        yield "|---|---|---|---|---|---|"
        for parameter in PARAMETERS.values():
            if parameter.name.startswith(f"{group}."):
                cells = (f"`{parameter.name}`", parameter.default or "-", _allowed(parameter), *_words(parameter))
                yield f"| {' | '.join(cells)} |"
        yield ""


def _words(parameter: Parameter) -> tuple[str, str, str]:
    unit = parameter.unit
    return f"{parameter.zh} / {parameter.en}", f"{unit.zh} / {unit.en}".strip(" /"), parameter.source


def _allowed(parameter: Parameter) -> str:
    if parameter.type == "days":
        return "dates"
    if parameter.type == "codes":
        return f"any of {', '.join(parameter.choices)}"
    if parameter.type == "text":
        return f"text, at most {LONGEST_TEXT}"
    return ", ".join(parameter.choices) or f"{parameter.low:,} - {parameter.high:,}"


def steps() -> Iterator[str]:
    """Give the steps of an episode as a diagram and as a table."""
    yield "```mermaid"
    yield "stateDiagram-v2"
    for state in EpisodeState:
        yield f"    {state}: {state.label} {state.english}"
    yield f"    [*] --> {EpisodeState.APPLIED}"
    for step in STEPS.values():
        for state in EpisodeState:
            if step.to in legal_next(state):
                yield f"    {state} --> {step.to}: {part_of(state, step.to).scope.partition(':')[2]}"
        if step.ends and not legal_next(step.to):
            yield f"    {step.to} --> [*]"
    yield "```\n"
    yield "| step | follows | scope | puts on file | not by who took | comes back from | deadline | the household |"
    yield "|---|---|---|---|---|---|---|---|"
    for step in STEPS.values():
        back = f"{_codes(step.back.after)} ({step.back.scope}{_record(step.back.record)})" if step.back else ""
        cells = (
            f"`{step.to}` {step.to.label} / {step.to.english}",
            _codes(step.after),
            f"`{step.scope}`",
            _record(step.record).removeprefix(": "),
            _codes(step.not_by),
            back,
            f"{step.deadline.code} {step.deadline.title}" if step.deadline else "",
            ", ".join(_of_household(step)),
        )
        yield f"| {' | '.join(cells)} |"


def _of_household(step: Step) -> Iterator[str]:
    """Say what a step means for the household."""
    if step.monitors or step.ends:
        yield "is monitored" if step.monitors else "has left the procedure"
    if step.may_wait:
        yield "may be helped before (green channel)"


def _codes(states: Sequence[str]) -> str:
    return ", ".join(f"`{state}`" for state in states)


def _record(record: Sequence[Entry]) -> str:
    return (
        ": "
        + ", ".join(
            f"`{entry.name}`{'' if entry.is_required else ' (may)'} {entry.zh} / {entry.en}" for entry in record
        )
        if record
        else ""
    )


def step_facts() -> Iterator[str]:
    """Give what each entry of a step's record holds, with what may be sent."""
    entries: dict[tuple[str, str], Entry] = {}
    for step in STEPS.values():
        for part in (step, step.back):
            entries |= {(entry.name, entry.en): entry for entry in (part.record if part else ())}
    for entry in sorted(entries.values(), key=lambda entry: (entry.name, entry.en)):
        yield f"**`{entry.name}`** {entry.zh} / {entry.en}\n"
        yield f"```json\n{json.dumps({entry.name: entry.example}, ensure_ascii=False, indent=2)}\n```\n"


def hard_flaws() -> Iterator[str]:
    """Give the questions that departments answer when a household is compared."""
    yield "| question | asks | answered by | consent | a hit may be |"
    yield "|---|---|---|---|---|"
    for code, asked in HARD_FLAWS.items():
        query = f"`{asked.query}` {asked.query.label}" if asked.query else ""
        cells = (f"`{code}`", f"{asked.zh} / {asked.en}", _codes(asked.departments), query)
        yield f"| {' | '.join(cells)} | {asked.exempt.zh} / {asked.exempt.en} |"


def roster_units() -> Iterator[str]:
    """Give the kinds of unit and where they are."""
    yield "| kind | what | level of its area | department |"
    yield "|---|---|---|---|"
    for kind, unit in UNITS.items():
        cells = (f"`{kind}`", f"{kind.label} / {kind.english}", ", ".join(unit.areas), "yes" * unit.has_department)
        yield f"| {' | '.join(cells)} |"


def area_tags() -> Iterator[str]:
    """Give what areas may be designated as."""
    yield "| tag | what | level of the area |"
    yield "|---|---|---|"
    for tag, levels in TAG_LEVELS.items():
        yield f"| `{tag}` | {tag.label} / {tag.english} | {', '.join(levels)} |"


def roster_roles() -> Iterator[str]:
    """Give the roles of the roster and what each needs."""
    yield "| role | what | level | does | of units | level of a term's area | grid | one a unit | not together with |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for role, rule in ROLES.items():
        cells = (
            f"`{role}`",
            f"{role.label} / {role.english}",
            rule.tier,
            f"{rule.zh} / {rule.en}",
            _codes(rule.units),
            ", ".join(rule.areas),
            "yes" * rule.has_grid,
            "yes" * rule.is_single,
            _codes(sorted(rule.excludes)),
        )
        yield f"| {' | '.join(cells)} |"


def role_scopes() -> Iterator[str]:
    """Give the scopes with the roles that have them."""
    yield "| scope | allows | by a person only | given by two | roles |"
    yield "|---|---|---|---|---|"
    for name, scope in SCOPES.items():
        roles = [role for role, rule in ROLES.items() if name in rule.scopes]
        what = f"{scope.zh} / {scope.en}"
        cells = (f"`{name}`", what, "yes" * scope.needs_person, "yes" * scope.is_strict, _codes(roles))
        yield f"| {' | '.join(cells)} |"


def sign_in_reasons() -> Iterator[str]:
    """Give why somebody who signed in gets no token."""
    yield "| code | error | what | what to do |"
    yield "|---|---|---|---|"
    for reason, why in WHY.items():
        yield f"| `gateway.sign_in.{reason}` | `{why.error}` | {why.zh} / {why.en} | {why.advice} |"


def _numbers(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers))


def datasets() -> Iterator[str]:
    """Give a section a dataset: how it is delivered, its fields, and the facts that come of it."""
    for code, dataset in load_datasets().items():
        kept = f"{dataset.valid_months} month{'s' * (dataset.valid_months > 1)}"
        yield f"## {code} {dataset.label}\n"
        yield f"{dataset.english.capitalize()}; {dataset.department.label} / {dataset.department.english}."
        yield f"{'A full list each time' if dataset.mode == 'full' else 'What is new'}, counted for {kept};"
        if dataset.area is not None:
            of = dataset.subject.replace("_", " ")
            yield f"a row is of a {of}, without ID number, in the area of `{dataset.area}`;"
        owed = "" if len(dataset.owed_months) == 12 else f" after the months {_numbers(dataset.owed_months)}"
        yield f"key {_codes(dataset.key)}; due by `{dataset.due_day_parameter}`{owed}. {dataset.legal_basis}.\n"
        yield "| field | title | type | required | class |"
        yield "|---|---|---|---|---|"
        for field in dataset.fields:
            title, required = f"{field.label} / {field.english}", "yes" if field.required else "no"
            yield f"| `{field.code}` | {title} | {_type(field)} | {required} | {field.field_class} |"
        yield ""
        for check in dataset.row_checks:
            yield f"Refused as `row.check` unless `{check.expression}`: {check.message} / {check.english}.\n"
        if dataset.status is not None:
            yield from _status(dataset.status)
        if dataset.measure is not None:
            yield from _measure(dataset.measure)
        yield from _facts(dataset.facts)


def _status(status: StatusDeclaration) -> Iterator[str]:
    guarantee = status.guarantee
    day = f"as of `{status.as_of}`" if status.as_of else "as of the day of the list"
    yield f"Sets the status {guarantee.label} / {guarantee.english} of households, {day}:"
    for name, claim in (("unsafe", status.unsafe), ("safe", status.safe)):
        if claim is not None:
            yield f"{name} when `{_line(claim.when)}` ({claim.detail.zh} / {claim.detail.en})."
    yield ""


def _measure(measure: MeasureDeclaration) -> Iterator[str]:
    category = measure.category
    day = f"given on `{measure.given_on}`" if measure.given_on else "of no day"
    income = f", part of `{measure.income}` of the year's income" if measure.income else ""
    which = f" when `{_line(measure.when)}`" if measure.when else ""
    amount = f", `{measure.amount}` yuan" if measure.amount else ""
    yield (
        f"A row is a measure of its person's household{which}: {category.label} / {category.english},"
        f" {measure.title.zh} / {measure.title.en}, {day}{amount}{income}."
    )
    yield ""


def _type(field: FieldDeclaration) -> str:
    codes = ", ".join(f"`{value.code}` {value.label}" for value in field.values)
    bounds = f" {field.minimum} - {field.maximum}" if field.minimum is not None else ""
    return f"{field.type}{bounds}{f', {field.unit}' if field.unit else ''}{f': {codes}' if codes else ''}"


def _facts(declared: Iterable[str]) -> Iterator[str]:
    facts = load_catalogue().facts
    for name in declared:
        fact = facts[name]
        of = " and ".join(f"a {scope}" for scope in sorted(fact.scopes, reverse=True))
        yield f"- `{name}` ({fact.type}, of {of}): {fact.zh} / {fact.en}"
    yield ""


def rules() -> Iterator[str]:
    """Give the table of the rules."""
    yield "| rule | what | of a | holds when | severity | department | source |"
    yield "|---|---|---|---|---|---|---|"
    for compiled in load_catalogue().rules:
        rule = compiled.rule
        cases = (
            case.severity.value if case.when == "TRUE" else f"{case.severity} when `{_line(case.when)}`"
            for case in rule.severities
        )
        cells = (
            rule.id,
            f"{rule.title.zh} / {rule.title.en}",
            rule.scope,
            f"`{_line(rule.predicate)}`",
            ", else ".join(cases),
            rule.department.label,
            rule.source,
        )
        yield f"| {' | '.join(cells)} |"


def _line(expression: str) -> str:
    return " ".join(expression.split())


def staff_file() -> Iterator[str]:
    """Give the columns of a file of the roster."""
    yield "| column | titles | what | must be there |"
    yield "|---|---|---|---|"
    for field in STAFF_FILE:
        titles = "、".join((field.zh, *field.aliases))
        yield f"| `{field.name}` | {titles} | {field.en} | {'yes' if field.is_required else ''} |"


def duties() -> Iterator[str]:
    """Give the kinds of duties with what their clock does."""
    yield "| kind | what | opened by | who must act | by when | reminded | goes to | source |"
    yield "|---|---|---|---|---|---|---|---|"
    for kind in KINDS.values():
        reminded = ", ".join(f"{-step.day} days before" for step in kind.ladder if step.to is None)
        goes = ", ".join(f"{LEVELS[step.to][1]} {step.day} days after" for step in kind.ladder if step.to)
        within = ", ".join(f"`{name}`" for name in kind.within) or "the day that was agreed"
        what = f"{kind.zh} / {kind.en}"
        cells = (f"`{kind.code}`", what, kind.opened_by, kind.assignee, within, reminded, goes, kind.source)
        yield f"| {' | '.join(cells)} |"


def timeline() -> Iterator[str]:
    """Give the kinds of entries of a household's file."""
    yield "| kind | what | told by | in words |"
    yield "|---|---|---|---|"
    for kind in ENTRY_KINDS.values():
        cells = (f"`{kind.code}`", f"{kind.zh} / {kind.en}", kind.told_by, f"{kind.text.zh} / {kind.text.en}")
        yield f"| {' | '.join(cells)} |"


def indicators() -> Iterator[str]:
    """Give the indicators with what they count."""
    yield "| indicator | what | counts | kind | period | by | of | requirements |"
    yield "|---|---|---|---|---|---|---|---|"
    for each in INDICATORS.values():
        definition = f"{each.definition.zh} / {each.definition.en}"
        unit = f"{each.kind}, {each.unit.zh} / {each.unit.en}"
        cells = (f"`{each.id}`", f"{each.zh} / {each.en}", definition, unit, each.period, ", ".join(each.dimensions))
        yield f"| {' | '.join((*cells, each.service, ', '.join(each.requirements)))} |"


def change_kinds() -> Iterator[str]:
    """Give the kinds of change requests with what they hold and take."""
    yield "| kind | what | holds | evidence | who approves, unless the policy says otherwise |"
    yield "|---|---|---|---|---|"
    for kind in CHANGE_KINDS.values():
        fields = kind.holds.model_fields
        held = ", ".join(f"`{name}`" + ("" if field.is_required() else " (may)") for name, field in fields.items())
        takes = f"{kind.evidence}: {kind.shows.zh} / {kind.shows.en}" if kind.evidence else "none"
        approval = PARAMETERS[kind.parameter].default
        yield f"| `{kind.code}` | {kind.zh} / {kind.en} | {held} | {takes} | {approval} |"


def area_checks() -> Iterator[str]:
    """Give the table of the counter-checks of areas."""
    yield "| check | what | holds when | what to do | source |"
    yield "|---|---|---|---|---|"
    for rule in load_area_checks().rules.values():
        words = (f"{rule.title.zh} / {rule.title.en}", f"`{rule.said}`", f"{rule.advice.zh} / {rule.advice.en}")
        yield f"| {' | '.join((rule.code, *words, rule.source))} |"


def quality_rules() -> Iterator[str]:
    """Give the table of the rules of data quality."""
    yield "| rule | what | of a | holds when | level | refused at intake | what to do | source |"
    yield "|---|---|---|---|---|---|---|---|"
    for rule in load_quality().rules.values():
        cells = (
            rule.code,
            f"{rule.title.zh} / {rule.title.en}",
            rule.scope,
            f"`{rule.said}`",
            rule.level,
            "yes" * rule.at_intake,
            f"{rule.advice.zh} / {rule.advice.en}",
            rule.source,
        )
        yield f"| {' | '.join(cells)} |"


PARTS: dict[str, Callable[[], Iterator[str]]] = {
    "parameters": parameters,
    "datasets": datasets,
    "rules": rules,
    "steps": steps,
    "roster_units": roster_units,
    "roster_roles": roster_roles,
    "area_tags": area_tags,
    "role_scopes": role_scopes,
    "sign_in_reasons": sign_in_reasons,
    "staff_file": staff_file,
    "duties": duties,
    "change_kinds": change_kinds,
    "quality_rules": quality_rules,
    "area_checks": area_checks,
    "timeline": timeline,
    "indicators": indicators,
    "step_facts": step_facts,
    "hard_flaws": hard_flaws,
    "kinds": kinds.lines,
    "settings": settings_page.lines,
    "requirements": requirements.lines,
    "household_fields": lambda: fields_page.lines(HOUSEHOLD),
    "monitor_fields": lambda: fields_page.lines(MONITOR),
    "person_fields": lambda: fields_page.lines(PERSON),
    "income_fields": lambda: fields_page.lines(INCOME),
}


def renewed(page: str) -> str:
    """Give a page with its made parts as the declarations say today."""
    return _PART.sub(lambda found: found[1] + "\n".join(PARTS[found[2]]()) + "\n" + found[3], page)


def stale(root: Path = ROOT) -> dict[Path, str]:
    """Give the pages that differ from what the declarations say, as they should be."""
    pages = {path: path.read_text(encoding="utf-8") for path in sorted((root / "docs").rglob("*.md"))}
    changed = {path: new for path, old in pages.items() if (new := renewed(old)) != old}
    for name, text in statements.files().items():
        path = root / "docs" / "statements" / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            changed[path] = text
    return changed


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="renew the parts; default: only check")
    write = parser.parse_args().write
    pages = stale()
    for path, text in pages.items():
        print(f"{'renewed' if write else 'stale (make docs)'}: {path.relative_to(ROOT)}")
        if write:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return 0 if write else len(pages)


if __name__ == "__main__":
    sys.exit(main())
