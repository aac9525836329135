"""Optimistic concurrency with ETag and If-Match (RFC 9110 §13): two people never overwrite each other unseen."""

from __future__ import annotations

from servicekit.problems import PreconditionFailed, PreconditionRequired


def etag_of(version: int) -> str:
    """Give the strong ETag of a row version."""
    return f'"v{version}"'


def require_match(if_match: str | None, version: int) -> None:
    """Check that the caller saw `version`.

    Raises:
        PreconditionRequired: without If-Match.
        PreconditionFailed: when the object has another version now; the problem names it.
    """
    if if_match is None:
        raise PreconditionRequired("send If-Match with the ETag that you read")
    wanted = {tag.strip() for tag in if_match.split(",")}
    if "*" not in wanted and etag_of(version) not in wanted:
        raise PreconditionFailed("the object has changed since you read it", current_etag=etag_of(version))
