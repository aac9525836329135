"""Who may supervise a unit. Pure."""

from __future__ import annotations

from servicekit import areas


def seat_of(area_code: str, department: str | None) -> str:
    """Give the area that whoever supervises a unit must cover.

    A department is supervised from its own area, a township, county or city from the area above it: nobody takes their
    own unit off the list.
    """
    return area_code if department is not None else areas.parent_of(area_code) or areas.NATION
