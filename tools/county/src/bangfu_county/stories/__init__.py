"""Hardship that is planted on purpose, and the near-misses beside it: one small function a story.

Every story asks for a household (`Wish`), receives it quiet - insured, at school, well housed, earning well - and
changes just what it is about.
"""

from bangfu_county.stories import education, housing, income, medical, relief
from bangfu_county.stories.book import Mark, Scene, Story, Wish

STORIES: tuple[Story, ...] = (
    *education.BOOK.stories,
    *medical.BOOK.stories,
    *relief.BOOK.stories,
    *housing.BOOK.stories,
    *income.BOOK.stories,
)

__all__ = ["STORIES", "Mark", "Scene", "Story", "Wish"]
