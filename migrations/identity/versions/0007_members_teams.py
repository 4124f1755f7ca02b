"""Invitations, deputies and absence, successors, teams, and a log of what was done about members and access.

The log is append-only for the service itself: its role may neither change nor delete an entry.
"""

from alembic import op

from migrations.security import protect

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MEMBERS = (
    """
    ALTER TABLE identity.member
        ADD COLUMN deputy_id uuid,
        ADD COLUMN absent_from timestamptz,
        ADD COLUMN absent_until timestamptz,
        ADD COLUMN successor_id uuid
    """,
    """
    ALTER TABLE identity.member
        ADD CONSTRAINT member_workspace_id_deputy_id_fkey
            FOREIGN KEY (workspace_id, deputy_id) REFERENCES identity.member (workspace_id, id) NOT VALID,
        ADD CONSTRAINT member_workspace_id_successor_id_fkey
            FOREIGN KEY (workspace_id, successor_id) REFERENCES identity.member (workspace_id, id) NOT VALID
    """,
    "ALTER TABLE identity.member VALIDATE CONSTRAINT member_workspace_id_deputy_id_fkey",
    "ALTER TABLE identity.member VALIDATE CONSTRAINT member_workspace_id_successor_id_fkey",
)
TABLES = (
    """
    CREATE TABLE identity.team (
        workspace_id uuid NOT NULL,
        id uuid NOT NULL,
        name text NOT NULL,
        name_key text NOT NULL,
        lead_id uuid,
        created_at timestamptz NOT NULL,
        version integer NOT NULL,
        CONSTRAINT team_pkey PRIMARY KEY (workspace_id, id),
        CONSTRAINT team_workspace_id_name_key_key UNIQUE (workspace_id, name_key),
        CONSTRAINT team_workspace_id_lead_id_fkey
            FOREIGN KEY (workspace_id, lead_id) REFERENCES identity.member (workspace_id, id)
    )
    """,
    "CREATE INDEX team_workspace_id_lead_id_idx ON identity.team (workspace_id, lead_id) WHERE lead_id IS NOT NULL",
    """
    CREATE TABLE identity.team_member (
        workspace_id uuid NOT NULL,
        team_id uuid NOT NULL,
        member_id uuid NOT NULL,
        CONSTRAINT team_member_pkey PRIMARY KEY (workspace_id, team_id, member_id),
        CONSTRAINT team_member_workspace_id_team_id_fkey
            FOREIGN KEY (workspace_id, team_id) REFERENCES identity.team (workspace_id, id) ON DELETE CASCADE,
        CONSTRAINT team_member_workspace_id_member_id_fkey
            FOREIGN KEY (workspace_id, member_id) REFERENCES identity.member (workspace_id, id)
    )
    """,
    "CREATE INDEX team_member_workspace_id_member_id_team_id_idx ON identity.team_member (workspace_id, member_id, team_id)",
    """
    CREATE TABLE identity.invitation (
        workspace_id uuid NOT NULL,
        id uuid NOT NULL,
        email text NOT NULL,
        email_key text NOT NULL,
        role text NOT NULL,
        disciplines text[] NOT NULL,
        languages text[] NOT NULL,
        team_id uuid,
        invited_by uuid,
        token_hash bytea NOT NULL,
        sendings integer NOT NULL,
        created_at timestamptz NOT NULL,
        sent_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        accepted_at timestamptz,
        member_id uuid,
        revoked_at timestamptz,
        CONSTRAINT invitation_pkey PRIMARY KEY (workspace_id, id),
        CONSTRAINT invitation_workspace_id_token_hash_key UNIQUE (workspace_id, token_hash),
        CONSTRAINT invitation_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES identity.workspace (workspace_id),
        CONSTRAINT invitation_role_check CHECK (role IN ('admin', 'marketer', 'agent', 'partner'))
    )
    """,
    """
    CREATE UNIQUE INDEX invitation_open_key ON identity.invitation (workspace_id, email_key)
        WHERE accepted_at IS NULL AND revoked_at IS NULL
    """,
    """
    CREATE TABLE identity.audit_entry (
        workspace_id uuid NOT NULL,
        id uuid NOT NULL,
        at timestamptz NOT NULL,
        action text NOT NULL,
        subject_id uuid NOT NULL,
        detail text NOT NULL,
        by_member uuid,
        by_key uuid,
        CONSTRAINT audit_entry_pkey PRIMARY KEY (workspace_id, id)
    )
    """,
    "CREATE INDEX audit_entry_workspace_id_subject_id_id_idx ON identity.audit_entry (workspace_id, subject_id, id)",
)
NEW = ("team", "team_member", "invitation", "audit_entry")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in (*MEMBERS, *TABLES):
        op.execute(statement)
    for table in NEW:
        protect(op, "identity", table)
    op.execute("REVOKE UPDATE, DELETE ON identity.audit_entry FROM identity_app")


def downgrade() -> None:
    op.execute("DROP TABLE identity.audit_entry, identity.invitation, identity.team_member, identity.team")
    op.execute(
        """
        ALTER TABLE identity.member
            DROP COLUMN deputy_id, DROP COLUMN absent_from, DROP COLUMN absent_until, DROP COLUMN successor_id
        """
    )
