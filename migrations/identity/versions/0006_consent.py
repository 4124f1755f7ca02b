"""What people let us do, per purpose and channel, with its proof and history; and what a workspace asks consent for."""

from alembic import op

from migrations.security import protect

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = ("consent_record", "consent", "consent_profile", "consent_setting")


def upgrade() -> None:
    for statement in _TABLES.split(";"):
        op.execute(statement)
    for table in TABLES:
        protect(op, "identity", table)


def downgrade() -> None:
    for table in ("consent", "consent_record", "consent_profile", "consent_setting"):
        op.execute(f"DROP TABLE identity.{table}")


_TABLES = """
CREATE TABLE identity.consent_record (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    profile_id uuid NOT NULL,
    purpose text NOT NULL,
    network text NOT NULL,
    channel_id uuid NOT NULL,
    state text NOT NULL,
    at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    source text NOT NULL,
    how text NOT NULL,
    wording text NOT NULL,
    interaction_id uuid,
    member_id uuid,
    CONSTRAINT consent_record_pkey PRIMARY KEY (workspace_id, id)
);
CREATE INDEX consent_record_of_profile_idx ON identity.consent_record (workspace_id, profile_id, at, id);
CREATE UNIQUE INDEX consent_record_interaction_key
    ON identity.consent_record (workspace_id, interaction_id, profile_id, purpose, network, channel_id, state)
    WHERE interaction_id IS NOT NULL;

CREATE TABLE identity.consent (
    workspace_id uuid NOT NULL,
    profile_id uuid NOT NULL,
    purpose text NOT NULL,
    network text NOT NULL,
    channel_id uuid NOT NULL,
    record_id uuid NOT NULL,
    at timestamptz NOT NULL,
    strictness integer NOT NULL,
    CONSTRAINT consent_pkey PRIMARY KEY (workspace_id, profile_id, purpose, network, channel_id),
    CONSTRAINT consent_workspace_id_record_id_fkey FOREIGN KEY (workspace_id, record_id)
        REFERENCES identity.consent_record (workspace_id, id)
);

CREATE TABLE identity.consent_profile (
    workspace_id uuid NOT NULL,
    profile_id uuid NOT NULL,
    version integer NOT NULL,
    links_since timestamptz,
    CONSTRAINT consent_profile_pkey PRIMARY KEY (workspace_id, profile_id)
);

CREATE TABLE identity.consent_setting (
    workspace_id uuid NOT NULL,
    purposes jsonb NOT NULL,
    opt_out text[] NOT NULL,
    opt_in text[] NOT NULL,
    version integer NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT consent_setting_pkey PRIMARY KEY (workspace_id)
)
"""
