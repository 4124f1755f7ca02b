"""Search by person, channel, venue, time or label alone: the index of words is only asked where there is something to ask it for."""

from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

SEARCH = (
    "engagement.search_history(text[], text[], text[], text[], uuid, uuid, uuid, text[], text[], text, text, uuid, timestamptz,"
    " timestamptz, uuid, integer)"
)
BEFORE = "by_terms := coalesce(array_length(ids, 1), 0) * 100 < walked;"
AFTER = """by_terms := (cardinality(terms) + cardinality(beginnings) > 0 OR of_channel IS NOT NULL OR wanted_venue IS NOT NULL)
                AND coalesce(array_length(ids, 1), 0) * 100 < walked;"""


def upgrade() -> None:
    _walk(BEFORE, AFTER)


def downgrade() -> None:
    _walk(AFTER, BEFORE)


def _walk(before: str, after: str) -> None:
    """To replace the function one must be a member of its owner: for this moment only."""
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
