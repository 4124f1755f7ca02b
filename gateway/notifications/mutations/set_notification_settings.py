"""setNotificationSettings: how the caller, or the workspace's chat room, is told from now on."""

from collections.abc import Mapping
from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.notifications.types import NotificationSettings
from gateway.problems import Conflict, InvalidInput, NotAllowed, Problem, problem_of
from gateway.vocabulary import DigestEvery, NotificationKind
from services.contracts.views.notifications import NotificationSettingsView


@strawberry.input(description="By which means one kind is told; none of them: not at all.")
class NotificationMeansInput:
    """One kind."""

    kind: NotificationKind = strawberry.field(description="What.")
    app: bool = strawberry.field(default=False, description="In the application.")
    email: bool = strawberry.field(default=False, description="By e-mail.")
    chat: bool = strawberry.field(default=False, description="To the chat's webhook.")
    digest: bool = strawberry.field(default=False, description="In the digest.")


@strawberry.input(description="How to be told from now on. The hours are set as a whole; kinds that are not named stay.")
class SetNotificationSettingsInput:
    """Arguments of setNotificationSettings."""

    version: int = strawberry.field(description="The settings' version as read.")
    kinds: list[NotificationMeansInput] = strawberry.field(default_factory=list, description="Kinds to be told otherwise; at most 50.")
    time_zone: str = strawberry.field(default="UTC", description="IANA name, such as Europe/Berlin.")
    quiet_from: int | None = strawberry.field(default=None, description="From when nothing goes out: minutes after local midnight.")
    quiet_until: int | None = strawberry.field(default=None, description="Until when; may lie on the next day.")
    digest: DigestEvery = strawberry.field(default=DigestEvery.DAY, description="How often the digest comes.")
    digest_at: int = strawberry.field(default=480, description="When a daily digest comes: minutes after local midnight.")
    room: bool = strawberry.field(default=False, description="The workspace's chat room instead of the caller; for administrators.")


@strawberry.type(description="The settings hold from now on.")
class NotificationSettingsSet:
    """Success."""

    settings: NotificationSettingsView = strawberry.field(graphql_type=NotificationSettings, description="As they are now.")


SetNotificationSettingsResult = Annotated[
    NotificationSettingsSet | Conflict | InvalidInput | NotAllowed,
    strawberry.union("SetNotificationSettingsResult", description="The settings, or why nothing changed."),
]


async def set_notification_settings(info: Info, input: SetNotificationSettingsInput) -> NotificationSettingsSet | Problem:  # noqa: A002 - the argument's name in the schema
    """Change how somebody is told."""
    try:
        changed = await info.context.clients.notifying.change_settings(_payload(input), room=input.room)
    except GatewayError as error:
        return problem_of(error)
    return NotificationSettingsSet(settings=changed)


def _payload(wanted: SetNotificationSettingsInput) -> Mapping[str, object]:
    kinds = [{"kind": each.kind, "app": each.app, "email": each.email, "chat": each.chat, "digest": each.digest} for each in wanted.kinds]
    return {
        "version": wanted.version,
        "kinds": kinds,
        "time_zone": wanted.time_zone,
        "quiet_from": wanted.quiet_from,
        "quiet_until": wanted.quiet_until,
        "digest": wanted.digest,
        "digest_at": wanted.digest_at,
    }


field = strawberry.mutation(
    resolver=set_notification_settings,
    graphql_type=SetNotificationSettingsResult,
    description="Say how the calling member is told, kind by kind and when. A version that is not current answers Conflict.",
)
