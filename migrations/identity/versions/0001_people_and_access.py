"""People and access: workspaces, members, sessions, keys; profiles, what is known of them, and the contacts they form.

Sign-in begins before a workspace is known: the role `identity_worker` finds a workspace by its slug and counts tries; it
alone reads the signing keys. Everything else, refresh tokens and API keys included, is read under the policy as `identity_app`,
because those tokens name their workspace in clear.
"""

from alembic import op

from migrations.security import kit_tables, open_to_worker, protect

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ACCESS = (
    """
    CREATE TABLE identity.workspace (
        workspace_id uuid NOT NULL,
        slug text NOT NULL,
        name text NOT NULL,
        created_at timestamptz NOT NULL,
        CONSTRAINT workspace_pkey PRIMARY KEY (workspace_id),
        CONSTRAINT workspace_slug_key UNIQUE (slug)
    )
    """,
    """
    CREATE TABLE identity.member (
        workspace_id uuid NOT NULL,
        id uuid NOT NULL,
        email text NOT NULL,
        email_key text NOT NULL,
        name text NOT NULL,
        password_hash text NOT NULL,
        role text NOT NULL,
        disciplines text[] NOT NULL,
        languages text[] NOT NULL,
        active boolean NOT NULL,
        created_at timestamptz NOT NULL,
        changed_at timestamptz NOT NULL,
        CONSTRAINT member_pkey PRIMARY KEY (workspace_id, id),
        CONSTRAINT member_workspace_id_email_key_key UNIQUE (workspace_id, email_key),
        CONSTRAINT member_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES identity.workspace (workspace_id),
        CONSTRAINT member_role_check CHECK (role IN ('admin', 'marketer', 'agent', 'partner'))
    )
    """,
    """
    CREATE TABLE identity.session (
        workspace_id uuid NOT NULL,
        id uuid NOT NULL,
        member_id uuid NOT NULL,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        revoked_at timestamptz,
        revoked_because text,
        CONSTRAINT session_pkey PRIMARY KEY (workspace_id, id),
        CONSTRAINT session_workspace_id_member_id_fkey
            FOREIGN KEY (workspace_id, member_id) REFERENCES identity.member (workspace_id, id)
    )
    """,
    "CREATE INDEX session_workspace_id_member_id_idx ON identity.session (workspace_id, member_id)",
    "CREATE INDEX session_expires_at_idx ON identity.session (expires_at)",
    """
    CREATE TABLE identity.refresh_token (
        workspace_id uuid NOT NULL,
        hash bytea NOT NULL,
        session_id uuid NOT NULL,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        used_at timestamptz,
        CONSTRAINT refresh_token_pkey PRIMARY KEY (workspace_id, hash),
        CONSTRAINT refresh_token_workspace_id_session_id_fkey
            FOREIGN KEY (workspace_id, session_id) REFERENCES identity.session (workspace_id, id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX refresh_token_workspace_id_session_id_idx ON identity.refresh_token (workspace_id, session_id)",
    """
    CREATE TABLE identity.api_key (
        workspace_id uuid NOT NULL,
        id uuid NOT NULL,
        name text NOT NULL,
        prefix text NOT NULL,
        hash bytea NOT NULL,
        scopes text[] NOT NULL,
        created_by uuid,
        created_at timestamptz NOT NULL,
        expires_at timestamptz,
        revoked_at timestamptz,
        last_used_at timestamptz,
        CONSTRAINT api_key_pkey PRIMARY KEY (workspace_id, id),
        CONSTRAINT api_key_workspace_id_hash_key UNIQUE (workspace_id, hash),
        CONSTRAINT api_key_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES identity.workspace (workspace_id)
    )
    """,
)

DEPLOYMENT = (
    """
    CREATE TABLE identity.sign_in_attempt (
        key bytea NOT NULL,
        tries integer NOT NULL,
        began_at timestamptz NOT NULL,
        CONSTRAINT sign_in_attempt_pkey PRIMARY KEY (key)
    )
    """,
    "CREATE INDEX sign_in_attempt_began_at_idx ON identity.sign_in_attempt (began_at)",
    """
    CREATE TABLE identity.signing_key (
        id text NOT NULL,
        public_jwk text NOT NULL,
        sealed bytea NOT NULL,
        created_at timestamptz NOT NULL,
        signs_until timestamptz NOT NULL,
        verifies_until timestamptz NOT NULL,
        CONSTRAINT signing_key_pkey PRIMARY KEY (id)
    )
    """,
    "GRANT SELECT, INSERT, UPDATE, DELETE ON identity.sign_in_attempt, identity.signing_key TO identity_worker",
)

PEOPLE = (
    """
    CREATE TABLE identity.profile (
        workspace_id uuid NOT NULL,
        id uuid NOT NULL,
        network text NOT NULL,
        scope text NOT NULL,
        external_id text NOT NULL,
        home_contact_id uuid NOT NULL,
        handle text COLLATE "C",
        handle_key text COLLATE "C",
        handle_at timestamptz,
        name text COLLATE "C",
        name_key text COLLATE "C",
        name_at timestamptz,
        avatar_url text COLLATE "C",
        avatar_url_at timestamptz,
        bio text COLLATE "C",
        bio_at timestamptz,
        language text COLLATE "C",
        language_at timestamptz,
        followers bigint,
        followers_at timestamptz,
        first_seen_at timestamptz NOT NULL,
        CONSTRAINT profile_pkey PRIMARY KEY (workspace_id, id)
    ) WITH (fillfactor = 80)
    """,
    "CREATE INDEX profile_workspace_id_name_key_idx ON identity.profile (workspace_id, name_key)",
    "CREATE INDEX profile_workspace_id_handle_key_idx ON identity.profile (workspace_id, handle_key)",
    """
    CREATE TABLE identity.profile_value (
        workspace_id uuid NOT NULL,
        profile_id uuid NOT NULL,
        attribute text NOT NULL,
        value_key bytea NOT NULL,
        value text NOT NULL,
        first_seen_at timestamptz NOT NULL,
        CONSTRAINT profile_value_pkey PRIMARY KEY (workspace_id, profile_id, attribute, value_key),
        CONSTRAINT profile_value_workspace_id_profile_id_fkey
            FOREIGN KEY (workspace_id, profile_id) REFERENCES identity.profile (workspace_id, id)
    )
    """,
    """
    CREATE TABLE identity.profile_identifier (
        workspace_id uuid NOT NULL,
        profile_id uuid NOT NULL,
        type text NOT NULL,
        key bytea NOT NULL,
        value text NOT NULL,
        source text NOT NULL,
        linkable boolean NOT NULL,
        first_seen_at timestamptz NOT NULL,
        verified_at timestamptz,
        CONSTRAINT profile_identifier_pkey PRIMARY KEY (workspace_id, profile_id, type, key),
        CONSTRAINT profile_identifier_workspace_id_profile_id_fkey
            FOREIGN KEY (workspace_id, profile_id) REFERENCES identity.profile (workspace_id, id)
    )
    """,
    "CREATE INDEX profile_identifier_key_idx ON identity.profile_identifier (workspace_id, type, key, verified_at, profile_id)",
    """
    CREATE TABLE identity.blocked_identifier (
        workspace_id uuid NOT NULL,
        type text NOT NULL,
        key bytea NOT NULL,
        reason text NOT NULL,
        created_at timestamptz NOT NULL,
        CONSTRAINT blocked_identifier_pkey PRIMARY KEY (workspace_id, type, key)
    )
    """,
)

CONTACTS = (
    """
    CREATE TABLE identity.contact (
        workspace_id uuid NOT NULL,
        id uuid NOT NULL,
        founder_id uuid NOT NULL,
        size integer NOT NULL,
        version integer NOT NULL,
        created_at timestamptz NOT NULL,
        CONSTRAINT contact_pkey PRIMARY KEY (workspace_id, id),
        CONSTRAINT contact_size_check CHECK (size >= 0)
    )
    """,
    "CREATE INDEX contact_workspace_id_id_idx ON identity.contact (workspace_id, id) WHERE size > 0",
    """
    CREATE TABLE identity.membership (
        workspace_id uuid NOT NULL,
        profile_id uuid NOT NULL,
        contact_id uuid NOT NULL,
        version integer NOT NULL,
        rule text NOT NULL,
        explanation text NOT NULL,
        assigned_at timestamptz NOT NULL,
        CONSTRAINT membership_pkey PRIMARY KEY (workspace_id, profile_id),
        CONSTRAINT membership_workspace_id_profile_id_fkey
            FOREIGN KEY (workspace_id, profile_id) REFERENCES identity.profile (workspace_id, id),
        CONSTRAINT membership_workspace_id_contact_id_fkey
            FOREIGN KEY (workspace_id, contact_id) REFERENCES identity.contact (workspace_id, id)
    )
    """,
    "CREATE INDEX membership_workspace_id_contact_id_profile_id_idx ON identity.membership (workspace_id, contact_id, profile_id)",
    """
    CREATE TABLE identity.decision (
        workspace_id uuid NOT NULL,
        profile_id uuid NOT NULL,
        version integer NOT NULL,
        contact_id uuid NOT NULL,
        previous_contact_id uuid,
        rule text NOT NULL,
        explanation text NOT NULL,
        evidence_type text,
        evidence_key bytea,
        decided_at timestamptz NOT NULL,
        CONSTRAINT decision_pkey PRIMARY KEY (workspace_id, profile_id, version),
        CONSTRAINT decision_workspace_id_profile_id_fkey
            FOREIGN KEY (workspace_id, profile_id) REFERENCES identity.profile (workspace_id, id)
    )
    """,
    """
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
    """,
)

# The worker finds workspaces by slug, lists them for the command line, and clears ended sessions away.
ACROSS_WORKSPACES = {"workspace": "SELECT", "session": "SELECT, DELETE", "refresh_token": "SELECT, DELETE"}
WITHIN_ONE = (
    "member",
    "api_key",
    "profile",
    "profile_value",
    "profile_identifier",
    "blocked_identifier",
    "contact",
    "membership",
    "decision",
    "suggestion",
)


def upgrade() -> None:
    """Make everything; tenant tables under forced row-level security."""
    for statement in (*ACCESS, *DEPLOYMENT, *PEOPLE, *CONTACTS):
        op.execute(statement)
    for table, privileges in ACROSS_WORKSPACES.items():
        protect(op, "identity", table)
        open_to_worker(op, "identity", table, privileges=privileges)
    for table in WITHIN_ONE:
        protect(op, "identity", table)
    kit_tables(op, "identity")


def downgrade() -> None:
    """Take everything back but the schema."""
    for function in ("make_partitions(text, date, integer)", "drop_partitions(text, date)"):
        op.execute(f"DROP FUNCTION identity.{function}")
    kit = ("outbox", "processed", "dead_letter", "idempotency")
    tables = (*WITHIN_ONE, *ACROSS_WORKSPACES, "sign_in_attempt", "signing_key", *kit)
    op.execute(f"DROP TABLE {', '.join(f'identity.{table}' for table in tables)}")
