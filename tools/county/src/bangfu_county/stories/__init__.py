"""Hardship that is planted on purpose, and the near-misses beside it: one row a story.

Every story asks for a household (`Wish`), receives it quiet - insured, at school, well housed, earning well - and
changes just what it is about.
"""

from bangfu_county.stories import (
    counters,
    disability,
    disaster,
    education,
    employment,
    health,
    housing,
    income,
    medical,
    police,
    projects,
    protection,
    relief,
    student_aid,
    water,
    water_events,
)
from bangfu_county.stories.book import Scene, Story, Wish

STORIES: tuple[Story, ...] = (
    *education.STORIES,
    *medical.STORIES,
    *relief.STORIES,
    *housing.STORIES,
    *income.STORIES,
    *health.STORIES,
    *disability.STORIES,
    *water.STORIES,
    *water_events.STORIES,
    *employment.STORIES,
    *student_aid.STORIES,
    *protection.STORIES,
    *disaster.STORIES,
    *police.STORIES,
    *counters.STORIES,
    *projects.STORIES,
)

__all__ = ["STORIES", "Scene", "Story", "Wish"]
