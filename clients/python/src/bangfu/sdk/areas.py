"""Areas of the tree, and what they were designated as."""

from __future__ import annotations

from datetime import date

from bangfu.sdk.models import Answer


class AreaLink(Answer):
    """An area that another one came from, or went into, and the first day of what came after."""

    code: str
    on: date


class Area(Answer):
    """An area of the tree, from province to village."""

    code: str
    name: str
    level: str | None = None
    parent_code: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    tags: list[str] = []
    predecessors: list[AreaLink] = []
    successors: list[AreaLink] = []


class AreaTag(Answer):
    """What an area was designated as."""

    tag: str
    tag_label: str
    first_on: date
    last_on: date | None = None
    source_document: str


class AreaTags(Answer):
    """Tags of an area, over or not."""

    items: list[AreaTag]
