"""Matching by all evidence: facts and keys of profiles, edges between them, what keeps them apart, the journal of merges, suggestions."""

from alembic import op

from migrations.security import protect

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

PROFILE = """
ALTER TABLE identity.profile
    ADD COLUMN location text COLLATE "C",
    ADD COLUMN location_at timestamptz,
    ADD COLUMN birth_date text COLLATE "C",
    ADD COLUMN birth_date_at timestamptz,
    ADD COLUMN picture_hash text COLLATE "C",
    ADD COLUMN picture_hash_at timestamptz
"""

TABLES = (
    """
    CREATE TABLE identity.profile_facts (
        workspace_id uuid NOT NULL,
        profile_id uuid NOT NULL,
        facts text NOT NULL,
        CONSTRAINT profile_facts_pkey PRIMARY KEY (workspace_id, profile_id),
        CONSTRAINT profile_facts_workspace_id_profile_id_fkey
            FOREIGN KEY (workspace_id, profile_id) REFERENCES identity.profile (workspace_id, id)
    )
    """,
    """
    CREATE TABLE identity.profile_key (
        workspace_id uuid NOT NULL,
        key bytea NOT NULL,
        profile_id uuid NOT NULL,
        CONSTRAINT profile_key_pkey PRIMARY KEY (workspace_id, key, profile_id),
        CONSTRAINT profile_key_workspace_id_profile_id_fkey
            FOREIGN KEY (workspace_id, profile_id) REFERENCES identity.profile (workspace_id, id)
    )
    """,
    "CREATE INDEX profile_key_workspace_id_profile_id_idx ON identity.profile_key (workspace_id, profile_id)",
    """
    CREATE TABLE identity.edge (
        workspace_id uuid NOT NULL,
        profile_id uuid NOT NULL,
        other_profile_id uuid NOT NULL,
        source text NOT NULL,
        rule text NOT NULL,
        score double precision NOT NULL,
        evidence text NOT NULL,
        explanation text NOT NULL,
        version integer NOT NULL,
        active boolean NOT NULL,
        merge_id uuid,
        survivor_id uuid,
        created_at timestamptz NOT NULL,
        CONSTRAINT edge_pkey PRIMARY KEY (workspace_id, profile_id, other_profile_id, source),
        CONSTRAINT edge_workspace_id_profile_id_fkey
            FOREIGN KEY (workspace_id, profile_id) REFERENCES identity.profile (workspace_id, id),
        CONSTRAINT edge_source_check CHECK (source IN ('evidence', 'member')),
        CONSTRAINT edge_order_check CHECK (profile_id < other_profile_id)
    )
    """,
    "CREATE INDEX edge_workspace_id_other_profile_id_idx ON identity.edge (workspace_id, other_profile_id)",
    """
    CREATE TABLE identity.never_merge (
        workspace_id uuid NOT NULL,
        profile_id uuid NOT NULL,
        other_profile_id uuid NOT NULL,
        merge_id uuid NOT NULL,
        created_at timestamptz NOT NULL,
        CONSTRAINT never_merge_pkey PRIMARY KEY (workspace_id, profile_id, other_profile_id),
        CONSTRAINT never_merge_workspace_id_profile_id_fkey
            FOREIGN KEY (workspace_id, profile_id) REFERENCES identity.profile (workspace_id, id),
        CONSTRAINT never_merge_order_check CHECK (profile_id < other_profile_id)
    )
    """,
    "CREATE INDEX never_merge_workspace_id_other_profile_id_idx ON identity.never_merge (workspace_id, other_profile_id)",
    """
    CREATE TABLE identity.merge_event (
        workspace_id uuid NOT NULL,
        id uuid NOT NULL,
        kind text NOT NULL,
        survivor_id uuid NOT NULL,
        absorbed_id uuid NOT NULL,
        profile_ids uuid[] NOT NULL,
        undo text NOT NULL,
        reason text NOT NULL,
        by_member_id uuid,
        created_at timestamptz NOT NULL,
        undone_at timestamptz,
        undone_by uuid,
        CONSTRAINT merge_event_pkey PRIMARY KEY (workspace_id, id),
        CONSTRAINT merge_event_kind_check CHECK (kind IN ('evidence', 'merge', 'detach', 'reject'))
    )
    """,
    "CREATE INDEX merge_event_workspace_id_survivor_id_idx ON identity.merge_event (workspace_id, survivor_id, id)",
    "CREATE INDEX merge_event_workspace_id_absorbed_id_idx ON identity.merge_event (workspace_id, absorbed_id, id)",
    """
    CREATE TABLE identity.suggestion (
        workspace_id uuid NOT NULL,
        id uuid NOT NULL,
        profile_id uuid NOT NULL,
        other_profile_id uuid NOT NULL,
        state text NOT NULL,
        rule text NOT NULL,
        score double precision NOT NULL,
        evidence text NOT NULL,
        explanation text NOT NULL,
        version integer NOT NULL,
        merge_id uuid,
        created_at timestamptz NOT NULL,
        decided_at timestamptz,
        decided_by uuid,
        CONSTRAINT suggestion_pkey PRIMARY KEY (workspace_id, id),
        CONSTRAINT suggestion_workspace_id_profile_id_other_profile_id_key UNIQUE (workspace_id, profile_id, other_profile_id),
        CONSTRAINT suggestion_workspace_id_profile_id_fkey
            FOREIGN KEY (workspace_id, profile_id) REFERENCES identity.profile (workspace_id, id),
        CONSTRAINT suggestion_state_check CHECK (state IN ('open', 'accepted', 'rejected')),
        CONSTRAINT suggestion_order_check CHECK (profile_id < other_profile_id)
    )
    """,
    "CREATE INDEX suggestion_workspace_id_other_profile_id_idx ON identity.suggestion (workspace_id, other_profile_id)",
    "CREATE INDEX suggestion_workspace_id_state_id_idx ON identity.suggestion (workspace_id, state, id)",
)
NEW = ("profile_facts", "profile_key", "edge", "never_merge", "merge_event")
EARLIER_SUGGESTION = """
CREATE TABLE identity.suggestion (
    workspace_id uuid NOT NULL,
    profile_id uuid NOT NULL,
    other_profile_id uuid NOT NULL,
    rule text NOT NULL,
    state text NOT NULL,
    score double precision NOT NULL,
    explanation text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT suggestion_pkey PRIMARY KEY (workspace_id, profile_id, other_profile_id, rule),
    CONSTRAINT suggestion_workspace_id_profile_id_fkey
        FOREIGN KEY (workspace_id, profile_id) REFERENCES identity.profile (workspace_id, id),
    CONSTRAINT suggestion_state_check CHECK (state IN ('open', 'accepted', 'rejected')),
    CONSTRAINT suggestion_order_check CHECK (profile_id < other_profile_id)
)
"""


def upgrade() -> None:
    """What nobody has decided of the old suggestions, which is all of them, is found again by the sweep."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(PROFILE)
    op.execute("DROP TABLE identity.suggestion")
    for statement in TABLES:
        op.execute(statement)
    op.execute("ALTER TABLE identity.decision ADD COLUMN score double precision NOT NULL DEFAULT 0")
    op.execute("ALTER TABLE identity.decision ADD COLUMN evidence text NOT NULL DEFAULT '[]'")
    op.execute("ALTER TABLE identity.decision ADD COLUMN rules_version integer NOT NULL DEFAULT 0")
    op.execute("ALTER TABLE identity.decision DROP COLUMN evidence_type, DROP COLUMN evidence_key")
    for table in (*NEW, "suggestion"):
        protect(op, "identity", table)


def downgrade() -> None:
    op.execute(f"DROP TABLE {', '.join(f'identity.{table}' for table in (*NEW, 'suggestion'))}")
    op.execute(EARLIER_SUGGESTION)
    protect(op, "identity", "suggestion")
    op.execute("ALTER TABLE identity.decision ADD COLUMN evidence_type text, ADD COLUMN evidence_key bytea")
    op.execute("ALTER TABLE identity.decision DROP COLUMN score, DROP COLUMN evidence, DROP COLUMN rules_version")
    for column in ("location", "birth_date", "picture_hash"):
        op.execute(f"ALTER TABLE identity.profile DROP COLUMN {column}, DROP COLUMN {column}_at")
