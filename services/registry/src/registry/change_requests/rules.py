"""When a change may be asked for, who decides about it, what has come between, and how it is shown. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, Literal

from contracts.errors import FieldError
from contracts.fields import HOUSEHOLD, PERSON, unmasked
from contracts.parameters import Profile
from contracts.vocabulary import Guarantee, Sex
from registry.change_requests import contents, texts
from registry.change_requests.contents import HEAD, STATUS, Content
from registry.change_requests.kinds import Kind
from registry.continued import MoverIn
from registry.household import NEWBORN_DAYS, MemberIn
from servicekit.identity import mask_id_no, mask_name, mask_phone

Level = Literal["township", "county"]
DUTIES: Final[Mapping[str, str]] = {"township": "R01", "county": "R02"}
"""The kind of duty of whoever decides."""


def fault(key: str, pointer: str, **values: str) -> FieldError:
    """Give one of `texts.REFUSALS` as the fault of a value."""
    return FieldError.told(texts.REFUSALS, key, pointer, **values)


@dataclass(frozen=True)
class Someone:
    """A member as the rules need him or her."""

    name: str
    has_number: bool
    birth_date: date
    sex: Sex
    came_on: date | None = None


@dataclass(frozen=True)
class Asked:
    """What somebody asks for: of which kind, when it happened, with which evidence."""

    kind: Kind
    content: Content
    occurred_on: date
    evidence: Sequence[str] = ()


def faults(asked: Asked, members: Mapping[str, Someone], kept: Collection[str], today: date) -> list[FieldError]:
    """Give what is wrong with a request; whether the household would hold together, applying it tells.

    Args:
        members: The active members of the household, by id.
        kept: Those of the evidence's hashes that the household has.
    """
    found = [fault("occurred_on.future", "/occurred_on")] if asked.occurred_on > today else []
    if len(asked.evidence) < asked.kind.evidence:
        found.append(fault("evidence.missing", "/evidence", zh=asked.kind.shows.zh, en=asked.kind.shows.en))
    found += [
        fault("evidence.unknown", f"/evidence/{place}")
        for place, sha256 in enumerate(asked.evidence)
        if sha256 not in kept
    ]
    return found + _of_content(asked, members)


def _of_content(asked: Asked, members: Mapping[str, Someone]) -> list[FieldError]:
    content, day = asked.content, asked.occurred_on
    match content:
        case contents.Newcomer(member=MemberIn() as member) | contents.Incomer(member=MemberIn() as member):
            return _of_newcomer(member, asked, members.values())
        case contents.Dead():
            return [
                *_of_leaver(content.person_id, day, members),
                *_of_relations(content.relations, members, {content.person_id}),
            ]
        case contents.Relations():
            return _of_relations(content.relations, members, ())
        case contents.Split():
            going = {mover.id for mover in content.members}
            return _of_relations(content.relations, members, going)
        case contents.Number() | contents.Correction():
            whom = members.get(content.person_id)
            if whom is None:
                return [fault("person.unknown", "/content/person_id")]
            if isinstance(content, contents.Number) and whom.has_number:
                return [fault("person.has_number", "/content/person_id")]
            return [fault("occurred_on.before_birth", "/occurred_on")] if day < whom.birth_date else []
    return []


def _of_newcomer(member: MemberIn, asked: Asked, there: Collection[Someone]) -> list[FieldError]:
    found = []
    if asked.occurred_on < member.birth_date:
        found.append(fault("occurred_on.before_birth", "/occurred_on"))
    elif asked.kind.content == "newcomer" and (asked.occurred_on - member.birth_date).days > NEWBORN_DAYS:
        found.append(fault("member.not_newborn", "/content/member/birth_date"))
    who = (member.name, member.birth_date, member.sex)
    if any(who == (one.name, one.birth_date, one.sex) for one in there):
        found.append(fault("person.duplicate", "/content/member"))
    return found


def _of_leaver(person_id: str, day: date, members: Mapping[str, Someone]) -> list[FieldError]:
    whom = members.get(person_id)
    if whom is None:
        return [fault("person.unknown", "/content/person_id")]
    if day < whom.birth_date:
        return [fault("occurred_on.before_birth", "/occurred_on")]
    if whom.came_on is not None and day < whom.came_on:
        return [fault("occurred_on.before_joining", "/occurred_on")]
    return []


def _of_relations(
    relations: Sequence[MoverIn], members: Mapping[str, Someone], leaving: Collection[str]
) -> list[FieldError]:
    found, named = [], set[str]()
    for place, mover in enumerate(relations):
        pointer = f"/content/relations/{place}/id"
        if mover.id in leaving:
            found.append(fault("relations.leaves", pointer))
        elif mover.id not in members:
            found.append(fault("person.unknown", pointer))
        elif mover.id in named:
            found.append(fault("relations.duplicate", pointer))
        named.add(mover.id)
    return found


# What the register says of a change as it would take it, told where the request has it.
_NEW_MEMBER = "/members/0/"
_WITHIN = ("/village_code", "/relations", "/members/", "/hh_no")


def pointed(content: Content, found: Sequence[FieldError]) -> list[FieldError]:
    """Give the faults of applying a request with pointers into the request."""
    return [replace(each, pointer=_pointer(content, each)) for each in found]


def _pointer(content: Content, found: FieldError) -> str:
    at = found.pointer
    if at.startswith(("/occurred_on", "/content")):
        return at
    if at == "path:year":
        return "/content/year"
    if found.code.startswith("household."):  # who is head, who is whose spouse: of everybody together
        return "/content/member/relation" if isinstance(content, contents.Newcomer) else "/content/relations"
    is_new = isinstance(content, contents.Newcomer | contents.Incomer)
    if is_new and at.startswith(_NEW_MEMBER):
        rest = at.removeprefix(_NEW_MEMBER)
        has_member = getattr(content, "member", None) is not None
        return f"/content/member/{rest}" if has_member else f"/content/person/{rest}"
    if isinstance(content, contents.Dead | contents.Number | contents.Correction) and at.startswith(_NEW_MEMBER):
        rest = at.removeprefix(_NEW_MEMBER)
        return "/content/person_id" if rest == "id" else f"/content/{rest}"
    return f"/content{at}"


def level(kind: Kind, profile: Profile, village: str, target: str | None) -> Level | None:
    """Give who approves a change of this kind; a move out of the township is the county's. None: nobody has to.

    Args:
        village: Where the household lives; `target` where it, or a part of it, goes.
    """
    said = profile.values[kind.parameter]
    if said == "none":
        return None
    if said == "county" or (target is not None and target[:9] != village[:9]):
        return "county"
    return "township"


def deciding_area(level: Level, village: str) -> str:
    """Give the area that whoever decides must have whole."""
    return f"{village[:9]}000" if level == "township" else f"{village[:6]}000000"


def target_of(content: Content) -> str | None:
    """Give the village that a household, or a part of it, goes to; None: it stays."""
    return content.village_code if isinstance(content, contents.Move | contents.Split) else None


def contested(seen: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Give the paths whose value is another than when the request was made."""
    return sorted(path for path in seen if seen[path] != now.get(path))


_TITLES = {
    STATUS: ("在册状态", "whether the household goes on"),
    HEAD: ("户主", "the head"),
    "home": ("所属户", "household of the member"),
    "relation": ("与户主关系", "relation to the head"),
    "identity": ("证件信息", "who the member is"),
}


def title_of(path: str) -> str:
    """Give the Chinese and English title of a path."""
    subject, _, what = path.partition(".")
    if subject == "income":
        return texts.INCOME.format(year=what)
    if subject == "guarantee":
        return f"{Guarantee(what).label} / {Guarantee(what).english}"
    known = _TITLES.get(path) or _TITLES.get(path.rpartition(".")[2])
    if known is None:
        field = next(field for field in HOUSEHOLD if field.name == path.rpartition(".")[2])
        known = (field.zh, field.en)
    return " / ".join(known)


_MASKED = {field.name: field for field in unmasked((*HOUSEHOLD, *PERSON))}
_MASKS = {"name": mask_name, "phone": mask_phone}


def masked(value: Any, today: date) -> Any:
    """Give a document as it may be shown: names, numbers, telephones and addresses masked, of births the year."""
    if isinstance(value, dict):
        return {
            name: _hidden(name, item, today) if name in _MASKED and isinstance(item, str) else masked(item, today)
            for name, item in value.items()
        }
    return [masked(item, today) for item in value] if isinstance(value, list) else value


def _hidden(name: str, text: str, today: date) -> str:
    if _MASKED[name].is_coarse:
        return text[:4]
    if name == "id_no":
        # Of who was born this year not even the first six: its year has had few days yet.
        return "*" * len(text) if text[6:10] == str(today.year) else mask_id_no(text)
    return _MASKS[name](text) if name in _MASKS else "*" * len(text)


def shown_path(path: str, value: Any, today: date) -> Any:
    """Give the value of a path as it may be shown."""
    name = path.rpartition(".")[2]
    return masked({name: value}, today)[name]
