"""Search over the history: the words of each row, the queue of rows to read, and the one function that searches."""

from alembic import op

from migrations.security import WORKSPACE, protect, unforced

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TENANT_TABLES = ("search_document", "search_pending")
# What the function reads beside the words themselves; under the policy of the workspace.
READ_IN_SEARCH = ("interaction", "profile_contact", "conversation", "conversation_label")


def upgrade() -> None:
    for statement in TABLES.split(";"):
        op.execute(statement)
    for table in TENANT_TABLES:
        protect(op, "engagement", table)
    op.execute("CREATE POLICY claims ON engagement.search_pending FOR SELECT TO engagement_worker USING (true)")
    op.execute("GRANT SELECT ON engagement.search_pending TO engagement_worker")
    for function in (SCOPE, TERMS):
        op.execute(function)
    for index in INDEXES.split(";"):
        op.execute(index)
    for statement in (QUEUE_NEW, QUEUE_CHANGED, FORGET, *TRIGGERS.split(";")):
        op.execute(statement)
    with unforced(op, "engagement.interaction", "engagement.search_pending"):
        op.execute(QUEUE_PRESENT)
    op.execute(SEARCH)
    _hand_over()


def downgrade() -> None:
    for trigger in ("search_new", "search_changed", "search_gone"):
        op.execute(f"DROP TRIGGER {trigger} ON engagement.interaction")
    for table in READ_IN_SEARCH:
        op.execute(f"DROP POLICY search ON engagement.{table}")
        op.execute(f"REVOKE SELECT ON engagement.{table} FROM engagement_search")
    op.execute(f"DROP FUNCTION engagement.search_history({SIGNATURE})")
    for table in TENANT_TABLES:
        op.execute(f"DROP TABLE engagement.{table}")
    for function in (
        "search_queue_new()",
        "search_queue_changed()",
        "search_forget()",
        "search_terms(uuid, timestamptz, uuid, uuid, text)",
    ):
        op.execute(f"DROP FUNCTION engagement.{function}")
    op.execute("DROP FUNCTION engagement.search_scope(uuid, integer)")
    op.execute("REVOKE USAGE ON SCHEMA engagement FROM engagement_search")


def _hand_over() -> None:
    """The function runs as a role that may read, and nothing else; nobody can log in as it."""
    op.execute("GRANT USAGE ON SCHEMA engagement TO engagement_search")
    op.execute("CREATE POLICY search ON engagement.search_document FOR SELECT TO engagement_search USING (true)")
    op.execute("GRANT SELECT ON engagement.search_document TO engagement_search")
    for table in READ_IN_SEARCH:
        op.execute(f"CREATE POLICY search ON engagement.{table} FOR SELECT TO engagement_search USING (workspace_id = {WORKSPACE})")
        op.execute(f"GRANT SELECT ON engagement.{table} TO engagement_search")
    function = f"engagement.search_history({SIGNATURE})"
    op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO engagement_app")
    # To give a function away one must be a member of the new owner, who must be allowed to make it: for this moment only.
    op.execute("GRANT engagement_search TO CURRENT_USER")
    op.execute("GRANT CREATE ON SCHEMA engagement TO engagement_search")
    op.execute(f"ALTER FUNCTION {function} OWNER TO engagement_search")
    op.execute("REVOKE CREATE ON SCHEMA engagement FROM engagement_search")
    op.execute("REVOKE engagement_search FROM CURRENT_USER")


TABLES = """
CREATE TABLE engagement.search_document (
    workspace_id uuid NOT NULL,
    interaction_id uuid NOT NULL,
    occurred_at timestamptz NOT NULL,
    profile_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    venue uuid NOT NULL,
    kind text NOT NULL,
    direction text NOT NULL,
    words text NOT NULL,
    CONSTRAINT search_document_pkey PRIMARY KEY (workspace_id, interaction_id)
);

CREATE TABLE engagement.search_pending (
    workspace_id uuid NOT NULL,
    interaction_id uuid NOT NULL,
    queued_at timestamptz NOT NULL,
    CONSTRAINT search_pending_pkey PRIMARY KEY (workspace_id, interaction_id)
)
"""

# The pending list of the index is read whole by each search, so it is kept short.
INDEXES = """
CREATE INDEX search_document_recent_idx ON engagement.search_document (workspace_id, occurred_at DESC, interaction_id DESC);

CREATE INDEX search_document_profile_idx ON engagement.search_document (workspace_id, profile_id, occurred_at DESC, interaction_id DESC);

CREATE INDEX search_document_terms_idx ON engagement.search_document
    USING gin (engagement.search_terms(workspace_id, occurred_at, channel_id, venue, words)) WITH (gin_pending_list_limit = 512)
"""

# A word of the index belongs to a workspace and a month: a search meets no other workspace's rows, and takes one stretch of time
# after the other, the newest first, however frequent the word was long ago.
SCOPE = """
CREATE FUNCTION engagement.search_scope(workspace uuid, month integer) RETURNS text
IMMUTABLE PARALLEL SAFE LANGUAGE sql RETURN left(md5(workspace::text || ' ' || month::text), 8)
"""

TERMS = """
CREATE FUNCTION engagement.search_terms(workspace uuid, occurred_at timestamptz, channel uuid, venue uuid, words text) RETURNS tsvector
IMMUTABLE PARALLEL SAFE LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    scope text := engagement.search_scope(
        workspace,
        (extract(year FROM occurred_at AT TIME ZONE 'UTC') * 12 + extract(month FROM occurred_at AT TIME ZONE 'UTC'))::integer);
    terms text[];
BEGIN
    SELECT array_agg(scope || left(word, 64)) INTO terms FROM unnest(string_to_array(btrim(words), ' ')) AS word
    WHERE word NOT IN ('', '#', '@');
    RETURN array_to_tsvector(terms || ARRAY[scope || '@' || channel, scope || '#' || venue]);
END $$
"""

QUEUE_NEW = """
CREATE FUNCTION engagement.search_queue_new() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO engagement.search_pending (workspace_id, interaction_id, queued_at)
    SELECT workspace_id, id, now() FROM fresh WHERE text <> ''
    ON CONFLICT ON CONSTRAINT search_pending_pkey DO UPDATE SET queued_at = EXCLUDED.queued_at;
    RETURN NULL;
END $$
"""

# A text that is taken back is found no more at once; the queue hears of it too, lest a reader that holds the old text brings it back.
QUEUE_CHANGED = """
CREATE FUNCTION engagement.search_queue_changed() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.text IS NULL THEN
        DELETE FROM engagement.search_document WHERE workspace_id = NEW.workspace_id AND interaction_id = NEW.id;
    END IF;
    INSERT INTO engagement.search_pending (workspace_id, interaction_id, queued_at) VALUES (NEW.workspace_id, NEW.id, now())
    ON CONFLICT ON CONSTRAINT search_pending_pkey DO UPDATE SET queued_at = EXCLUDED.queued_at;
    RETURN NULL;
END $$
"""

FORGET = """
CREATE FUNCTION engagement.search_forget() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM engagement.search_document d USING gone WHERE d.workspace_id = gone.workspace_id AND d.interaction_id = gone.id;
    INSERT INTO engagement.search_pending (workspace_id, interaction_id, queued_at) SELECT workspace_id, id, now() FROM gone
    ON CONFLICT ON CONSTRAINT search_pending_pkey DO UPDATE SET queued_at = EXCLUDED.queued_at;
    RETURN NULL;
END $$
"""

TRIGGERS = """
CREATE TRIGGER search_new AFTER INSERT ON engagement.interaction REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION engagement.search_queue_new();

CREATE TRIGGER search_changed AFTER UPDATE OF text, deleted_at ON engagement.interaction
    FOR EACH ROW WHEN (OLD.text IS DISTINCT FROM NEW.text) EXECUTE FUNCTION engagement.search_queue_changed();

CREATE TRIGGER search_gone AFTER DELETE ON engagement.interaction REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION engagement.search_forget()
"""

QUEUE_PRESENT = """
INSERT INTO engagement.search_pending (workspace_id, interaction_id, queued_at)
SELECT workspace_id, id, now() FROM engagement.interaction WHERE text <> ''
"""

SIGNATURE = "text[], text[], text[], text[], uuid, uuid, uuid, text[], text[], text, text, uuid, timestamptz, timestamptz, uuid, integer"

# Operators of text search lose their index under row-level security, so this function reads the words as a role whose policy lets
# all through, and itself keeps to the workspace of the transaction: no caller can name another. It goes back in time in steps. A
# step walks the newest rows, or asks the index of words for a month or more, and each is bounded: a walk by its number of rows,
# a stretch of months by what it doubles, the whole by a second and a half, after which `resume` says where to go on.
SEARCH = """
CREATE FUNCTION engagement.search_history(
    patterns text[], absent text[], terms text[], beginnings text[],
    of_contact uuid, of_profile uuid, of_channel uuid, of_venue text[], of_kinds text[], of_direction text, of_discipline text,
    of_label uuid, since timestamptz, before timestamptz, before_id uuid, wanted integer
) RETURNS TABLE (id uuid, occurred_at timestamptz, resume boolean)
STABLE SECURITY DEFINER LANGUAGE plpgsql
SET search_path = engagement, pg_catalog, pg_temp SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    ours uuid := nullif(current_setting('app.workspace', true), '')::uuid;
    began timestamptz := clock_timestamp();
    nobody uuid := '00000000-0000-0000-0000-000000000000';
    wanted_venue uuid := md5(of_venue[1] || chr(31) || of_venue[2] || chr(31) || of_venue[3])::uuid;
    profiles uuid[];
    oldest timestamptz;
    newest timestamptz;
    floor_at timestamptz;
    floor_id uuid;
    by_terms boolean := false;
    walked integer := 1000;
    months integer := 1;
    month integer;
    most integer := 1000;
    asked tsquery;
    ids uuid[];
    times timestamptz[];
    kept integer := 0;
BEGIN
    SELECT d.occurred_at INTO oldest FROM search_document d WHERE d.workspace_id = ours ORDER BY d.occurred_at, d.interaction_id LIMIT 1;
    oldest := greatest(oldest, since);
    IF of_profile IS NOT NULL THEN
        profiles := ARRAY[of_profile];
    ELSIF of_contact IS NOT NULL THEN
        profiles := ARRAY(SELECT p.profile_id FROM profile_contact p WHERE p.workspace_id = ours AND p.contact_id = of_contact);
    END IF;
    LOOP
        SELECT d.occurred_at INTO newest FROM search_document d
        WHERE d.workspace_id = ours AND (d.occurred_at, d.interaction_id) < (before, before_id)
        ORDER BY d.occurred_at DESC, d.interaction_id DESC LIMIT 1;
        IF newest IS NULL OR newest < oldest THEN
            RETURN;
        END IF;
        floor_at := oldest;
        floor_id := nobody;
        IF profiles IS NOT NULL THEN
            SELECT array_agg(f.interaction_id), array_agg(f.occurred_at) INTO ids, times FROM (
                SELECT h.interaction_id, h.occurred_at FROM unnest(profiles) AS p (profile_id) CROSS JOIN LATERAL (
                    SELECT d.interaction_id, d.occurred_at FROM search_document d
                    WHERE d.workspace_id = ours AND d.profile_id = p.profile_id
                      AND (d.occurred_at, d.interaction_id) < (before, before_id) AND d.occurred_at >= floor_at
                      AND d.words LIKE ALL (patterns) AND d.words NOT LIKE ALL (absent)
                      AND (of_channel IS NULL OR d.channel_id = of_channel) AND (wanted_venue IS NULL OR d.venue = wanted_venue)
                      AND (of_kinds IS NULL OR d.kind = ANY (of_kinds)) AND (of_direction IS NULL OR d.direction = of_direction)
                    ORDER BY d.occurred_at DESC, d.interaction_id DESC LIMIT most
                ) h ORDER BY h.occurred_at DESC, h.interaction_id DESC LIMIT most
            ) f;
        ELSIF NOT by_terms THEN
            SELECT d.occurred_at, d.interaction_id INTO floor_at, floor_id FROM search_document d
            WHERE d.workspace_id = ours AND (d.occurred_at, d.interaction_id) < (before, before_id) AND d.occurred_at >= oldest
            ORDER BY d.occurred_at DESC, d.interaction_id DESC OFFSET walked - 1 LIMIT 1;
            floor_at := coalesce(floor_at, oldest);
            floor_id := coalesce(floor_id, nobody);
            SELECT array_agg(f.interaction_id), array_agg(f.occurred_at) INTO ids, times FROM (
                SELECT d.interaction_id, d.occurred_at FROM search_document d
                WHERE d.workspace_id = ours AND (d.occurred_at, d.interaction_id) < (before, before_id)
                  AND (d.occurred_at, d.interaction_id) >= (floor_at, floor_id)
                  AND d.words LIKE ALL (patterns) AND d.words NOT LIKE ALL (absent)
                  AND (of_channel IS NULL OR d.channel_id = of_channel) AND (wanted_venue IS NULL OR d.venue = wanted_venue)
                  AND (of_kinds IS NULL OR d.kind = ANY (of_kinds)) AND (of_direction IS NULL OR d.direction = of_direction)
                ORDER BY d.occurred_at DESC, d.interaction_id DESC LIMIT most
            ) f;
            -- A word in less than one of a hundred rows is rare: from here on the index of words finds it faster.
            by_terms := coalesce(array_length(ids, 1), 0) * 100 < walked;
            walked := least(walked * 2, 16000);
        ELSE
            month := extract(year FROM newest AT TIME ZONE 'UTC') * 12 + extract(month FROM newest AT TIME ZONE 'UTC');
            floor_at := greatest(oldest, (timestamp '0001-01-01' + make_interval(months => month - months - 12)) AT TIME ZONE 'UTC');
            SELECT string_agg('(' || each.parts || ')', '|')::tsquery INTO asked FROM (
                SELECT string_agg(quote.term, '&') AS parts FROM generate_series(month - months + 1, month) AS m (month)
                CROSS JOIN LATERAL (
                    SELECT '''' || replace(replace(search_scope(ours, m.month) || left(w.word, 64), '\\', '\\\\'), '''', '''''') || ''''
                        || w.mark AS term
                    FROM (
                        SELECT t.word, '' AS mark FROM unnest(terms) AS t (word)
                        UNION ALL SELECT b.word, ':*' FROM unnest(beginnings) AS b (word)
                        UNION ALL SELECT '@' || of_channel, '' WHERE of_channel IS NOT NULL
                        UNION ALL SELECT '#' || wanted_venue, '' WHERE wanted_venue IS NOT NULL
                    ) w
                ) quote GROUP BY m.month
            ) each;
            SELECT array_agg(f.interaction_id), array_agg(f.occurred_at) INTO ids, times FROM (
                SELECT h.interaction_id, h.occurred_at FROM (
                    SELECT d.* FROM search_document d
                    WHERE search_terms(d.workspace_id, d.occurred_at, d.channel_id, d.venue, d.words) @@ asked OFFSET 0
                ) h
                WHERE h.workspace_id = ours AND (h.occurred_at, h.interaction_id) < (before, before_id) AND h.occurred_at >= floor_at
                  AND h.words LIKE ALL (patterns) AND h.words NOT LIKE ALL (absent)
                  AND (of_channel IS NULL OR h.channel_id = of_channel) AND (wanted_venue IS NULL OR h.venue = wanted_venue)
                  AND (of_kinds IS NULL OR h.kind = ANY (of_kinds)) AND (of_direction IS NULL OR h.direction = of_direction)
                ORDER BY h.occurred_at DESC, h.interaction_id DESC LIMIT most
            ) f;
            months := least(months * 2, 2);
        END IF;
        IF array_length(ids, 1) = most THEN
            floor_at := times[most];
            floor_id := ids[most];
            most := least(most * 4, 64000);
        END IF;
        -- Whatever found a row, it passes here: what is not to be seen is taken out here and nowhere else.
        FOR id, occurred_at, resume IN
            SELECT i.id, c.at, false FROM unnest(ids, times) WITH ORDINALITY AS c (id, at, place)
            JOIN interaction i ON i.workspace_id = ours AND i.id = c.id
            WHERE i.text IS NOT NULL AND i.deleted_at IS NULL
              AND (of_discipline IS NULL OR i.discipline = of_discipline)
              AND (of_label IS NULL OR EXISTS (
                  SELECT FROM conversation k JOIN conversation_label l
                      ON l.workspace_id = ours AND l.conversation_id IN (k.id, k.survivor_id) AND l.label_id = of_label
                  WHERE k.workspace_id = ours AND k.id = i.conversation_id))
            ORDER BY c.place LIMIT wanted - kept
        LOOP
            kept := kept + 1;
            RETURN NEXT;
        END LOOP;
        IF kept >= wanted THEN
            RETURN;
        END IF;
        before := floor_at;
        before_id := floor_id;
        IF clock_timestamp() - began > interval '1.5 seconds' THEN
            id := before_id;
            occurred_at := before;
            resume := true;
            RETURN NEXT;
            RETURN;
        END IF;
    END LOOP;
END $$
"""
