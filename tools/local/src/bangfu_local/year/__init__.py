"""A synthetic county's whole year on a moved clock: what must be done by a day, who was late; every claim checked."""

from bangfu_local.year.flow import run_year
from bangfu_local.year.options import YearOptions
from bangfu_local.year.report import YearReport

__all__ = ["YearOptions", "YearReport", "run_year"]
