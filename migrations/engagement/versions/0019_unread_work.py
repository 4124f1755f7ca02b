"""Whether there is something to read stands on the work itself, so that it can be counted without looking at each thread."""

from alembic import op

from migrations.security import unforced

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE engagement.conversation_task ADD COLUMN unread boolean NOT NULL DEFAULT false")
    with unforced(op, *(f"engagement.{table}" for table in ("conversation_task", "conversation", "conversation_read"))):
        op.execute(MARK_UNREAD)
    for index in INDEXES.split(";"):
        op.execute(index)


def downgrade() -> None:
    op.execute("DROP INDEX engagement.conversation_task_unread_idx")
    op.execute("DROP INDEX engagement.conversation_task_conversation_idx")
    op.execute("ALTER TABLE engagement.conversation_task DROP COLUMN unread")


MARK_UNREAD = """
UPDATE engagement.conversation_task k SET unread = true FROM engagement.conversation c
WHERE c.workspace_id = k.workspace_id AND c.id = k.conversation_id AND NOT k.closed AND k.member_id IS NOT NULL
  AND c.inbound_version > coalesce((
    SELECT r.version FROM engagement.conversation_read r
    WHERE r.workspace_id = k.workspace_id AND r.member_id = k.member_id AND r.conversation_id = c.id
  ), 0)
"""

INDEXES = """
CREATE INDEX conversation_task_unread_idx ON engagement.conversation_task (workspace_id, member_id, task_id) WHERE NOT closed AND unread;

CREATE INDEX conversation_task_conversation_idx ON engagement.conversation_task (workspace_id, conversation_id) WHERE NOT closed
"""
