"""Use cases of attachments: keeping one, listing, looking, and sealing their keys again."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from registry.attachments import rules, store
from registry.attachments.problems import (
    AttachmentHashWrong,
    AttachmentIsEvidence,
    AttachmentNotFound,
    AttachmentNotYours,
    AttachmentsFull,
    AttachmentStays,
    AttachmentTypeRefused,
)
from registry.attachments.schemas import AttachmentList, AttachmentOut, RemovedOut, UseKind
from registry.attachments.tables import Attachment, AttachmentLook
from registry.attachments.timeline import TIMELINE
from registry.households import service as households
from registry.policy import service as policy
from registry.settings import IdentityKeys, Quota
from servicekit import clock, ids
from servicekit.auth import Principal
from servicekit.crypto import FieldCipher

__all__ = [
    "TIMELINE", "Sent", "UseKind", "hold", "keep", "look", "name", "of_household", "opened", "renew_keys", "sealed",
    "sealed_with", "take_back",
]  # fmt: skip

hold = store.hold
sealed_with = store.sealed_with
_KEY_BYTES = 32


@dataclass(frozen=True)
class Sent:
    """A file as it was sent: the hash of its address, what its Content-Type says, its bytes."""

    sha256: str
    media_type: str
    data: bytes


def sealed(keys: IdentityKeys, household_id: UUID, sent: Sent) -> tuple[str, bytes]:
    """Seal a file with a key of its own, and that key with the service's: a rotation renews keys, not files.

    Raises:
        AttachmentTypeRefused: nothing that an attachment may be, or not what its Content-Type says.
        AttachmentHashWrong
    """
    if rules.media_type_of(sent.data) != sent.media_type:
        raise AttachmentTypeRefused(
            "the bytes are not what the Content-Type says", headers={"Accept": ", ".join(rules.MEDIA_TYPES)}
        )
    if hashlib.sha256(sent.data).hexdigest() != sent.sha256:
        raise AttachmentHashWrong("the bytes have another SHA-256")
    key, place = os.urandom(_KEY_BYTES), _place(household_id, sent.sha256)
    return keys.cipher.encrypt(base64.b64encode(key).decode(), place), FieldCipher(key).seal(sent.data, place)


async def keep(
    session: AsyncSession, principal: Principal, household_id: UUID, sent: Sent, box: tuple[str, bytes], *, most: int
) -> tuple[AttachmentOut, bool]:
    """Keep a file for a household, once for each hash; tell whether it is new.

    Args:
        box: The file's sealed key and its sealed bytes.
        most: Attachments that a household may have.

    Raises:
        HouseholdNotFound
        AttachmentsFull
    """
    await households.require(session, principal, str(household_id), lock=True)
    there = await store.shown(session, household_id, sent.sha256)
    if there is not None:
        return AttachmentOut.model_validate(there._mapping), False
    if await store.count(session, household_id) >= most:
        raise AttachmentsFull(f"a household has at most {most} attachments", limit=most)
    sealed_key, data = box
    attachment = Attachment(
        household_id=household_id,
        sha256=sent.sha256,
        media_type=sent.media_type,
        size_bytes=len(sent.data),
        sealed_key=sealed_key,
        data=data,
        kept_at=clock.now(),
        kept_by=principal.actor,
    )
    session.add(attachment)
    await session.flush()
    return AttachmentOut.model_validate(attachment.model_dump(exclude={"data"}) | {"named_by": []}), True


async def of_household(session: AsyncSession, principal: Principal, household_id: UUID) -> AttachmentList:
    """Give what is told about a household's attachments.

    Raises:
        HouseholdNotFound
    """
    await households.require(session, principal, str(household_id))
    return AttachmentList(
        items=[AttachmentOut.model_validate(row._mapping) for row in await store.of_household(session, household_id)],
        removed=[RemovedOut.model_validate(row._mapping) for row in await store.removed(session, household_id)],
    )


async def name(
    session: AsyncSession, household_id: UUID, hashes: Collection[str], kind: UseKind, subject_id: str
) -> None:
    """Keep that something names attachments: they are evidence from now on.

    A verification of a clue is told of later: what it names may come still, and is evidence when it does.
    """
    if hashes:
        await store.use(session, household_id, sorted(set(hashes)), (kind.value, subject_id), clock.now())


async def take_back(session: AsyncSession, principal: Principal, household_id: UUID, sha256: str) -> None:
    """Delete an attachment that was sent by mistake, and keep that there was one.

    Raises:
        HouseholdNotFound, HouseholdEnded, AttachmentNotFound
        AttachmentNotYours: somebody else sent it.
        AttachmentIsEvidence: something names it.
        AttachmentStays: it was sent too long ago (policy).
    """
    household = await households.require_active(session, principal, str(household_id))
    home = await store.lock(session, household_id, sha256)
    there = None if home is None else await store.shown(session, household_id, sha256)
    if home is None or there is None:
        raise AttachmentNotFound("the household has no such attachment")
    if there.kept_by != principal.actor:
        raise AttachmentNotYours("somebody else sent it")
    if there.named_by:
        kinds = sorted({use["kind"] for use in there.named_by})
        raise AttachmentIsEvidence(f"it is named by: {', '.join(kinds)}", named_by=kinds)
    parameters = await policy.parameters_for(session, household.village_code, clock.today())
    days = parameters.whole("episodes.attachment_days")
    if clock.now() >= there.kept_at + timedelta(days=days):
        raise AttachmentStays(f"it was sent more than {days} days ago", days=days)
    await store.take_back(session, home, sha256, clock.now())


async def look(
    session: AsyncSession, principal: Principal, household_id: UUID, sha256: str, purpose_code: str, *, quota: Quota
) -> Attachment:
    """Give an attachment to be opened; the look is recorded before it is shown.

    Raises:
        HouseholdNotFound, AttachmentNotFound
        TooManyUnmaskings, QuotaUsedUp: `households.looks.require`.
    """
    await households.require(session, principal, str(household_id))
    attachment = await store.whole(session, household_id, sha256)
    if attachment is None:
        raise AttachmentNotFound("the household has no such attachment")
    await households.looks.require(session, principal, quota)
    session.add(
        AttachmentLook(
            id=UUID(ids.new_id()),
            household_id=household_id,
            sha256=sha256,
            actor=principal.actor,
            purpose_code=purpose_code,
            looked_at=clock.now(),
        )
    )
    return attachment


def opened(keys: IdentityKeys, attachment: Attachment) -> bytes:
    """Give the bytes of an attachment.

    Raises:
        DecryptionError: they are damaged, or stand in another's place.
    """
    place = _place(attachment.household_id, attachment.sha256)
    key = base64.b64decode(keys.cipher.decrypt(attachment.sealed_key, place))
    return FieldCipher(key).unseal(attachment.data, place)


async def renew_keys(
    session: AsyncSession, cipher: FieldCipher, after: str | None, limit: int
) -> tuple[str | None, int]:
    """Seal the next files' keys with the current key; give where that ended (None: all are) and how many."""
    household_id, _, sha256 = (after or "").partition("|")
    rows = await store.sealed_otherwise(session, cipher.prefix, (household_id or None, sha256), limit)
    renewed = [
        {
            "household_id": row.household_id,
            "sha256": row.sha256,
            "sealed_key": cipher.renew(row.sealed_key, _place(row.household_id, row.sha256)),
        }
        for row in rows
    ]
    if renewed:
        await store.write_keys(session, renewed)
    return (f"{rows[-1].household_id}|{rows[-1].sha256}" if rows else None), len(rows)


def _place(household_id: UUID, sha256: str) -> str:
    """Give what a file and its key are bound to, so that nobody exchanges them unnoticed."""
    return f"attachment|{household_id}|{sha256}"
