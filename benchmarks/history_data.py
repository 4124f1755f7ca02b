"""10,000 contacts with three profiles each and 1,000,000 messages, made by the database itself. Called by `history`."""

from collections.abc import Sequence

import asyncpg

from services.contracts.ids import ChannelId, WorkspaceId

PROFILES_EACH = 3
_FILL_SECONDS = 400.0


def contact_id_expression(number: str) -> str:
    """SQL for the id of a contact from its number (1 and up), so that others can name contacts without asking."""
    return f"md5('contact ' || {number})::uuid"


async def fill(
    connection: asyncpg.Connection, workspace: WorkspaceId, channels: Sequence[ChannelId], *, contacts: int, messages: int
) -> None:
    """Make everything and bring the statistics up to date; as the owner. Indexes that lie across the order of time are made afterwards."""
    # Without triggers: a million rows waiting to be made searchable would be worked on beside what is measured.
    await connection.execute("SET session_replication_role = replica", timeout=_FILL_SECONDS)
    sizes = {"contacts": contacts, "messages": messages, "profiles": contacts * PROFILES_EACH}
    named = ", ".join(f"'{channel}'" for channel in channels)
    for statement in _PEOPLE:
        await _run(connection, statement, workspace=workspace, channels=named, sizes=sizes)
    indexes = await connection.fetch(_CROSSWISE)
    for index in indexes:
        await connection.execute(f"DROP INDEX {index['name']}", timeout=_FILL_SECONDS)
    await _run(connection, _MESSAGES, workspace=workspace, channels=named, sizes=sizes)
    for index in indexes:
        await connection.execute(index["definition"], timeout=_FILL_SECONDS)
    for table in ("identity.contact", "identity.profile", "identity.membership", "identity.profile_identifier"):
        await connection.execute(f"VACUUM (ANALYZE) {table}", timeout=_FILL_SECONDS)
    for table in ("engagement.interaction", "engagement.conversation", "engagement.profile_contact"):
        await connection.execute(f"VACUUM (ANALYZE) {table}", timeout=_FILL_SECONDS)


async def _run(connection: asyncpg.Connection, statement: str, *, workspace: WorkspaceId, channels: str, sizes: dict[str, int]) -> None:
    filled = statement.format(workspace=f"'{workspace}'::uuid", channels=f"(ARRAY[{channels}]::uuid[])", **_IDS, **sizes)
    await connection.execute(filled, timeout=_FILL_SECONDS)


# p is a profile's number, 0 and up; every third is a contact's first.
_IDS = {
    "contact_of_p": contact_id_expression("(p / 3 + 1)"),
    "profile_of_p": "md5('profile ' || p)::uuid",
    "conversation_of_p": "md5('conversation ' || p)::uuid",
    "began": "timestamptz '2025-01-01 00:00Z'",
}
_PEOPLE = (
    """
    INSERT INTO identity.contact (workspace_id, id, founder_id, size, version, created_at)
    SELECT {workspace}, {contact_of_p}, {profile_of_p}, 3, 1, {began} FROM generate_series(0, {profiles} - 1, 3) AS p
    """,
    """
    INSERT INTO identity.profile (workspace_id, id, network, scope, external_id, home_contact_id, handle, handle_key, handle_at,
        name, name_key, name_at, first_seen_at)
    SELECT {workspace}, {profile_of_p}, (ARRAY['telegram', 'instagram', 'mail'])[p % 3 + 1], '', 'account-' || p, {contact_of_p},
        'handle_' || p, 'handle_' || p, {began}, 'Person ' || (p / 3), 'person ' || (p / 3), {began}, {began}
    FROM generate_series(0, {profiles} - 1) AS p
    """,
    """
    INSERT INTO identity.profile_identifier (workspace_id, profile_id, type, key, value, source, linkable, first_seen_at, verified_at)
    SELECT {workspace}, {profile_of_p}, 'email', sha256(int4send(p / 3)), 'person' || (p / 3) || '@example.com', 'bench', true,
        {began}, {began}
    FROM generate_series(0, {profiles} - 1) AS p
    """,
    """
    INSERT INTO identity.membership (workspace_id, profile_id, contact_id, version, rule, explanation, assigned_at)
    SELECT {workspace}, {profile_of_p}, {contact_of_p}, 1, 'verified_email', 'The same verified e-mail address.', {began}
    FROM generate_series(0, {profiles} - 1) AS p
    """,
    """
    INSERT INTO engagement.profile_contact (workspace_id, profile_id, contact_id, version)
    SELECT {workspace}, {profile_of_p}, {contact_of_p}, 1 FROM generate_series(0, {profiles} - 1) AS p
    """,
    """
    INSERT INTO engagement.conversation (workspace_id, id, channel_id, key, profile_id, platform, kind, public, status, started_at,
        last_activity_at, message_count, version, closed_version)
    SELECT {workspace}, {conversation_of_p}, {channels}[p % 3 + 1], sha256(int4send(p)), {profile_of_p}, 'telegram', 'direct', false,
        'open', {began}, {began}, {messages} / {profiles}, 1, 0
    FROM generate_series(0, {profiles} - 1) AS p
    """,
)
# 7919 is prime, so that neighbours in time are of different people and every person is reached.
_MESSAGES = """
    INSERT INTO engagement.interaction (workspace_id, id, channel_id, conversation_id, profile_id, external_id, kind, direction, public,
        occurred_at, received_at, source, text, author_network, author_scope, author_external_id, author_handle, author_name,
        venue_network, venue_scope, venue_external_id, venue_title, venue_control, venue_media, addressed, conversation_version, native,
        ledger, ledger_reason)
    SELECT {workspace}, uuidv7(), {channels}[p % 3 + 1], {conversation_of_p}, {profile_of_p}, 'message-' || n, 'direct',
        CASE WHEN n % 3 = 0 THEN 'outbound' ELSE 'inbound' END, false, {began} + n * interval '30 s', {began} + n * interval '30 s', 'live',
        'Message ' || n || ' about an order that was to come on Monday, and a kettle that is said to cope with hard water.',
        'telegram', '', 'account-' || p, 'handle_' || p, 'Person ' || (p / 3),
        'telegram', '', '7000000000', 'Shop', 'ours', 'owned', 'us', n / {profiles} + 1, false,
        CASE WHEN n % 3 = 0 THEN NULL ELSE 'answered' END, ''
    FROM (SELECT n, (n::bigint * 7919 % {profiles})::int AS p FROM generate_series(1, {messages}) AS n) AS made ORDER BY n
"""
_CROSSWISE = """
    SELECT format('%I.%I', schemaname, indexname) AS name, indexdef AS definition FROM pg_indexes
    WHERE schemaname = 'engagement' AND tablename = 'interaction' AND indexdef NOT LIKE 'CREATE UNIQUE%' ORDER BY indexname
"""
