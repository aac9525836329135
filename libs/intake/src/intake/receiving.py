"""A body of bytes, received: limited in size and slowness, hashed, handed over in blocks; nothing else waits for it."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

from starlette.requests import ClientDisconnect

from intake.refusals import (
    DIGEST_MALFORMED,
    DIGEST_MISMATCH,
    OF_BYTES,
    OF_CONTENT,
    OF_HEADERS,
    STALLED,
    TOO_LARGE,
    TRUNCATED,
    Reason,
    RefusedError,
)
from servicekit.problems import Problem

BLOCK_BYTES = 1 << 20
IDLE_S = 60.0  # longest silence of a sender
_GRACE_S, _SLOWEST_BYTES_S = 60.0, 1_000  # after a minute, on the average: a whole register would take days


@cache
def problems_of(prefix: str) -> Mapping[Reason, type[Problem]]:
    """Give a service's problems, one for each reason: their codes are `<prefix>.<reason>`."""
    return {
        reason: type(
            f"{prefix}.{reason.key}",
            (Problem,),
            {"code": f"{prefix}.{reason.key}", "title": reason.title, "status": reason.status, "advice": reason.advice},
        )
        for reason in (*OF_HEADERS, *OF_BYTES, *OF_CONTENT)
    }


@contextmanager
def refusals_as(prefix: str) -> Iterator[None]:
    """Turn refusals into the service's problems.

    Raises:
        Problem: of `problems_of`.
    """
    try:
        yield
    except RefusedError as refused:
        problem = problems_of(prefix)[refused.reason]
        raise problem(refused.detail, **refused.extensions) from refused


def sha256_of(content_digest: str | None) -> bytes | None:
    """Read the sha-256 of a Content-Digest header; None where it has none.

    Raises:
        RefusedError: DIGEST_MALFORMED
    """
    for member in (content_digest or "").split(","):
        name, _, value = member.strip().partition("=")
        if name.lower() != "sha-256":
            continue  # RFC 9530: algorithms that the recipient does not know are ignored
        try:
            digest = base64.b64decode(value.strip().removeprefix(":").removesuffix(":"), validate=True)
        except binascii.Error:
            digest = b""
        if len(digest) != 32 or not value.strip().startswith(":"):
            raise RefusedError(DIGEST_MALFORMED, "the sha-256 of Content-Digest is not readable")
        return digest
    return None


@dataclass(frozen=True)
class Received:
    """What came: its size in bytes and its hash, as it was sent."""

    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class Envelope:
    """What the headers say about the body's bytes: their number and their SHA-256, None where they say nothing."""

    length: int | None
    sha256: bytes | None

    @classmethod
    def of(cls, content_length: str | None, content_digest: str | None) -> Envelope:
        """Read the headers of these names.

        Raises:
            RefusedError: DIGEST_MALFORMED
        """
        is_told = content_length is not None and content_length.isdigit()
        return cls(int(content_length or 0) if is_told else None, sha256_of(content_digest))


async def receive(
    body: AsyncIterator[bytes],
    envelope: Envelope,
    take: Callable[[bytes], None],
    *,
    max_bytes: int,
    idle_s: float = IDLE_S,
) -> Received:
    """Hand the body to `take` in blocks, in a thread, while the next block arrives; never more than two blocks wait.

    Raises:
        RefusedError: of `OF_BYTES`, and what `take` raises.
    """
    digest, size_bytes = hashlib.sha256(), 0

    def feed(block: bytes) -> None:
        digest.update(block)
        take(block)

    if (envelope.length or 0) > max_bytes:
        raise RefusedError(TOO_LARGE, f"at most {max_bytes} bytes may be sent", limit_bytes=max_bytes)
    pieces: list[bytes] = []
    waiting = 0
    running: asyncio.Task[None] | None = None
    try:
        async for piece in _paced(body, idle_s):
            pieces.append(piece)
            waiting += len(piece)
            size_bytes += len(piece)
            if size_bytes > max_bytes:
                raise RefusedError(TOO_LARGE, f"at most {max_bytes} bytes may be sent", limit_bytes=max_bytes)
            if waiting >= BLOCK_BYTES:
                block, pieces, waiting = b"".join(pieces), [], 0
                if running is not None:
                    await running
                running = asyncio.create_task(asyncio.to_thread(feed, block))
        if running is not None:
            await running
            running = None
        if pieces:
            await asyncio.to_thread(feed, b"".join(pieces))
    finally:
        if running is not None and not running.done():
            await asyncio.wait({running})  # a thread cannot be cancelled; its files must not vanish under it
        if running is not None and not running.cancelled():
            running.exception()  # seen; an earlier error is already on its way
    if envelope.sha256 is not None and digest.digest() != envelope.sha256:
        raise RefusedError(DIGEST_MISMATCH, "the body's SHA-256 is not the one in Content-Digest")
    return Received(size_bytes, digest.hexdigest())


async def _paced(body: AsyncIterator[bytes], idle_s: float) -> AsyncIterator[bytes]:
    """Give the pieces of a body whose sender keeps sending."""
    iterator, size_bytes = aiter(body), 0
    waited_s = 0.0
    while True:
        asked = time.monotonic()
        try:
            async with asyncio.timeout(idle_s):
                piece = await anext(iterator)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            raise RefusedError(STALLED, f"nothing was received for {idle_s:.0f} s") from error
        except ClientDisconnect as error:
            raise RefusedError(TRUNCATED, "the connection ended before the body did") from error
        waited_s += time.monotonic() - asked
        size_bytes += len(piece)
        if waited_s > _GRACE_S and size_bytes < waited_s * _SLOWEST_BYTES_S:
            raise RefusedError(STALLED, f"less than {_SLOWEST_BYTES_S} bytes a second were received")
        yield piece
