"""How the company came to know of an account, as bits that statements/encounters.py names. None until an account is seen again."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE identity.profile ADD COLUMN encounters smallint NOT NULL DEFAULT 0")


def downgrade() -> None:
    op.execute("ALTER TABLE identity.profile DROP COLUMN IF EXISTS encounters")
