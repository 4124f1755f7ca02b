"""What the command line may ask of engagement: channels, journal, dead letters, the outbox. Called by `rapport` only.

Every use opens its own connections and closes them; events go out with the service's relay.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.contracts.ids import ChannelId, WorkspaceId
from services.contracts.retention import RetentionRule
from services.contracts.views import ChannelView, ReconciliationView
from services.contracts.views.authorizing import AuthorizationBegunView, AuthorizationView
from services.contracts.views.retention import RetentionDueView, due_view
from services.contracts.views.sending import ChannelHealthView
from services.engagement import backfilling, channels, subscribers, subscriptions
from services.engagement.authorizing import states
from services.engagement.authorizing.authorizer import Authorizer, Came, NewAuthorization
from services.engagement.authorizing.clients import PURPOSE, Client
from services.engagement.authorizing.platforms import Platforms
from services.engagement.authorizing.registrations import Registrations
from services.engagement.authorizing.rendering import authorization_view
from services.engagement.network import PlatformNet
from services.engagement.rendering import channel_view, health_view
from services.engagement.retaining import SWEPT
from services.engagement.settings import EngagementSettings
from services.engagement.statements import authorizing as authorizing_statements
from services.engagement.statements import channels as channel_statements
from services.engagement.statements import journal
from services.engagement.statements.health import health_of_channels
from services.kit import dead_letters
from services.kit.clock import Clock, SystemClock
from services.kit.crypto import Vault
from services.kit.db import Database
from services.kit.dead_letters import DeadLetter
from services.kit.net import Net
from services.kit.redriving import DeadLetterNotFoundError
from services.kit.relay import publish_again
from services.kit.retaining import KeptRule, find_policy, preview_rules
from services.kit.subscriptions import redrive

LIST_LIMIT = 1000
OPERATOR = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectedChannelView:
    """A channel just connected; the secret that proves its deliveries can be read only here. `told`: its platform is told where they go."""

    channel: ChannelView
    told: bool
    signing_secret: str | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalRow:
    """A delivered item and what became of it; never its body."""

    id: UUID
    channel_id: UUID
    received_at: datetime
    state: str
    reason: str
    attempts: int


class Admin:
    """The operator's hands. Raises the errors of `errors`."""

    def __init__(
        self, settings: EngagementSettings, *, app: Database, worker: Database, vault: Vault, clock: Clock, authorizer: Authorizer
    ) -> None:
        self._settings = settings
        self._app = app
        self._worker = worker
        self._vault = vault
        self._clock = clock
        self._authorizer = authorizer

    async def connect_channel(
        self,
        workspace: WorkspaceId,
        *,
        platform: str,
        name: str,
        credentials: Mapping[str, str],
        config: Mapping[str, str],
    ) -> ConnectedChannelView:
        """Raises UnknownPlatformError, CredentialsMissingError."""
        new = channels.NewChannel(platform=platform, name=name, credentials=credentials, config=config)
        async with self._app.transaction(workspace) as connection:
            made = await channels.connect_channel(connection, workspace, new, vault=self._vault, now=self._clock.now())
        told = channels.is_told(made.row)
        return ConnectedChannelView(channel=channel_view(made.row), told=told, signing_secret=made.signing_secret)

    async def begin_authorization(
        self,
        workspace: WorkspaceId,
        *,
        platform: str | None,
        channel: ChannelId | None,
        name: str,
        credentials: Mapping[str, str],
        config: Mapping[str, str],
    ) -> AuthorizationBegunView:
        """Where the person who signs in has to go, within ten minutes. Raises as Authorizer.begin."""
        new = NewAuthorization(platform=platform, channel=channel, name=name, credentials=credentials, config=config)
        begun = await self._authorizer.begin(workspace, new, caller=OPERATOR, member=None)
        return AuthorizationBegunView(url=begun.url, authorization=authorization_view(Came(begun.row)))

    async def confirm_authorization(
        self, workspace: WorkspaceId, authorization: UUID, *, code: str, accounts: Sequence[str]
    ) -> AuthorizationView:
        """Connect what was granted, of several accounts those named. Raises as Authorizer.confirm and Authorizer.choose; it waits on."""
        authorizer = self._authorizer
        async with self._app.transaction(workspace) as connection:
            came = await authorizer.confirm(connection, workspace, authorization, code=code, caller=OPERATOR)
            if came.row["state"] == "choosing":
                came = await authorizer.choose(connection, workspace, authorization, accounts, caller=OPERATOR)
        return authorization_view(came)

    async def list_registrations(self, workspace: WorkspaceId) -> list[str]:
        """For what the workspace has registrations of its own."""
        async with self._app.transaction(workspace) as connection:
            return await authorizing_statements.registered_apps(connection, workspace)

    async def keep_registration(self, workspace: WorkspaceId, app: str, values: Mapping[str, str]) -> None:
        """Give the workspace a registration of its own. Raises RegistrationMalformedError."""
        async with self._app.transaction(workspace) as connection:
            await self._authorizer.registrations.keep(connection, workspace, app, values, now=self._clock.now())

    async def forget_registration(self, workspace: WorkspaceId, app: str) -> bool:
        """Whether there was one."""
        async with self._app.transaction(workspace) as connection:
            return await authorizing_statements.forget_registration(connection, workspace, app)

    async def list_channels(self, workspace: WorkspaceId) -> list[ChannelView]:
        """The oldest first."""
        async with self._app.transaction(workspace) as connection:
            return [channel_view(row) for row in await channel_statements.channels_of(connection, workspace)]

    async def list_health(self, workspace: WorkspaceId) -> list[ChannelHealthView]:
        """How each channel fares, the oldest first."""
        now = self._clock.now()
        async with self._app.transaction(workspace) as connection:
            ids = [row["id"] for row in await channel_statements.channels_of(connection, workspace)]
            found = {row["id"]: row for row in await health_of_channels(connection, workspace, ids)}
        return [health_view(found[each], now=now) for each in ids if each in found]

    async def set_active(self, workspace: WorkspaceId, channel: ChannelId, *, active: bool) -> ChannelView:
        """Pause a channel or let it go on; running processes follow within two seconds. Raises ChannelNotFoundError."""
        async with self._app.transaction(workspace) as connection:
            row = await channels.change_channel(
                connection,
                workspace,
                channel,
                name=None,
                active=active,
                credentials=None,
                config=None,
                vault=self._vault,
                now=self._clock.now(),
            )
        return channel_view(row)

    async def disconnect_channel(self, workspace: WorkspaceId, channel: ChannelId) -> ChannelView:
        """End a channel for good; running processes follow within two seconds. Raises ChannelNotFoundError, RepliesWaitingError."""
        async with self._app.transaction(workspace) as connection:
            row = await channels.disconnect_channel(connection, workspace, channel, vault=self._vault, now=self._clock.now())
        return channel_view(row)

    async def subscribe_channel(self, workspace: WorkspaceId, channel: ChannelId) -> None:
        """Let running processes tell the platform where to deliver. Raises as `subscriptions.demand_subscription`."""
        async with self._app.transaction(workspace) as connection:
            await subscriptions.demand_subscription(connection, workspace, channel, now=self._clock.now())

    async def backfill_channel(self, workspace: WorkspaceId, channel: ChannelId, *, since: datetime) -> ReconciliationView:
        """Let running processes ask the platform for everything since then. Raises as `backfilling.demand_backfill`."""
        async with self._app.transaction(workspace) as connection:
            return await backfilling.demand_backfill(connection, workspace, channel, since=since, now=self._clock.now())

    async def list_journal(self, workspace: WorkspaceId, *, state: str | None) -> list[JournalRow]:
        """Deliveries, the newest first, at most 1,000."""
        async with self._app.transaction(workspace) as connection:
            rows = await journal.journal_page(connection, workspace, state=state, after=None, limit=LIST_LIMIT)
        names = ("id", "channel_id", "received_at", "state", "reason", "attempts")
        return [JournalRow(**{name: row[name] for name in names}) for row in rows]

    async def replay_journal(self, workspace: WorkspaceId, *, item: UUID | None) -> int:
        """Set one delivery, or all that failed or were not understood, to be read again; gives their number."""
        async with self._app.transaction(workspace) as connection:
            if item is None:
                return len(await journal.replay_failed(connection, workspace))
            return 0 if await journal.replay_item(connection, workspace, item) is None else 1

    async def due_by_rules(self, workspace: WorkspaceId, tried: Sequence[RetentionRule]) -> list[RetentionDueView]:
        """What would go now by these rules, or by those in force where none are given; nothing does."""
        async with self._app.transaction(workspace) as connection:
            policy = await find_policy(connection, workspace)
            rules = [KeptRule(kind=each.kind, days=each.days, narrowed=each.stakeholder or "") for each in tried]
            held, in_force = (policy.held, policy.rules) if policy else ((), ())
            found = await preview_rules(connection, workspace, SWEPT, rules or in_force, held=held, now=self._clock.now())
        return [
            due_view(kind=each.rule.kind, narrowed=each.rule.narrowed, what=each.step, count=each.count, more=each.more, people=each.people)
            for each in found
        ]

    async def list_dead_letters(self, workspace: WorkspaceId) -> Sequence[DeadLetter]:
        """The newest first, at most 1,000."""
        async with self._app.transaction(workspace) as connection:
            return await dead_letters.list_dead_letters(connection, workspace, after=None, limit=LIST_LIMIT)

    async def redrive_dead_letter(self, workspace: WorkspaceId, letter: UUID) -> None:
        """Hand a dead letter to its consumer once more. Raises DeadLetterNotFoundError, and what the consumer raises."""
        heard = subscribers.subscriptions(self._settings, self._app, clock=self._clock, published=_relay_polls, told=_workers_sweep)
        if not await redrive(self._app, heard, workspace, letter, clock=self._clock):
            raise DeadLetterNotFoundError

    async def replay_outbox(self, *, since: datetime) -> int:
        """Publish all events since then once more; consumers take them as repetitions. Gives their number."""
        async with self._worker.transaction() as connection:
            return await publish_again(connection, since=since)


@asynccontextmanager
async def admin(settings: EngagementSettings | None = None, *, clock: Clock | None = None) -> AsyncIterator[Admin]:
    """The operator's hands for the length of a command."""
    settings = settings or EngagementSettings()
    app = Database(settings.role_url("engagement", role="app"), name="engagement-admin", size=2)
    worker = Database(settings.role_url("engagement", role="worker"), name="engagement-admin", size=2)
    net = Net(allow_private=settings.allow_private_addresses)
    await app.open()
    await worker.open()
    try:
        vault = Vault(settings.key_for("channel-credentials"))
        moment = clock or SystemClock()
        authorizer = _authorizer(settings, app, vault=vault, net=net, clock=moment)
        yield Admin(settings, app=app, worker=worker, vault=vault, clock=moment, authorizer=authorizer)
    finally:
        await net.close()
        await worker.close()
        await app.close()


def _authorizer(settings: EngagementSettings, app: Database, *, vault: Vault, net: Net, clock: Clock) -> Authorizer:
    return Authorizer(
        app,
        registrations=Registrations(settings.oauth_values(), vault=vault, client=Client(settings.public_url, settings.key_for(PURPOSE))),
        platforms=Platforms(PlatformNet(net), vault=vault),
        vault=vault,
        key=settings.key_for(states.PURPOSE),
        public_url=settings.public_url,
        origins=settings.origins(),
        changed=_registries_look,
        published=_relay_polls,
        clock=clock,
    )


async def _registries_look() -> None:
    """Running processes follow within two seconds."""


def _workers_sweep(_: WorkspaceId) -> None:
    """The service's own workers find it."""


def _relay_polls() -> None:
    """A command has no relay of its own; the service's finds the events by its poll."""
