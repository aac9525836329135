"""Whose each guarantee is. Pure.

Source: departments of the three guarantees and drinking water (三保障和饮水安全行业部门).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from contracts.vocabulary import Department, Guarantee

OWNERS: Final[Mapping[Guarantee, Department]] = {
    Guarantee.EDUCATION: Department.EDU,
    Guarantee.MEDICAL: Department.MED,
    Guarantee.HOUSING: Department.HOU,
    Guarantee.WATER: Department.WAT,
}
"""What a household lacks of a guarantee is this department's to mend."""
