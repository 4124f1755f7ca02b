"""Cadences: work that is to begin some time after something happened to a person, unless they write first."""

from alembic import op

from migrations.security import open_to_worker, protect

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS.split(";"):
        op.execute(statement)
    protect(op, "routing", "cadence")
    open_to_worker(op, "routing", "cadence", privileges="SELECT (workspace_id, wakes_at)")


def downgrade() -> None:
    op.execute("DROP TABLE routing.cadence")


STATEMENTS = """
CREATE TABLE routing.cadence (
    workspace_id uuid NOT NULL,
    moment_id uuid NOT NULL,
    phase text NOT NULL,
    discipline text NOT NULL,
    trigger text NOT NULL,
    profile_id uuid NOT NULL,
    reason text NOT NULL,
    since timestamptz NOT NULL,
    wakes_at timestamptz NOT NULL,
    CONSTRAINT cadence_pkey PRIMARY KEY (workspace_id, moment_id, phase, discipline, trigger)
);
CREATE INDEX cadence_wakes_idx ON routing.cadence (workspace_id, wakes_at, moment_id);
CREATE INDEX cadence_profile_idx ON routing.cadence (workspace_id, profile_id)
"""
