"""Hand-offs between disciplines: whence a task came, and by when somebody is to contact the person."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS.split(";"):
        op.execute(statement)
    op.execute("GRANT SELECT (contact_by) ON routing.task TO routing_worker")


def downgrade() -> None:
    op.execute("ALTER TABLE routing.assignment_setting DROP hand_off_days")
    op.execute("ALTER TABLE routing.task DROP handed_from, DROP handed_by, DROP handed_at, DROP contact_by, DROP neglected_at")


STATEMENTS = """
ALTER TABLE routing.assignment_setting ADD hand_off_days integer NOT NULL DEFAULT 3;
ALTER TABLE routing.task ADD handed_from text, ADD handed_by uuid, ADD handed_at timestamptz, ADD contact_by timestamptz,
    ADD neglected_at timestamptz;
CREATE INDEX task_contact_idx ON routing.task (workspace_id, contact_by, id) WHERE contact_by IS NOT NULL AND completed_at IS NULL;
CREATE INDEX task_neglected_idx ON routing.task (workspace_id, due_at, id) WHERE neglected_at IS NOT NULL AND completed_at IS NULL
"""
