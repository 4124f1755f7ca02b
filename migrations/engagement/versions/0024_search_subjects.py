"""Search by the subject of a mail and the names of files too: they are queued, kept and found like the text."""

from alembic import op

from migrations.security import unforced

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

SEARCH = (
    "engagement.search_history(text[], text[], text[], text[], uuid, uuid, uuid, text[], text[], text, text, uuid, timestamptz,"
    " timestamptz, uuid, integer)"
)
BEFORE = """JOIN interaction i ON i.workspace_id = ours AND i.id = c.id
            WHERE i.text IS NOT NULL AND i.deleted_at IS NULL"""
# Row by row, by its key: no estimate of a young table's size makes it read all rows of the workspace for each of these.
AFTER = """CROSS JOIN LATERAL (
                SELECT r.id, r.discipline, r.conversation_id FROM interaction r
                WHERE r.workspace_id = ours AND r.id = c.id AND r.deleted_at IS NULL OFFSET 0
            ) i
            WHERE true"""


def upgrade() -> None:
    _see(BEFORE, AFTER)
    op.execute(QUEUE_NEW)
    op.execute(QUEUE_CHANGED)
    for statement in TRIGGER.split(";"):
        op.execute(statement)
    with unforced(op, "engagement.interaction", "engagement.search_pending"):
        op.execute(QUEUE_PRESENT)


def downgrade() -> None:
    _see(AFTER, BEFORE)
    op.execute(QUEUE_NEW.replace("text <> '' OR attachments IS NOT NULL OR extra ->> 'subject' <> ''", "text <> ''"))
    op.execute(QUEUE_CHANGED.replace("NEW.deleted_at IS NOT NULL OR NEW.text IS NULL", "NEW.text IS NULL"))
    for statement in OLD_TRIGGER.split(";"):
        op.execute(statement)


def _see(before: str, after: str) -> None:
    """Let the function that searches show other rows. To replace it one must be a member of its owner: for this moment only."""
    op.execute("GRANT engagement_search TO CURRENT_USER")
    op.execute("GRANT CREATE ON SCHEMA engagement TO engagement_search")
    op.execute(f"""
        DO $$ DECLARE told text := pg_get_functiondef('{SEARCH}'::regprocedure); BEGIN
            IF position('{before}' IN told) = 0 THEN
                RAISE EXCEPTION 'search_history is not the one that this revision changes';
            END IF;
            EXECUTE replace(told, '{before}', '{after}');
        END $$
    """)
    op.execute("REVOKE CREATE ON SCHEMA engagement FROM engagement_search")
    op.execute("REVOKE engagement_search FROM CURRENT_USER")


QUEUE_NEW = """
CREATE OR REPLACE FUNCTION engagement.search_queue_new() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO engagement.search_pending (workspace_id, interaction_id, queued_at)
    SELECT workspace_id, id, now() FROM fresh WHERE text <> '' OR attachments IS NOT NULL OR extra ->> 'subject' <> ''
    ON CONFLICT ON CONSTRAINT search_pending_pkey DO UPDATE SET queued_at = EXCLUDED.queued_at;
    RETURN NULL;
END $$
"""

# What is taken back is found no more at once; the queue hears of it too, lest a reader that holds the old words brings them back.
QUEUE_CHANGED = """
CREATE OR REPLACE FUNCTION engagement.search_queue_changed() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.deleted_at IS NOT NULL OR NEW.text IS NULL THEN
        DELETE FROM engagement.search_document WHERE workspace_id = NEW.workspace_id AND interaction_id = NEW.id;
    END IF;
    INSERT INTO engagement.search_pending (workspace_id, interaction_id, queued_at) VALUES (NEW.workspace_id, NEW.id, now())
    ON CONFLICT ON CONSTRAINT search_pending_pkey DO UPDATE SET queued_at = EXCLUDED.queued_at;
    RETURN NULL;
END $$
"""

TRIGGER = """
DROP TRIGGER search_changed ON engagement.interaction;

CREATE TRIGGER search_changed AFTER UPDATE OF text, deleted_at, attachments ON engagement.interaction
    FOR EACH ROW WHEN (OLD.text IS DISTINCT FROM NEW.text OR OLD.deleted_at IS DISTINCT FROM NEW.deleted_at
        OR (OLD.attachments IS NULL) <> (NEW.attachments IS NULL))
    EXECUTE FUNCTION engagement.search_queue_changed()
"""

OLD_TRIGGER = """
DROP TRIGGER search_changed ON engagement.interaction;

CREATE TRIGGER search_changed AFTER UPDATE OF text, deleted_at ON engagement.interaction
    FOR EACH ROW WHEN (OLD.text IS DISTINCT FROM NEW.text) EXECUTE FUNCTION engagement.search_queue_changed()
"""

QUEUE_PRESENT = """
INSERT INTO engagement.search_pending (workspace_id, interaction_id, queued_at)
SELECT workspace_id, id, now() FROM engagement.interaction
WHERE deleted_at IS NULL AND (attachments IS NOT NULL OR extra ->> 'subject' <> '')
ON CONFLICT ON CONSTRAINT search_pending_pkey DO NOTHING
"""
