"""Clears away what has ended: sessions, tokens, tries to sign in, broken uploads, exports, old news of partners. Run by `main`.

As `worker`. Harmless in several processes at once, and when it never runs: nothing that has ended is accepted anyhow.
"""

import asyncio
from datetime import timedelta

import asyncpg
import structlog

from services.identity.access.entrance import TRY_WINDOW
from services.identity.statements import credentials, imports, partners, person_exports
from services.kit.clock import Clock
from services.kit.db import Database, DatabaseUnavailableError

PAUSE_SECONDS = 3600.0
SESSIONS_KEPT = timedelta(days=30)
UPLOADS_KEPT = timedelta(hours=6)
DELIVERIES_KEPT = timedelta(days=7)
log = structlog.get_logger()


async def sweep_for_ever(database: Database, *, clock: Clock) -> None:
    """Sweep, then again each hour until cancelled."""
    while True:
        try:
            await sweep(database, clock=clock)
        except (DatabaseUnavailableError, asyncpg.PostgresError) as error:
            log.info("sweep_interrupted", error=type(error).__name__)
        await asyncio.sleep(PAUSE_SECONDS)


async def sweep(database: Database, *, clock: Clock) -> None:
    """Delete sessions that ended a month ago, old tokens and tries, broken uploads, expired exports, what partners were told a week ago."""
    now = clock.now()
    async with database.transaction() as connection:
        await credentials.swept_tokens(connection, before=now)
        await credentials.swept_sessions(connection, before=now - SESSIONS_KEPT)
        await credentials.swept_tries(connection, before=now - TRY_WINDOW)
        await imports.swept_pieces(connection, before=now - UPLOADS_KEPT)
        await person_exports.swept_exports(connection, before=now)
        await partners.swept_deliveries(connection, before=now - DELIVERIES_KEPT)
