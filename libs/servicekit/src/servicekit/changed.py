"""What a feed of changes is asked by, and what it says besides its items (`servicekit.changes`). Pure."""

from __future__ import annotations

from pydantic import BaseModel, Field

from servicekit.body import Body


class ChangesQuery(Body):
    """From where on, and where, changes are told."""

    changed_since: str | None = Field(
        default=None, max_length=512, description="of the page before; without it everything is told, as it is now"
    )
    area: str | None = Field(default=None, pattern=r"^\d{12}$", description="only this area's subtree")
    limit: int = Field(default=100, ge=1, le=200, description="items a page")


class Changes(BaseModel):
    """What besides the changed items a page of changes says."""

    gone: list[str] = Field(description="已移出 / ids of what the caller does not see any more: drop them")
    changed_since: str = Field(description="to go on from, once this page is kept")
    is_more: bool = Field(description="more has changed already: ask again at once")
