"""What members and programs say of people: stakeholder kinds, labels, their own attributes, notes. Each is of a profile."""

from alembic import op

from migrations.security import protect

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TENANT_TABLES = (
    "profile_kind",
    "profile_kind_version",
    "contact_label",
    "profile_label",
    "attribute_definition",
    "profile_attribute",
    "contact_note",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS.split(";"):
        op.execute(statement)
    for table in TENANT_TABLES:
        protect(op, "identity", table)


def downgrade() -> None:
    for table in ("profile_label", "profile_attribute", *TENANT_TABLES):
        op.execute(f"DROP TABLE IF EXISTS identity.{table}")


STATEMENTS = """
CREATE TABLE identity.profile_kind (
    workspace_id uuid NOT NULL,
    profile_id uuid NOT NULL,
    kind text NOT NULL,
    network text NOT NULL,
    since timestamptz,
    until timestamptz,
    source text NOT NULL,
    by uuid,
    set_at timestamptz NOT NULL,
    CONSTRAINT profile_kind_pkey PRIMARY KEY (workspace_id, profile_id, kind, network),
    CONSTRAINT profile_kind_workspace_id_profile_id_fkey
        FOREIGN KEY (workspace_id, profile_id) REFERENCES identity.profile (workspace_id, id)
);

CREATE TABLE identity.profile_kind_version (
    workspace_id uuid NOT NULL,
    profile_id uuid NOT NULL,
    version integer NOT NULL,
    CONSTRAINT profile_kind_version_pkey PRIMARY KEY (workspace_id, profile_id),
    CONSTRAINT profile_kind_version_workspace_id_profile_id_fkey
        FOREIGN KEY (workspace_id, profile_id) REFERENCES identity.profile (workspace_id, id)
);

CREATE TABLE identity.contact_label (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    key text NOT NULL,
    colour text NOT NULL,
    created_at timestamptz NOT NULL,
    version integer NOT NULL,
    CONSTRAINT contact_label_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT contact_label_workspace_id_key_key UNIQUE (workspace_id, key)
);

CREATE TABLE identity.profile_label (
    workspace_id uuid NOT NULL,
    profile_id uuid NOT NULL,
    label_id uuid NOT NULL,
    by uuid,
    added_at timestamptz NOT NULL,
    CONSTRAINT profile_label_pkey PRIMARY KEY (workspace_id, profile_id, label_id),
    CONSTRAINT profile_label_workspace_id_profile_id_fkey
        FOREIGN KEY (workspace_id, profile_id) REFERENCES identity.profile (workspace_id, id),
    CONSTRAINT profile_label_workspace_id_label_id_fkey
        FOREIGN KEY (workspace_id, label_id) REFERENCES identity.contact_label (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX profile_label_workspace_id_label_id_profile_id_idx ON identity.profile_label (workspace_id, label_id, profile_id);

CREATE TABLE identity.attribute_definition (
    workspace_id uuid NOT NULL,
    key text NOT NULL,
    label text NOT NULL,
    type text NOT NULL,
    options text[] NOT NULL,
    created_at timestamptz NOT NULL,
    version integer NOT NULL,
    CONSTRAINT attribute_definition_pkey PRIMARY KEY (workspace_id, key)
);

CREATE TABLE identity.profile_attribute (
    workspace_id uuid NOT NULL,
    profile_id uuid NOT NULL,
    key text NOT NULL,
    value text NOT NULL,
    value_key bytea NOT NULL,
    source text NOT NULL,
    by uuid,
    set_at timestamptz NOT NULL,
    CONSTRAINT profile_attribute_pkey PRIMARY KEY (workspace_id, profile_id, key),
    CONSTRAINT profile_attribute_workspace_id_profile_id_fkey
        FOREIGN KEY (workspace_id, profile_id) REFERENCES identity.profile (workspace_id, id),
    CONSTRAINT profile_attribute_workspace_id_key_fkey
        FOREIGN KEY (workspace_id, key) REFERENCES identity.attribute_definition (workspace_id, key) ON DELETE CASCADE
);
CREATE INDEX profile_attribute_value_idx ON identity.profile_attribute (workspace_id, key, value_key, profile_id);

CREATE TABLE identity.contact_note (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    profile_id uuid NOT NULL,
    member_id uuid,
    text text NOT NULL,
    pinned boolean NOT NULL,
    created_at timestamptz NOT NULL,
    edited_at timestamptz,
    deleted_at timestamptz,
    version integer NOT NULL,
    CONSTRAINT contact_note_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT contact_note_workspace_id_profile_id_fkey
        FOREIGN KEY (workspace_id, profile_id) REFERENCES identity.profile (workspace_id, id)
);
CREATE INDEX contact_note_workspace_id_profile_id_id_idx ON identity.contact_note (workspace_id, profile_id, id)
"""
