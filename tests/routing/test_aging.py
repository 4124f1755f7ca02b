"""W13 in routing: the sentences of verdicts and ended tasks go with the messages that they quote, but of who is held."""

from datetime import UTC, datetime, timedelta

from services.contracts.envelope import Header
from services.contracts.events import RetentionChanged
from services.contracts.ids import ProfileId, WorkspaceId
from services.contracts.retention import ACTIONS, RetentionKind, RetentionRule
from services.kit.bus import Received
from services.kit.clock import FixedClock
from services.kit.db import Database
from services.kit.ids import new_id
from services.kit.retaining import Retainer
from services.routing.retaining import STEPS, RetentionHeard, swept_event
from services.routing.settings import RoutingSettings

_VERDICT = """
INSERT INTO triage_result (workspace_id, interaction_id, conversation_id, profile_id, discipline, phase, sentiment, urgency, language,
    intents, topics, confidence, deserves_answer, ready, crisis, complaint, suggestion, spam, confidential, evidence, why,
    version, triaged_at)
SELECT $1, i, $2, p, 'sales', 'pre', 'neutral', 'normal', 'en', '{}', '{}', 1, true, true, false, false, false, false, false, '[]',
    'they said so', '1', now() FROM unnest($3::uuid[], $4::uuid[]) AS n (i, p)
"""


async def test_w13_old_verdicts_lose_their_sentences_but_of_who_is_held(settings: RoutingSettings, database: Database) -> None:
    workspace, old, held = WorkspaceId(new_id()), new_id(), new_id()
    later = FixedClock(datetime.now(UTC) + timedelta(days=40))
    worker = Database(settings.role_url("routing", role="worker"), name="test-worker", size=1)
    sweep = Retainer(
        app=database, worker=worker, clock=later, published=lambda: None, steps=STEPS, memberships="profile_contact", ending=swept_event
    )
    async with database.transaction(workspace) as connection:
        await connection.execute(_VERDICT, workspace, new_id(), [new_id(), new_id()], [old, held])
    await worker.open()
    try:
        await RetentionHeard(database, clock=later).keep(workspace, [told(workspace, held=ProfileId(held))])
        await sweep.round()
    finally:
        await worker.close()

    async with database.transaction(workspace) as connection:
        rows = await connection.fetch("SELECT profile_id, why FROM triage_result ORDER BY why")
        events = await connection.fetchval("SELECT array_agg(type) FROM outbox")
    assert [row["why"] for row in rows] == ["", "they said so"]
    assert (rows[0]["profile_id"] != old, rows[1]["profile_id"]) == (True, held)
    assert events == ["routing.retention.swept"]


def told(workspace: WorkspaceId, *, held: ProfileId) -> Received:
    """Messages are kept for thirty days; one person is held."""
    rule = RetentionRule(kind=RetentionKind.MESSAGES, days=30, action=ACTIONS[RetentionKind.MESSAGES])
    event = RetentionChanged(workspace_id=workspace, told=1, version=1, rules=(rule,), held=(held,))
    at = datetime.now(UTC)
    return Received(header=Header(id="1", type=event.type, version=1, workspace=workspace, time=at, subject="1", sequence=1), event=event)
