"""Tables every service has: outbox, inbox, idempotency. Created by the service's first migration."""

from __future__ import annotations

from typing import Protocol


class Executes(Protocol):
    """What of Alembic's `op` is needed here: the module itself, or an `Operations` object."""

    def execute(self, sqltext: str) -> None:
        """Run SQL."""
        ...


_CREATE = """
CREATE TABLE outbox (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id     uuid NOT NULL DEFAULT uuidv7(),
    topic        text NOT NULL,
    key          text NOT NULL,
    type         text NOT NULL,
    time         timestamptz NOT NULL DEFAULT now(),
    traceparent  text,
    data         json NOT NULL,
    published_at timestamptz
);
-- The relay reads what is not published yet; a growing history costs it nothing.
CREATE INDEX outbox_unpublished_idx ON outbox (id) WHERE published_at IS NULL;
CREATE INDEX outbox_published_at_idx ON outbox USING brin (published_at);

-- One notification a statement: a NOTIFY for each row costs writers a third of their speed.
CREATE FUNCTION outbox_notify() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_notify('outbox', ''); RETURN NULL; END $$;
CREATE TRIGGER outbox_notify AFTER INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION outbox_notify();

CREATE TABLE inbox (
    consumer    text NOT NULL,
    source      text NOT NULL,
    event_id    text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, source, event_id)
);
CREATE INDEX inbox_received_at_idx ON inbox USING brin (received_at);

CREATE TABLE idempotency (
    client_id    text NOT NULL,
    route        text NOT NULL,
    key          text NOT NULL,
    fingerprint  text NOT NULL,
    status       int NOT NULL,
    body         json NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (client_id, route, key)
);
CREATE INDEX idempotency_created_at_idx ON idempotency (created_at);
"""

_DROP = """
DROP TABLE idempotency; DROP TABLE inbox; DROP TABLE outbox; DROP FUNCTION outbox_notify();
"""


def create(op: Executes) -> None:
    """Create the messaging tables; call it from a service's first revision."""
    op.execute(_CREATE)


def drop(op: Executes) -> None:
    """Drop the messaging tables."""
    op.execute(_DROP)
