"""Connections of one database role, and the transaction at the edge with its workspace set for row-level security.

Called by edges (endpoints, subscribers, workers); business code receives the open connection and never commits.
Hot paths take `transaction` (asyncpg), rare ones `session` (SQLModel); both give the same guarantees.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import asyncpg
import orjson

from services.contracts.ids import WorkspaceId
from services.kit.errors import UnavailableError

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy
    from sqlalchemy.ext.asyncio import AsyncEngine
    from sqlmodel.ext.asyncio.session import AsyncSession

Connection = asyncpg.Connection

ROLLBACK_SECONDS = 2.0
_JSON_TYPES = ("jsonb", "json")
# What the driver raises where the server cannot be reached, goes away, or leaves the connection in a state it does not expect.
UNREACHABLE = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
)


# What may succeed a little later: locks held by others, a full disk, no memory. A statement that takes too long is no such case.
BUSY = (
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.InsufficientResourcesError,
)


class DatabaseUnavailableError(UnavailableError):
    """PostgreSQL cannot be reached, has no connection free in time, or no room. Nothing was written, unless it went away during COMMIT."""

    code = "database_unavailable"
    title = "The database cannot be reached"


class Database:
    """A pool of one role. `size` bounds its connections; waiting for one is bounded by `acquire_timeout_seconds`."""

    def __init__(
        self,
        url: str,
        *,
        name: str,
        size: int = 8,
        statement_timeout_seconds: float = 10,
        acquire_timeout_seconds: float = 5,
    ) -> None:
        self._url = url
        self._name = name
        self._size = size
        self._statement_timeout_seconds = statement_timeout_seconds
        self._acquire_timeout_seconds = acquire_timeout_seconds
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._engine: AsyncEngine | None = None

    async def open(self) -> None:
        """Make the pool; the first connection is made when first needed, so a database that is still starting is no error."""
        self._pool = await asyncpg.create_pool(
            self._url,
            min_size=0,
            max_size=self._size,
            init=_prepare,
            reset=_keep,
            max_inactive_connection_lifetime=60,
            command_timeout=self._statement_timeout_seconds + 2,
            timeout=self._acquire_timeout_seconds,
            server_settings=self._server_settings(),
        )

    async def close(self) -> None:
        """Give all connections back; those still busy after five seconds are cut."""
        if self._engine is not None:
            await self._engine.dispose()
        if self._pool is not None:
            try:
                await asyncio.wait_for(self._pool.close(), timeout=5)
            except TimeoutError:
                self._pool.terminate()

    @asynccontextmanager
    async def transaction(self, workspace: WorkspaceId | None = None) -> AsyncIterator[Connection]:
        """One transaction as this role. Without a workspace, tenant tables show no rows to the role `app`.

        BEGIN and the workspace travel in one message. Leaving normally commits; any exception rolls back.
        Raises DatabaseUnavailableError.
        """
        connection = await self._acquire()
        finished = False
        try:
            await connection.execute(begin_statement(workspace))
            yield connection
            await _commit(connection)
            finished = True
        except UNREACHABLE as error:
            raise _unavailable(error) from error
        except BUSY as error:
            raise DatabaseUnavailableError("The database is busy; try again.") from error
        finally:
            await self._release(connection, finished=finished)

    @asynccontextmanager
    async def session(self, workspace: WorkspaceId | None = None) -> AsyncIterator["AsyncSession"]:
        """The same as an ORM session, for the rare paths. Raises DatabaseUnavailableError."""
        from sqlalchemy import exc  # noqa: PLC0415 - the gateway and hot paths never load the ORM
        from sqlmodel.ext.asyncio.session import AsyncSession  # noqa: PLC0415 - as above

        try:
            async with AsyncSession(self._orm(), expire_on_commit=False) as session, session.begin():
                driver = await connection_of(session)
                await driver.execute(_setting_statement(workspace))
                yield session
        except UNREACHABLE as error:
            raise _unavailable(error) from error
        except exc.TimeoutError as error:
            raise DatabaseUnavailableError from error
        except exc.DBAPIError as error:
            if not error.connection_invalidated:
                raise
            raise DatabaseUnavailableError from error

    async def dedicated(self) -> Connection:
        """A connection outside the pool, for a leader; the caller closes it."""
        try:
            connection = await asyncpg.connect(
                self._url,
                timeout=self._acquire_timeout_seconds,
                command_timeout=self._statement_timeout_seconds + 2,
                server_settings=self._server_settings(),
            )
        except UNREACHABLE as error:
            raise _unavailable(error) from error
        await _prepare(connection)
        return connection

    async def check(self) -> None:
        """Answer /readyz: raises DatabaseUnavailableError where a query cannot be answered."""
        async with self.transaction() as connection:
            await connection.fetchval("SELECT 1")

    def _server_settings(self) -> dict[str, str]:
        return {
            "application_name": self._name,
            "statement_timeout": str(int(self._statement_timeout_seconds * 1000)),
            "idle_in_transaction_session_timeout": "15000",
            "lock_timeout": "5000",
            "timezone": "UTC",
            "jit": "off",
            # A machine that vanished must not hold a leader's lock, or rows, for the two hours that the kernel would give it.
            "tcp_keepalives_idle": "30",
            "tcp_keepalives_interval": "10",
            "tcp_keepalives_count": "3",
        }

    async def _acquire(self) -> Connection:
        if self._pool is None:
            message = f"the database pool {self._name} is not open"
            raise DatabaseUnavailableError(message)
        try:
            return cast("Connection", await self._pool.acquire(timeout=self._acquire_timeout_seconds))
        except UNREACHABLE as error:
            raise _unavailable(error) from error

    async def _release(self, connection: Connection, *, finished: bool) -> None:
        if self._pool is None:
            return
        try:
            if not finished:
                await _abandon(connection)
        finally:
            await self._pool.release(cast("PoolConnectionProxy[asyncpg.Record]", connection))

    def _orm(self) -> "AsyncEngine":
        if self._engine is None:
            from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415 - loaded by the first session only

            self._engine = create_async_engine(
                self._url.replace("postgresql://", "postgresql+asyncpg://", 1),
                pool_size=2,
                max_overflow=2,
                pool_timeout=self._acquire_timeout_seconds,
                pool_recycle=300,
                pool_pre_ping=True,
                connect_args={
                    "timeout": self._acquire_timeout_seconds,
                    "command_timeout": self._statement_timeout_seconds + 2,
                    "server_settings": self._server_settings(),
                },
                hide_parameters=True,
            )
        return self._engine


@asynccontextmanager
async def savepoint(connection: Connection) -> AsyncIterator[None]:
    """A part of a transaction that is undone alone where it fails; the transaction goes on. Parts may lie within one another."""
    await connection.execute("SAVEPOINT part")
    try:
        yield
    except Exception:
        await connection.execute("ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part")
        raise
    await connection.execute("RELEASE SAVEPOINT part")


async def connection_of(session: "AsyncSession") -> Connection:
    """The driver's connection inside a session's transaction, for statements written in SQL (outbox, inbox)."""
    from sqlalchemy import text  # noqa: PLC0415 - see `session`

    connection = await session.connection()
    await connection.execute(text("SELECT 1"))
    driver = (await connection.get_raw_connection()).driver_connection
    if not isinstance(driver, asyncpg.Connection):
        message = f"expected an asyncpg connection, got {type(driver).__name__}"
        raise TypeError(message)
    return driver


def begin_statement(workspace: WorkspaceId | None) -> str:
    """BEGIN and the workspace in one message: a round trip less per transaction."""
    return f"BEGIN; {_setting_statement(workspace)}"


def _setting_statement(workspace: WorkspaceId | None) -> str:
    value = "" if workspace is None else str(UUID(str(workspace)))
    return f"SET LOCAL app.workspace = '{value}'"


def _unavailable(error: BaseException) -> BaseException:
    """The error for the edge, without the driver's words; a bad argument stays what it is, for trying again would not help."""
    return error if isinstance(error, ValueError) else DatabaseUnavailableError()


async def _commit(connection: Connection) -> None:
    """COMMIT of a failed transaction is answered with ROLLBACK and no error; make it one. Trying again would not help."""
    if await connection.execute("COMMIT") != "COMMIT":
        message = "a statement of the transaction had failed, so it was rolled back"
        raise asyncpg.InFailedSQLTransactionError(message)


async def _abandon(connection: Connection) -> None:
    """Roll back; where the connection no longer obeys (cut, or cancelled once more), destroy it instead of pooling it."""
    obeyed = False
    try:
        async with asyncio.timeout(ROLLBACK_SECONDS):
            await connection.execute("ROLLBACK")
        obeyed = True
    except (*UNREACHABLE, asyncpg.PostgresError):
        return
    finally:
        if not obeyed:
            with suppress(asyncpg.InterfaceError):
                connection.terminate()


async def _prepare(connection: Connection) -> None:
    for name in _JSON_TYPES:
        await connection.set_type_codec(name, schema="pg_catalog", encoder=_dumps, decoder=orjson.loads)


async def _keep(connection: Any) -> None:  # noqa: ANN401 - asyncpg's proxy has no public name
    """Every transaction sets what it needs with SET LOCAL, so the pool has nothing to reset (a round trip less)."""


def _dumps(value: object) -> str:
    return orjson.dumps(value).decode()
