"""Tables of every service that owns indicators; its migration makes them. A frozen run is never changed."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Column, DateTime, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from servicekit.messaging_tables import Executes
from servicekit.tables import Base


def _instant(*, nullable: bool = False) -> Any:
    return Field(default=None, sa_column=Column(DateTime(timezone=True), nullable=nullable))


class IndicatorRun(Base, table=True):
    """A computation of an indicator for a period.

    Attributes:
        request_id: The recomputation that asked for it; none: the calendar.
        version, as_of, computed_at: Once it was computed.
    """

    __tablename__ = "indicator_run"

    id: str = Field(sa_column=Column(Uuid(as_uuid=False), primary_key=True))
    indicator_id: str
    period: str
    request_id: str | None = Field(default=None, sa_column=Column(Uuid(as_uuid=False)))
    why: str
    asked_at: datetime = _instant()
    failed_at: datetime | None = _instant(nullable=True)
    version: int | None = None
    as_of: date | None = None
    computed_at: datetime | None = _instant(nullable=True)


class IndicatorMember(Base, table=True):
    """A row behind a number, as it was when it was computed; never changed."""

    __tablename__ = "indicator_member"

    run_id: str = Field(sa_column=Column(Uuid(as_uuid=False), primary_key=True))
    subject_id: str = Field(primary_key=True)
    area_code: str
    household_id: str | None = None
    breakdowns: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    numerator: Decimal
    denominator: Decimal | None = None


class IndicatorValue(Base, table=True):
    """What the members of a run come to in an area, whole and by the parts of each dimension."""

    __tablename__ = "indicator_value"

    run_id: str = Field(sa_column=Column(Uuid(as_uuid=False), primary_key=True))
    area_code: str = Field(primary_key=True)
    dimension: str = Field(primary_key=True)
    part: str = Field(primary_key=True)
    numerator: Decimal
    denominator: Decimal | None = None


_CREATE = """
CREATE TABLE indicator_run (
    id           uuid PRIMARY KEY,
    indicator_id text NOT NULL,
    period       text NOT NULL,
    request_id   uuid,
    why          text NOT NULL,
    asked_at     timestamptz NOT NULL,
    failed_at    timestamptz,
    version      int CHECK (version >= 1),
    as_of        date,
    computed_at  timestamptz,
    CONSTRAINT indicator_run_computed_check CHECK (
        (version IS NULL) = (computed_at IS NULL) AND (version IS NULL) = (as_of IS NULL)),
    CONSTRAINT indicator_run_indicator_id_period_version_key UNIQUE (indicator_id, period, version)
);
COMMENT ON TABLE indicator_run IS 'A computation that the calendar (without a request) or somebody asked for.';
CREATE UNIQUE INDEX indicator_run_calendar_key ON indicator_run (indicator_id, period) WHERE request_id IS NULL;
CREATE UNIQUE INDEX indicator_run_request_key ON indicator_run (request_id, indicator_id) WHERE request_id IS NOT NULL;
CREATE INDEX indicator_run_waiting_idx ON indicator_run (id) WHERE computed_at IS NULL;

CREATE TABLE indicator_member (
    run_id       uuid NOT NULL REFERENCES indicator_run (id),
    area_code    text COLLATE "C" NOT NULL,
    subject_id   text COLLATE "C" NOT NULL,
    household_id text,
    breakdowns   jsonb NOT NULL,
    numerator    numeric NOT NULL,
    denominator  numeric,
    PRIMARY KEY (run_id, subject_id)
);
CREATE INDEX indicator_member_run_id_area_code_idx ON indicator_member (run_id, area_code, subject_id);
COMMENT ON TABLE indicator_member IS 'The rows behind a number, as they were when it was computed; never changed.';

CREATE TABLE indicator_value (
    run_id      uuid NOT NULL REFERENCES indicator_run (id),
    area_code   text COLLATE "C" NOT NULL,
    dimension   text NOT NULL,
    part        text NOT NULL,
    numerator   numeric NOT NULL,
    denominator numeric,
    PRIMARY KEY (run_id, area_code, dimension, part)
);
COMMENT ON TABLE indicator_value IS 'What the members of a run come to, and what is counted without members.';

CREATE FUNCTION indicator_notify() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_notify('indicators', ''); RETURN NULL; END $$;
CREATE TRIGGER indicator_notify AFTER INSERT ON indicator_run FOR EACH STATEMENT EXECUTE FUNCTION indicator_notify();
"""

_DROP = """
DROP TABLE indicator_value; DROP TABLE indicator_member; DROP TABLE indicator_run; DROP FUNCTION indicator_notify();
"""


def create(op: Executes) -> None:
    """Create the tables; call it from a migration of the service."""
    op.execute(_CREATE)


def drop(op: Executes) -> None:
    """Drop the tables."""
    op.execute(_DROP)
