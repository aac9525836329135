"""The tasks of a plan are subjects of their own: who does them, and what became of them.

Revision ID: 0027
"""

from __future__ import annotations

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_CREATE = """
CREATE TABLE plan_task (
    id           uuid NOT NULL,
    episode_id   uuid NOT NULL,
    household_id uuid NOT NULL,
    place        int,
    title        text NOT NULL,
    category     text,
    risk_types   text[] NOT NULL,
    department   text NOT NULL,
    person       text NOT NULL,
    due_on       date NOT NULL,
    state        text NOT NULL,
    done_on      date,
    evidence     text,
    obstacle     text,
    note         text,
    version      int NOT NULL,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    CONSTRAINT plan_task_pkey PRIMARY KEY (id),
    CONSTRAINT plan_task_episode_id_fkey FOREIGN KEY (episode_id) REFERENCES episode (id),
    CONSTRAINT plan_task_state_check CHECK (state IN ('open', 'done', 'cannot', 'cancelled')),
    CONSTRAINT plan_task_done_on_check CHECK ((state = 'done') = (done_on IS NOT NULL)),
    CONSTRAINT plan_task_obstacle_check CHECK ((state = 'cannot') = (obstacle IS NOT NULL))
);
CREATE INDEX plan_task_episode_id_idx ON plan_task (episode_id, id);
CREATE INDEX plan_task_department_idx ON plan_task (department, state, id);
CREATE TABLE plan_task_step (
    plan_task_id uuid NOT NULL,
    version      int NOT NULL,
    state        text NOT NULL,
    changes      jsonb NOT NULL,
    client_id    text NOT NULL,
    recorded_at  timestamptz NOT NULL,
    CONSTRAINT plan_task_step_pkey PRIMARY KEY (plan_task_id, version)
);
CREATE TRIGGER plan_task_step_is_final BEFORE UPDATE OR DELETE ON plan_task_step
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting();
"""
_TAKEN = """
INSERT INTO plan_task (id, episode_id, household_id, place, title, category, risk_types, department, person, due_on,
    state, version, created_at, updated_at)
SELECT uuidv7(), p.episode_id, p.household_id, t.place - 1, t.said ->> 'title', t.said ->> 'category',
    ARRAY(SELECT jsonb_array_elements_text(t.said -> 'risk_types')), t.said ->> 'department', t.said ->> 'person',
    CAST(t.said ->> 'due_on' AS date), 'open', 0, p.recorded_at, p.recorded_at
FROM plan p, jsonb_array_elements(p.tasks) WITH ORDINALITY AS t (said, place)
WHERE p.version = (SELECT max(n.version) FROM plan n WHERE n.episode_id = p.episode_id)
ORDER BY p.recorded_at, p.episode_id, t.place
"""


def upgrade() -> None:
    """The tasks of each plan that holds are to be done; the worker announces their duties."""
    op.execute(_CREATE)
    op.execute(_TAKEN)


def downgrade() -> None:
    """Forget what became of them; what each revision said stays."""
    op.execute("DROP TABLE plan_task_step; DROP TABLE plan_task")
