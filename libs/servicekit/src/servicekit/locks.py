"""Advisory locks of PostgreSQL: every number and every name, and what each one guards, within one database."""

from __future__ import annotations

from enum import IntEnum, StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from servicekit.db import execute


class Lock(IntEnum):
    """A lock that a database has once."""

    RELAY = 7_205_759_401  # a session's: the one relay that publishes the outbox
    BUS_TABLES = 7_205_759_402  # making the embedded bus's tables
    MIGRATION = 7_205_759_403  # a session's: one migration at a time
    AUDIT_APPEND = 7_205_759_404  # gateway: shared by appends; the number stands in audit_append() too
    AUDIT_SEAL = 7_205_759_405  # gateway: one sealer
    SIGNING_KEYS = 7_205_759_406  # gateway: one replica decides about keys
    IMPORT = 7_205_759_410  # registry: imports and registrations, which may name the same persons
    FEED = 7_205_759_411  # alerts: whoever gives positions commits before the next one does
    AREAS = 7_205_759_412  # registry: imports of areas
    RUN_CLAIM = 7_205_759_413  # sharing: one worker takes a comparison run at a time
    DUTIES = 7_205_759_414  # sharing: one worker compares what is to be done with what was announced
    ROSTER = 7_205_759_416  # registry: one file of the roster at a time
    QUALITY = 7_205_759_417  # registry: one look at the quality of households at a time
    LABELS = 7_205_759_419  # registry: one worker gives households their labels
    CALENDARS = 7_205_759_415  # registry: one worker looks which years' holidays are known


class LockOn(StrEnum):
    """A lock that there is for each of many things: `of` makes one out of it."""

    KEYS = "key_use"  # a purpose of keys
    REGION = "policy"  # registry: versions of a region's policy profile
    UNMASKING = "unmask"  # registry: a client's unmaskings
    IDENTITY_MATCH = "identity_match"  # registry: how often a client was told that somebody is registered
    ENDINGS = "endings"  # registry: a township's households that leave monitoring, which are counted
    QUALITY_RUN = "quality_run"  # registry: an area, of which one run of data quality waits
    COLLECTIVE = "collective"  # registry: a village of which it is recorded what it distributed
    COHORTS = "cohorts"  # registry: a village whose income plans are counted
    AREA_CHECKS = "area_checks"  # registry: a county, of which one look at its areas runs
    CAMPAIGNS = "campaigns"  # registry: a kind of campaigns, of which one at a time runs somewhere
    RENOVATION_TARGET = "renovation_target"  # registry: a county's year, whose targets are counted in versions
    EXCLUSIONS = "exclusions"  # alerts: a township's clues that are excluded, which are counted
    DELIVERY = "delivery"  # sharing: dataset, period and area, of which one delivery counts
    RULE = "rule"  # sharing: a rule about which somebody decides
    RUN = "comparison_run"  # sharing: a period and area, of which one comparison waits


BUS_GROUP = 72_057_594  # the first number of a pair: a group's member that reads a topic of the embedded bus


async def lock(session: AsyncSession, which: Lock) -> None:
    """Take a lock until the transaction ends."""
    await execute(session, "SELECT pg_advisory_xact_lock(:key)", {"key": int(which)})


async def lock_on(session: AsyncSession, kind: LockOn, *of: str) -> None:
    """Take the lock on one thing until the transaction ends."""
    await execute(
        session, "SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))", {"name": "|".join([kind.value, *of])}
    )


async def try_lock(session: AsyncSession, which: Lock) -> bool:
    """Take a lock until the transaction ends, unless somebody has it; tell whether it was free."""
    cursor = await execute(session, "SELECT pg_try_advisory_xact_lock(:key)", {"key": int(which)})
    [(is_free,)] = await cursor.fetchall()
    return bool(is_free)
