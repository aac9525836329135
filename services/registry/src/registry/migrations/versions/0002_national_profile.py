"""Record the national policy profile that ships with the code, and announce it.

The values are read from `registry/policy/national.toml` as it is when the migration runs; a later
change of a number is a new profile version through the API, never an edit of this row.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from contracts.registry import PolicyProfileActivated
from registry.policy.defaults import national_profile

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Insert version 1 of the profile of region 000000000000 and its outbox row."""
    profile = national_profile()
    parameters = {name: _plain(value) for name, value in profile.parameters.items()}
    at = datetime.now(UTC)
    op.get_bind().execute(
        sa.text(
            "INSERT INTO policy_profile (region, version, effective_from, source_document, parameters, sources,"
            " recorded_at, recorded_by, activated_at) VALUES (:region, 1, :effective_from, :source_document,"
            " CAST(:parameters AS jsonb), CAST(:sources AS jsonb), :at, 'migration', :at)"
        ),
        {
            "region": profile.region,
            "effective_from": profile.effective_from,
            "source_document": profile.source_document,
            "parameters": json.dumps(parameters, ensure_ascii=False),
            "sources": json.dumps(profile.sources, ensure_ascii=False),
            "at": at,
        },
    )
    event = PolicyProfileActivated(
        region=profile.region,
        version=1,
        effective_from=profile.effective_from,
        source_document=profile.source_document,
        parameters=profile.parameters,
    )
    op.get_bind().execute(
        sa.text(
            "INSERT INTO outbox (topic, key, type, time, data) VALUES (:topic, :key, :type, :at, CAST(:data AS json))"
        ),
        {
            "topic": event.topic.name,
            "key": event.key,
            "type": event.event_type,
            "at": at,
            "data": event.model_dump_json(),
        },
    )


def _plain(value: object) -> str | bool:
    return value if isinstance(value, bool) else str(value)


def downgrade() -> None:
    """Remove the seeded version; profiles of regions stay."""
    op.execute("DELETE FROM policy_profile WHERE region = '000000000000' AND version = 1")
