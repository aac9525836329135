"""What every list is asked by. Pure."""

from __future__ import annotations

from pydantic import Field

from servicekit.body import Body


class PageQuery(Body):
    """The query of a list; lists add what they filter by. Unknown parameters are refused."""

    cursor: str | None = Field(default=None, max_length=512, description="next_cursor of the page before")
    limit: int = Field(default=20, ge=1, le=200, description="items a page")
