"""How a mutation names what it attaches. Used by postReply and beginConversation."""

from collections.abc import Sequence
from uuid import UUID

import strawberry

from gateway.relay import read_id_of


@strawberry.input(
    description="One thing to attach: an address on the web, a file of ours, or again what stands beside an interaction of the channel."
)
class AttachmentInput:
    """Part of what is posted."""

    kind: str | None = strawberry.field(
        default=None,
        description="With an address: image, video, audio, voice, file, sticker. With a file of ours: if not as what it is.",
    )
    url: str | None = strawberry.field(default=None, description="Where it is; begins with https://.")
    name: str | None = strawberry.field(default=None, description="Its file name.")
    media_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="Instead of an address: a file that POST /v1/media took, by global id (MediaFile) or by the id it answered.",
    )
    content_type: str | None = strawberry.field(default=None, description="Its media type.")
    interaction_id: strawberry.ID | None = strawberry.field(
        default=None, description="Instead of an address: whose attachment, by global id."
    )
    position: int = strawberry.field(default=0, description="Which of that interaction's attachments; 0 is the first.")


def payload_of(attachments: Sequence[AttachmentInput]) -> list[dict[str, object]]:
    """The same as engagement takes it. Raises MalformedInputError."""
    return [_payload(each) for each in attachments]


def _payload(attachment: AttachmentInput) -> dict[str, object]:
    given: dict[str, object] = {
        "kind": attachment.kind,
        "url": attachment.url,
        "name": attachment.name,
        "content_type": attachment.content_type,
    }
    if attachment.media_id is not None:
        given["media_id"] = _media_id(attachment.media_id)
    if attachment.interaction_id is not None:
        given |= {"interaction_id": read_id_of(attachment.interaction_id, type_name="Interaction"), "position": attachment.position}
    return {name: value for name, value in given.items() if value is not None}


def _media_id(text: str) -> UUID:
    """Uploading answers the bare id, GraphQL the global one: both name the file."""
    try:
        return UUID(text)
    except ValueError:
        return read_id_of(text, type_name="MediaFile")
