"""What people say, for the tests of consent: messages as engagement tells of them, and a contact to speak of. Holds no tests."""

from datetime import datetime
from typing import Any
from uuid import UUID

from services.contracts.events import InteractionReceived
from services.contracts.ids import ChannelId, ConversationId, InteractionId, ProfileId
from services.contracts.interaction import Author, NeutralEvent, Venue
from services.contracts.vocabulary import Kind
from services.kit.ids import new_id
from tests.identity.service import NOW, Service

FORM = [("content-type", "application/x-www-form-urlencoded")]


def message(
    text: str, *, profile: UUID | None = None, at: datetime = NOW, network: str = "telegram", kind: Kind = Kind.DIRECT
) -> InteractionReceived:
    """A message that somebody wrote to us, heard when it was said."""
    return InteractionReceived(
        interaction_id=InteractionId(new_id()),
        profile_id=ProfileId(profile or new_id()),
        channel_id=ChannelId(new_id()),
        conversation_id=ConversationId(new_id()),
        event=NeutralEvent(
            id="1",
            occurred_at=at,
            kind=kind,
            author=Author(network=network, external_id="kim"),
            venue=Venue(network=network, external_id="us"),
            text=text,
        ),
        received_at=max(at, NOW),
    )


async def person(service: Service, token: str, name: str = "kim", network: str = "telegram") -> dict[str, Any]:
    """A profile that is known: its `id` and `contact_id`."""
    told = await service.ask("POST", "/v1/profiles", {"network": network, "external_id": name, "name": name.title()}, token=token)
    assert told.status == 200, told
    return dict(told.body)


async def record(service: Service, token: str, contact: str, **body: object) -> Any:
    """Record a word of consent, however that ends."""
    given = {"purpose": "marketing", "state": "granted", "how": "said so on the phone", **body}
    return await service.ask("POST", f"/v1/contacts/{contact}/consent", given, token=token)
