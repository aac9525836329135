"""What a notice may say. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from contracts.errors import FieldError
from contracts.id_numbers import carries_id_number
from registry.notices.kinds import Kind

_ADULT_AT = 18
# Longer than the years and amounts in a name of a project: a telephone or an account.
_NUMBER = re.compile(r"\d(?:[\s\-·.]*\d){9,}")

TEXTS = {
    "kind.episodes": "这类公告须写明 episode_ids,不写 entries / this kind names episodes and no entries",
    "kind.entries": "这类公告须写明 entries,不写 episode_ids / this kind has entries and names no episodes",
    "days.order": "结束日期早于开始日期 / it ends before it begins",
    "days.short": "公示须满 {days} 天(首日不计) / it hangs for {days} whole days, the first not counted",
    "text.number": "公告内容不得含证件号码、电话或账号 / no number of a person, telephone or account",
    "episode.unknown": "本辖区没有这个个案 / no such episode within your areas",
    "episode.elsewhere": "该户不在公告的地区内 / the household does not live in the area of the notice",
    "episode.state": "个案处于“{zh}”,不能列入此公告 / the episode is {en} and does not belong in this notice",
    "episode.repeated": "同一个案列了两次 / the same episode twice",
}


def fault(key: str, pointer: str, **values: object) -> FieldError:
    """Say what is wrong with a notice; `key` is one of `TEXTS`."""
    return FieldError.told(TEXTS, key, pointer, **values)


def has_number(text: str) -> bool:
    """Tell whether a text has so long a number that it may be of a person, a telephone or an account."""
    return carries_id_number(text) or _NUMBER.search(unicodedata.normalize("NFKC", text)) is not None


def faults(
    kind: Kind, first_on: date, last_on: date, *, publicity_days: int, has_episodes: bool, has_entries: bool
) -> Iterator[FieldError]:
    """Give what is wrong with days and content.

    Args:
        publicity_days: Whole days that a notice hangs which asks for objections (policy clock.publicity_days).
    """
    if kind.is_about_households and (has_entries or not has_episodes):
        yield fault("kind.episodes", "/episode_ids")
    if not kind.is_about_households and (has_episodes or not has_entries):
        yield fault("kind.entries", "/entries")
    if last_on < first_on:
        yield fault("days.order", "/last_on")
    elif kind.asks and last_on < first_on + timedelta(days=publicity_days):
        yield fault("days.short", "/last_on", days=publicity_days)


def numbers(texts: Mapping[str, str | None]) -> Iterator[FieldError]:
    """Give the texts, by pointer, that hold a number which a notice must not show."""
    for pointer, text in texts.items():
        if text and has_number(text):
            yield fault("text.number", pointer)


def is_minor(birth_date: date | None, today: date) -> bool:
    """Tell whether somebody is under 18, or may be: no notice names a minor."""
    if birth_date is None:
        return True
    had_birthday = (today.month, today.day) >= (birth_date.month, birth_date.day)
    return today.year - birth_date.year - (not had_birthday) < _ADULT_AT
