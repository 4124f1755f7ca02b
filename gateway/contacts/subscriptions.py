"""contactChanged: people gaining and losing accounts, merged and parted, of another kind. Called by the schema; follows the feed."""

from collections.abc import AsyncIterator, Awaitable
from typing import Annotated, NamedTuple

import strawberry

from gateway.contacts.types import Contact
from gateway.context import Info
from gateway.conversations.subscriptions import AfterCursor
from gateway.conversations.updates import MISSED, Resync, ResyncRow
from gateway.realtime.catch_up import cursor_of, follow
from gateway.realtime.feed import Gap
from gateway.relay import read_id_of, shows
from services.contracts.envelope import Event
from services.contracts.events import ContactMerged, ContactSplit, ProfileAssigned, ProfileKindsChanged
from services.contracts.ids import ContactId
from services.contracts.views import ContactView

OfPerson = Annotated[strawberry.ID | None, strawberry.argument(description="Only this contact, by global id; null: all.")]
EVENTS = (ProfileAssigned, ContactMerged, ContactSplit, ProfileKindsChanged)


class ChangedRow(NamedTuple):
    """The value behind ContactChange."""

    event_id: str
    cursor: str
    change: str
    contact_id: ContactId


def _contact_of(root: strawberry.Parent[ChangedRow], info: Info) -> Awaitable[ContactView | None]:
    return info.context.loaders.contact_by_id.load(root.contact_id)


@shows(ChangedRow, description="A person changed: their accounts, what they are to the company, or which contact they are.")
class ContactChange:
    """See the events."""

    event_id: str = strawberry.field(description="The event's id. After a reconnection an event may come twice, with the same id.")
    cursor: str = strawberry.field(description="Pass it as `after` to go on here after a reconnection.")
    change: str = strawberry.field(description="What changed: profiles, merge, split, kinds.")
    contact = strawberry.field(resolver=_contact_of, graphql_type=Contact | None, description="The person as they stand now.")


ContactUpdate = Annotated[ContactChange | Resync, strawberry.union("ContactUpdate", description="A change, or that some were missed.")]


async def contact_changed(info: Info, contact_id: OfPerson = None, after: AfterCursor = None) -> AsyncIterator[ChangedRow | ResyncRow]:
    """People changing."""
    caller = info.context.require("contacts:read")
    wanted = None if contact_id is None else read_id_of(contact_id, type_name="Contact")
    async for item in follow(info.context, caller.workspace_id, events=EVENTS, after=after):
        if isinstance(item, Gap):
            yield MISSED
            continue
        change, *contacts = _told(item.event)
        if change and (wanted is None or wanted in contacts):
            yield ChangedRow(item.header.id, cursor_of(item), str(change), ContactId(contacts[0]))


def _told(event: Event) -> tuple[str, *tuple[ContactId, ...]]:
    """What changed, and of whom: the contact that there is now comes first."""
    match event:
        case ProfileAssigned():
            return "profiles", *(each for each in (event.contact_id, event.previous_contact_id) if each is not None)
        case ContactMerged():
            return "merge", event.survivor_id, event.absorbed_id
        case ContactSplit():
            return "split", event.survivor_id, event.restored_id
        case ProfileKindsChanged():
            return "kinds", event.contact_id
        case _:
            return ("",)


@strawberry.type
class ContactSubscriptions:
    """Part of Subscription."""

    contact_changed = strawberry.subscription(
        resolver=contact_changed,
        graphql_type=ContactUpdate,
        description="People whose accounts or kinds change, who are merged or parted; of the whole workspace unless narrowed.",
    )
