"""How a request names what it attaches. Used by the endpoints that take replies."""

from uuid import UUID

from pydantic import Field

from services.engagement.composing.attachments import URL_LIMIT_CHARS, Attached
from services.engagement.protocol import MediaKind
from services.kit.http import RequestBody


class AttachmentInput(RequestBody):
    """By `url` (https) with its `kind`; a file of ours by `media_id`; or again the `position`th attachment of `interaction_id`.

    The interaction is one of the same channel. A file of ours goes as what it is, or as the `kind` that is named.
    """

    kind: MediaKind | None = None
    url: str | None = Field(default=None, max_length=URL_LIMIT_CHARS)
    name: str | None = Field(default=None, max_length=200)
    content_type: str | None = Field(default=None, max_length=200)
    media_id: UUID | None = None
    interaction_id: UUID | None = None
    position: int = Field(default=0, ge=0, le=99)

    def attached(self) -> Attached:
        """The same as composing takes it."""
        return Attached(
            kind=self.kind,
            url=self.url,
            name=self.name,
            content_type=self.content_type,
            media=self.media_id,
            interaction=self.interaction_id,
            position=self.position,
        )
