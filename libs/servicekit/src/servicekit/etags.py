"""Optimistic concurrency with ETag and If-Match (RFC 9110 §13): two people never overwrite each other unseen."""

from __future__ import annotations

import re

from servicekit.problems import PreconditionFailed, PreconditionRequired

_OF_A_GET = re.compile(r'(?<=\d)-[0-9a-f]+"$')


def etag_of(version: int) -> str:
    """Give the strong ETag of a row version."""
    return f'"v{version}"'


def tagged(version: str, digest: str) -> str:
    """Give the strong ETag of what a GET shows: of a row version (empty for none), with all that stands beside it."""
    return f'{version[:-1]}-{digest}"' if version else f'"{digest}"'


def require_match(if_match: str | None, version: int) -> None:
    """Check that the caller saw `version`.

    Raises:
        PreconditionRequired: without If-Match.
        PreconditionFailed: when the object has another version now; the problem names it.
    """
    if if_match is None:
        raise PreconditionRequired("send If-Match with the ETag that you read")
    # Of the tag of a GET the version counts: what else it showed may have changed meanwhile.
    wanted = {_OF_A_GET.sub('"', tag.strip()) for tag in if_match.split(",")}
    if "*" not in wanted and etag_of(version) not in wanted:
        raise PreconditionFailed("the object has changed since you read it", current_etag=etag_of(version))
