"""An edge per merge: what one merge chose is not what another did, though both join the same profiles."""

from alembic import op

from migrations.security import unforced

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

NONE = "00000000-0000-0000-0000-000000000000"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    with unforced(op, "identity.edge"):
        op.execute(f"UPDATE identity.edge SET merge_id = '{NONE}' WHERE merge_id IS NULL")
    op.execute("ALTER TABLE identity.edge ALTER COLUMN merge_id SET NOT NULL")
    op.execute("ALTER TABLE identity.edge DROP CONSTRAINT edge_pkey")
    op.execute("ALTER TABLE identity.edge ADD CONSTRAINT edge_pkey PRIMARY KEY (workspace_id, profile_id, other_profile_id, merge_id)")


def downgrade() -> None:
    with unforced(op, "identity.edge"):
        op.execute("DELETE FROM identity.edge WHERE source = 'member'")
    op.execute("ALTER TABLE identity.edge DROP CONSTRAINT edge_pkey")
    op.execute("ALTER TABLE identity.edge ALTER COLUMN merge_id DROP NOT NULL")
    op.execute("ALTER TABLE identity.edge ADD CONSTRAINT edge_pkey PRIMARY KEY (workspace_id, profile_id, other_profile_id, source)")
