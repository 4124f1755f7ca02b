"""Files beside messages: what is known of each, and what platforms bring is wanted from the moment that it is said."""

from alembic import op

from migrations.security import protect

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in TABLE.split(";"):
        op.execute(statement)
    protect(op, "engagement", "media")
    op.execute("CREATE POLICY claims ON engagement.media FOR SELECT TO engagement_worker USING (true)")
    op.execute("GRANT SELECT ON engagement.media TO engagement_worker")
    for statement in (WANT, DISMISS, *TRIGGERS.split(";")):
        op.execute(statement)


def downgrade() -> None:
    for trigger in ("media_wanted", "media_withdrawn", "media_gone"):
        op.execute(f"DROP TRIGGER {trigger} ON engagement.interaction")
    op.execute("DROP FUNCTION engagement.media_want()")
    op.execute("DROP FUNCTION engagement.media_dismiss()")
    op.execute("DROP TABLE engagement.media")


TABLE = """
CREATE TABLE engagement.media (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    state text NOT NULL,
    source text NOT NULL,
    name text NOT NULL,
    type text NOT NULL,
    size_bytes integer NOT NULL,
    width integer,
    height integer,
    sha256 bytea,
    member_id uuid,
    interaction_id uuid,
    place integer,
    source_url text,
    attempts integer NOT NULL,
    due_at timestamptz,
    reason text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT media_pkey PRIMARY KEY (workspace_id, id)
);

CREATE UNIQUE INDEX media_interaction_key ON engagement.media (workspace_id, interaction_id, place) WHERE interaction_id IS NOT NULL;

CREATE INDEX media_due_idx ON engagement.media (due_at, workspace_id, id) WHERE due_at IS NOT NULL;

CREATE INDEX media_work_idx ON engagement.media (workspace_id, due_at, id) WHERE due_at IS NOT NULL
"""

# What people send us now is kept before the platform's address of it ends; the files of imported history stay where they are.
WANT = """
CREATE FUNCTION engagement.media_want() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO engagement.media (workspace_id, id, state, source, name, type, size_bytes, interaction_id, place, source_url, attempts,
        due_at, reason, created_at)
    SELECT f.workspace_id, gen_random_uuid(), 'wanted', 'platform', left(coalesce(a.told ->> 'name', ''), 200), '', 0, f.id, a.place - 1,
        a.told ->> 'url', 0, f.received_at, '', f.received_at
    FROM fresh f CROSS JOIN LATERAL jsonb_array_elements(
        CASE WHEN jsonb_typeof(f.attachments) = 'array' THEN f.attachments ELSE '[]' END
    ) WITH ORDINALITY AS a (told, place)
    WHERE f.direction = 'inbound' AND f.source = 'live' AND a.place <= 20
      AND a.told ->> 'url' ~ '^https?://'
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$
"""

DISMISS = """
CREATE FUNCTION engagement.media_dismiss() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE engagement.media SET state = 'gone', due_at = now(), attempts = 0, source_url = NULL
    WHERE workspace_id = OLD.workspace_id AND interaction_id = OLD.id AND state <> 'gone';
    RETURN NULL;
END $$
"""

TRIGGERS = """
CREATE TRIGGER media_wanted AFTER INSERT ON engagement.interaction REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION engagement.media_want();

CREATE TRIGGER media_withdrawn AFTER UPDATE OF attachments ON engagement.interaction
    FOR EACH ROW WHEN (OLD.attachments IS NOT NULL AND NEW.attachments IS NULL) EXECUTE FUNCTION engagement.media_dismiss();

CREATE TRIGGER media_gone AFTER DELETE ON engagement.interaction
    FOR EACH ROW WHEN (OLD.attachments IS NOT NULL) EXECUTE FUNCTION engagement.media_dismiss()
"""
