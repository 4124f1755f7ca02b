"""Statements of partner webhooks: endpoints, deliveries, claims. As `app`; whose turn it is and what is old, as `worker`.

Called by `partners`. An attempt writes its result only while it holds the lease.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import WebhookDeliveryId, WebhookEndpointId, WorkspaceId
from services.contracts.views import WebhookDeliveryView, WebhookEndpointView
from services.kit.db import Connection
from services.kit.ids import FIRST_ID, LAST_ID

_ENDPOINT = "id, url, types, description, active, trouble, failures, failing_since, created_at, version"
_DELIVERY = "id, event_id, type, state, attempts, status, trouble, created_at, due_at, finished_at"

_NEW = f"""
INSERT INTO webhook_endpoint (workspace_id, id, url, types, description, secret_number, active, trouble, failures, created_at, version)
VALUES ($1, $2, $3, $4, $5, 1, true, '', 0, $6, 1) RETURNING {_ENDPOINT}
"""
_BY_IDS = f"SELECT {_ENDPOINT} FROM webhook_endpoint WHERE workspace_id = $1 AND id = ANY($2)"
_DELIVERIES = f"""
SELECT asked.position, told.* FROM unnest($2::uuid[]) WITH ORDINALITY AS asked (id, position)
CROSS JOIN LATERAL (
    SELECT {_DELIVERY} FROM webhook_delivery
    WHERE workspace_id = $1 AND endpoint_id = asked.id AND id < $3 AND ($4::text IS NULL OR state = $4) ORDER BY id DESC LIMIT $5
) AS told ORDER BY asked.position, told.id DESC
"""
_CHANGED = f"""
UPDATE webhook_endpoint SET url = coalesce($4, url), types = coalesce($5::text[], types), description = coalesce($6, description),
    active = coalesce($7, active), trouble = CASE WHEN $7 THEN '' ELSE trouble END, failures = CASE WHEN $7 THEN 0 ELSE failures END,
    failing_since = CASE WHEN $7 THEN NULL ELSE failing_since END, held_until = CASE WHEN $7 THEN NULL ELSE held_until END,
    version = version + 1
WHERE workspace_id = $1 AND id = $2 AND version = $3 RETURNING {_ENDPOINT}
"""
_ROTATED = f"""
UPDATE webhook_endpoint SET secret_number = secret_number + 1, rotated_at = $4, version = version + 1
WHERE workspace_id = $1 AND id = $2 AND version = $3 RETURNING {_ENDPOINT}
"""
_WANTING = """
INSERT INTO webhook_delivery (workspace_id, id, endpoint_id, event_id, type, body, profile_id, state, attempts, trouble, created_at, due_at)
SELECT $1, id, endpoint_id, event_id, type, body, profile_id, 'waiting', 0, '', $8, $8
FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::bytea[], $7::uuid[])
    AS told (id, endpoint_id, event_id, type, body, profile_id)
ORDER BY endpoint_id, event_id
ON CONFLICT ON CONSTRAINT webhook_delivery_workspace_id_endpoint_id_event_id_key DO NOTHING
"""
# An endpoint that found nobody the last time is tried with one event alone, the oldest.
_CLAIMED = """
WITH due AS (
    SELECT d.id, e.active, greatest(e.held_until, $2 + interval '5 seconds') AS later_at,
        e.active AND (e.held_until IS NULL OR e.held_until <= $2)
            AND (e.failures = 0 OR row_number() OVER (PARTITION BY d.endpoint_id ORDER BY d.id) = 1) AS ready
    FROM (
        SELECT id, endpoint_id FROM webhook_delivery WHERE workspace_id = $1 AND due_at <= $2 ORDER BY due_at LIMIT $5
        FOR UPDATE SKIP LOCKED
    ) d JOIN webhook_endpoint e ON e.workspace_id = $1 AND e.id = d.endpoint_id
), later AS (
    UPDATE webhook_delivery d SET due_at = (SELECT due.later_at FROM due WHERE due.id = d.id)
    WHERE d.workspace_id = $1 AND d.id = ANY(ARRAY(SELECT id FROM due WHERE active AND NOT ready))
), ended AS (
    UPDATE webhook_delivery d SET state = 'failed', trouble = 'the endpoint is not active', due_at = NULL, finished_at = $2
    WHERE d.workspace_id = $1 AND d.id = ANY(ARRAY(SELECT id FROM due WHERE NOT active))
)
UPDATE webhook_delivery d SET lease_id = $3, due_at = $4, attempts = d.attempts + 1
FROM webhook_endpoint e
WHERE d.workspace_id = $1 AND d.id = ANY(ARRAY(SELECT id FROM due WHERE ready)) AND e.workspace_id = $1 AND e.id = d.endpoint_id
RETURNING d.id, d.endpoint_id, d.event_id, d.body, d.attempts, d.lease_id, d.created_at, e.url, e.secret_number, e.rotated_at,
    e.failures, e.failing_since
"""
_SETTLED = """
UPDATE webhook_delivery SET state = $4, status = $5, trouble = $6, due_at = $7, finished_at = $8, lease_id = NULL
WHERE workspace_id = $1 AND id = $2 AND lease_id = $3 RETURNING true
"""
_WELL = """
UPDATE webhook_endpoint SET failures = 0, failing_since = NULL, held_until = NULL, trouble = ''
WHERE workspace_id = $1 AND id = $2 AND (failures > 0 OR trouble <> '') AND active
"""
_ILL = """
UPDATE webhook_endpoint SET failures = failures + 1, failing_since = coalesce(failing_since, $3), held_until = $4, trouble = $5,
    active = active AND NOT $6, version = version + $6::int
WHERE workspace_id = $1 AND id = $2
"""
_AGAIN = """
UPDATE webhook_delivery SET state = 'waiting', due_at = $3, finished_at = NULL, attempts = 0, trouble = '', lease_id = NULL
WHERE workspace_id = $1 AND id = ANY(ARRAY(
    SELECT id FROM webhook_delivery WHERE workspace_id = $1 AND endpoint_id = $2 AND created_at >= $4 AND finished_at IS NOT NULL
        AND ($5::text = 'all' OR state = 'failed') ORDER BY id LIMIT $6
))
"""
# From workspace to workspace along the index of what is due: one step for each that has anything waiting.
_DUE = """
WITH RECURSIVE walk (workspace_id, place) AS (
    SELECT n.workspace_id, 1 FROM (
        SELECT t.workspace_id FROM webhook_delivery t WHERE t.due_at IS NOT NULL ORDER BY t.workspace_id LIMIT 1
    ) n
    UNION ALL
    SELECT n.workspace_id, w.place + 1 FROM walk w CROSS JOIN LATERAL (
        SELECT t.workspace_id FROM webhook_delivery t WHERE t.due_at IS NOT NULL AND t.workspace_id > w.workspace_id
        ORDER BY t.workspace_id LIMIT 1
    ) n WHERE w.place < 2000
)
SELECT w.workspace_id FROM walk w WHERE EXISTS (
    SELECT FROM webhook_delivery t WHERE t.workspace_id = w.workspace_id AND t.due_at IS NOT NULL AND t.due_at <= $1 OFFSET 0
)
"""
_OLD = "DELETE FROM webhook_delivery WHERE finished_at < $1"


async def inserted_endpoint(  # noqa: PLR0913 - each is one column
    connection: Connection,
    workspace: WorkspaceId,
    endpoint: WebhookEndpointId,
    *,
    url: str,
    types: Sequence[str],
    description: str,
    now: datetime,
) -> WebhookEndpointView:
    """A new endpoint."""
    (row,) = await connection.fetch(_NEW, workspace, endpoint, url, list(types), description, now)
    return _endpoint(row)


async def changed_endpoint(  # noqa: PLR0913 - each is one column
    connection: Connection,
    workspace: WorkspaceId,
    endpoint: WebhookEndpointId,
    *,
    version: int,
    url: str | None,
    types: Sequence[str] | None,
    description: str | None,
    active: bool | None,
) -> WebhookEndpointView | None:
    """Change what is not None at this version; None where there is no such endpoint at it. Made active again, it begins afresh."""
    wanted = None if types is None else list(types)
    row = await connection.fetchrow(_CHANGED, workspace, endpoint, version, url, wanted, description, active)
    return None if row is None else _endpoint(row)


async def rotated_endpoint(
    connection: Connection, workspace: WorkspaceId, endpoint: WebhookEndpointId, *, version: int, now: datetime
) -> WebhookEndpointView | None:
    """The next secret; None where there is no such endpoint at this version."""
    row = await connection.fetchrow(_ROTATED, workspace, endpoint, version, now)
    return None if row is None else _endpoint(row)


async def deleted_endpoint(connection: Connection, workspace: WorkspaceId, endpoint: WebhookEndpointId) -> bool:
    """Delete it with its deliveries; whether it was there."""
    answer = await connection.execute("DELETE FROM webhook_endpoint WHERE workspace_id = $1 AND id = $2", workspace, endpoint)
    return bool(answer != "DELETE 0")


async def endpoints_of_ids(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[WebhookEndpointView | None]:
    """Aligned with `ids`."""
    found = {row["id"]: _endpoint(row) for row in await connection.fetch(_BY_IDS, workspace, ids)}
    return [found.get(each) for each in ids]


async def secret_number_of(connection: Connection, workspace: WorkspaceId, endpoint: WebhookEndpointId) -> int | None:
    """Which secret signs; None where there is no such endpoint."""
    number: int | None = await connection.fetchval(
        "SELECT secret_number FROM webhook_endpoint WHERE workspace_id = $1 AND id = $2", workspace, endpoint
    )
    return number


async def page_of_endpoints(connection: Connection, workspace: WorkspaceId, *, after: UUID | None, limit: int) -> list[WebhookEndpointView]:
    """In the order in which they were made."""
    rows = await connection.fetch(
        f"SELECT {_ENDPOINT} FROM webhook_endpoint WHERE workspace_id = $1 AND id > $2 ORDER BY id LIMIT $3",
        workspace,
        after or FIRST_ID,
        limit,
    )
    return [_endpoint(row) for row in rows]


async def endpoints_listening(connection: Connection, workspace: WorkspaceId) -> list[asyncpg.Record]:
    """The active ones: id, types, created_at."""
    return await connection.fetch("SELECT id, types, created_at FROM webhook_endpoint WHERE workspace_id = $1 AND active", workspace)


async def queued_deliveries(
    connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[UUID, UUID, str, str, bytes, UUID | None]], *, now: datetime
) -> None:
    """Have endpoints told. Rows are (id, endpoint id, event id, type, body, profile id); what is queued already stays as it is."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    await connection.execute(_WANTING, workspace, *columns, now)


async def deliveries_of_endpoints(
    connection: Connection, workspace: WorkspaceId, endpoints: Sequence[UUID], *, state: str | None, before: UUID | None, limit: int
) -> list[list[WebhookDeliveryView]]:
    """Aligned with `endpoints`: what each was told and is to be told, the newest first."""
    found: list[list[WebhookDeliveryView]] = [[] for _ in endpoints]
    for row in await connection.fetch(_DELIVERIES, workspace, endpoints, before or LAST_ID, state, limit):
        told = {name: value for name, value in row.items() if name not in {"position", "id"}}
        found[row["position"] - 1].append(WebhookDeliveryView(id=WebhookDeliveryId(row["id"]), **told))
    return found


async def claimed_deliveries(
    connection: Connection, workspace: WorkspaceId, *, lease: UUID, lease_until: datetime, now: datetime, limit: int
) -> list[asyncpg.Record]:
    """Take what is due; nobody else sends it before the lease ends."""
    return await connection.fetch(_CLAIMED, workspace, now, lease, lease_until, limit)


async def settled_delivery(  # noqa: PLR0913 - each is one column
    connection: Connection,
    workspace: WorkspaceId,
    delivery: UUID,
    *,
    lease: UUID,
    state: str,
    status: int | None,
    trouble: str,
    due_at: datetime | None,
    finished_at: datetime | None,
) -> bool:
    """Write what came of an attempt; False where its lease is over."""
    told = await connection.fetchval(_SETTLED, workspace, delivery, lease, state, status, trouble, due_at, finished_at)
    return bool(told)


async def recovered_endpoint(connection: Connection, workspace: WorkspaceId, endpoint: UUID) -> None:
    """It took something."""
    await connection.execute(_WELL, workspace, endpoint)


async def troubled_endpoint(  # noqa: PLR0913 - each is one column
    connection: Connection, workspace: WorkspaceId, endpoint: UUID, *, now: datetime, held_until: datetime, trouble: str, ends: bool
) -> None:
    """It was not there; with `ends` it is not called any more."""
    await connection.execute(_ILL, workspace, endpoint, now, held_until, trouble, ends)


async def replayed_deliveries(  # noqa: PLR0913 - what is chosen, and when
    connection: Connection, workspace: WorkspaceId, endpoint: WebhookEndpointId, *, since: datetime, which: str, now: datetime, limit: int
) -> int:
    """Let finished deliveries since then go out again, the oldest first; `which` is all or failed. Gives their number."""
    answer = await connection.execute(_AGAIN, workspace, endpoint, now, since, which, limit)
    return int(answer.rpartition(" ")[2])


async def workspaces_with_due_deliveries(connection: Connection, *, now: datetime) -> list[WorkspaceId]:
    """Where something is due; as `worker`."""
    return [WorkspaceId(row["workspace_id"]) for row in await connection.fetch(_DUE, now)]


async def swept_deliveries(connection: Connection, *, before: datetime) -> None:
    """Forget what was finished before then; as `worker`."""
    await connection.execute(_OLD, before)


def _endpoint(row: asyncpg.Record) -> WebhookEndpointView:
    return WebhookEndpointView(**{**row, "id": WebhookEndpointId(row["id"]), "types": tuple(row["types"])})
