"""What a member attaches, as the connector will get it: an address on the web, or again what stands in the history. Called by REST.

Whether the platform takes it is checked with the reply, by its declaration. Nothing is fetched here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from services.contracts.ids import ChannelId, WorkspaceId
from services.contracts.interaction import Attachment
from services.engagement.composing.errors import AttachmentRefusedError
from services.engagement.outbound import attachments_of
from services.engagement.protocol import MediaKind
from services.engagement.statements import reading
from services.kit.db import Connection

MOST = 10
URL_LIMIT_CHARS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """One thing to attach: by `url`, or the `position`th (from 0) of an interaction's own."""

    kind: MediaKind | None = None
    url: str | None = None
    name: str | None = None
    content_type: str | None = None
    interaction: UUID | None = None
    position: int = 0


async def find_attachments(
    connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, attached: Sequence[Attached]
) -> tuple[Attachment, ...]:
    """What is attached, in order. Raises AttachmentRefusedError."""
    wanted = {each.interaction for each in attached if each.interaction is not None}
    rows = await reading.whole_interactions(connection, workspace, sorted(wanted)) if wanted else []
    # A platform's own handle of a file is good in the channel that it came by.
    known = {row["id"]: attachments_of(row["attachments"]) for row in rows if row["channel_id"] == channel}
    return tuple(_by_url(each) if each.interaction is None else _again(each, known.get(each.interaction, ())) for each in attached)


def _by_url(attached: Attached) -> Attachment:
    url = attached.url
    if url is None or attached.kind is None:
        raise AttachmentRefusedError(
            "Name an address with its kind, or an interaction of this channel.", kinds=[each.value for each in MediaKind]
        )
    parts = urlsplit(url) if url.isprintable() and " " not in url else None
    if parts is None or parts.scheme != "https" or not parts.hostname or len(url) > URL_LIMIT_CHARS:
        raise AttachmentRefusedError(f"An address begins with https:// and has at most {URL_LIMIT_CHARS} characters.")
    return Attachment(kind=attached.kind.value, url=url, name=attached.name, content_type=attached.content_type)


def _again(attached: Attached, known: Sequence[Attachment]) -> Attachment:
    if attached.url is not None:
        raise AttachmentRefusedError("Name an address or an interaction, not both.")
    if attached.position >= len(known):
        raise AttachmentRefusedError("This channel's history has no such attachment.", interaction_id=str(attached.interaction))
    return known[attached.position]
