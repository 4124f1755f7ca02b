"""Companies and who belongs to them, what other systems call contacts and companies, and when a contact last changed."""

from alembic import op

from migrations.security import protect

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TENANT_TABLES = ("profile_reference", "company", "company_domain", "company_reference", "profile_company")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS.split(";\n\n"):
        op.execute(statement)
    for table in TENANT_TABLES:
        protect(op, "identity", table)


def downgrade() -> None:
    for table in ("company_domain", "company_reference", "profile_company", "profile_reference", "company"):
        op.execute(f"DROP TABLE identity.{table}")
    op.execute("DROP TRIGGER contact_changed ON identity.contact")
    op.execute("DROP FUNCTION identity.contact_changed()")
    op.execute("ALTER TABLE identity.contact DROP COLUMN changed_at")


STATEMENTS = """
ALTER TABLE identity.contact ADD COLUMN changed_at timestamptz NOT NULL DEFAULT now();

CREATE INDEX contact_changed_at_idx ON identity.contact (workspace_id, changed_at, id) WHERE size > 0;

CREATE FUNCTION identity.contact_changed() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.changed_at := clock_timestamp();
    RETURN NEW;
END $$;

CREATE TRIGGER contact_changed BEFORE UPDATE ON identity.contact
    FOR EACH ROW WHEN (OLD.version IS DISTINCT FROM NEW.version) EXECUTE FUNCTION identity.contact_changed();

CREATE TABLE identity.profile_reference (
    workspace_id uuid NOT NULL,
    system text NOT NULL,
    type text NOT NULL,
    external_id text NOT NULL,
    profile_id uuid NOT NULL,
    url text,
    by uuid,
    set_at timestamptz NOT NULL,
    CONSTRAINT profile_reference_pkey PRIMARY KEY (workspace_id, system, type, external_id),
    CONSTRAINT profile_reference_workspace_id_profile_id_fkey
        FOREIGN KEY (workspace_id, profile_id) REFERENCES identity.profile (workspace_id, id)
);

CREATE INDEX profile_reference_workspace_id_profile_id_idx ON identity.profile_reference (workspace_id, profile_id);

CREATE TABLE identity.company (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    attributes jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    version integer NOT NULL,
    CONSTRAINT company_pkey PRIMARY KEY (workspace_id, id)
);

CREATE TABLE identity.company_domain (
    workspace_id uuid NOT NULL,
    domain text NOT NULL,
    company_id uuid NOT NULL,
    CONSTRAINT company_domain_pkey PRIMARY KEY (workspace_id, domain),
    CONSTRAINT company_domain_workspace_id_company_id_fkey
        FOREIGN KEY (workspace_id, company_id) REFERENCES identity.company (workspace_id, id) ON DELETE CASCADE
);

CREATE INDEX company_domain_workspace_id_company_id_idx ON identity.company_domain (workspace_id, company_id);

CREATE TABLE identity.company_reference (
    workspace_id uuid NOT NULL,
    system text NOT NULL,
    type text NOT NULL,
    external_id text NOT NULL,
    company_id uuid NOT NULL,
    url text,
    CONSTRAINT company_reference_pkey PRIMARY KEY (workspace_id, system, type, external_id),
    CONSTRAINT company_reference_workspace_id_company_id_fkey
        FOREIGN KEY (workspace_id, company_id) REFERENCES identity.company (workspace_id, id) ON DELETE CASCADE
);

CREATE INDEX company_reference_workspace_id_company_id_idx ON identity.company_reference (workspace_id, company_id);

CREATE TABLE identity.profile_company (
    workspace_id uuid NOT NULL,
    profile_id uuid NOT NULL,
    company_id uuid NOT NULL,
    role text NOT NULL,
    buying_role text NOT NULL,
    by uuid,
    set_at timestamptz NOT NULL,
    CONSTRAINT profile_company_pkey PRIMARY KEY (workspace_id, profile_id, company_id),
    CONSTRAINT profile_company_workspace_id_profile_id_fkey
        FOREIGN KEY (workspace_id, profile_id) REFERENCES identity.profile (workspace_id, id),
    CONSTRAINT profile_company_workspace_id_company_id_fkey
        FOREIGN KEY (workspace_id, company_id) REFERENCES identity.company (workspace_id, id) ON DELETE CASCADE
);

CREATE INDEX profile_company_workspace_id_company_id_profile_id_idx
    ON identity.profile_company (workspace_id, company_id, profile_id)
"""
