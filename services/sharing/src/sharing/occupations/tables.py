"""Tables of occupations: a row a month and person, and what is known of each village."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Column, DateTime
from sqlmodel import Field

from servicekit.tables import Base


class Occupation(Base, table=True):
    """What the lists of a month say of a member of a former poor or monitored household.

    Attributes:
        posts, rangers: Posts held at the end of the month, and those as a forest ranger among them apart.
        is_enrolled: Went on to a school or training after `left_school_on`, or is on a school's roll.
    """

    __tablename__ = "occupation"

    period: str = Field(primary_key=True)
    household_id: str = Field(primary_key=True)
    person_id: str = Field(primary_key=True)
    area_code: str
    is_working: bool
    posts: int
    rangers: int
    left_school_on: date | None = None
    is_enrolled: bool
    trained_until: date | None = None
    at_work_since: date | None = None


class OccupationVillage(Base, table=True):
    """What the newest whole comparison of a month knows of a village: where a list is missing, nothing is zero.

    Attributes:
        knows_work, knows_posts, knows_leavers, knows_income: Whether the lists (the incomes) that say it are there.
        post_stay_months, leaver_months, stable_work_months: The policy parameters by which it was asked.
    """

    __tablename__ = "occupation_village"

    area_code: str = Field(primary_key=True)
    period: str = Field(primary_key=True)
    run_id: str
    told_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    knows_work: bool
    knows_posts: bool
    knows_leavers: bool
    knows_income: bool
    post_stay_months: int
    leaver_months: int
    stable_work_months: int
