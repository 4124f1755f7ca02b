"""What the messages say that a reply becomes: a template, a text, choices, or one message for each attachment. Called by sending; pure.

Vendor's pages: .../whatsapp/messages/text-messages, image-messages, document-messages, .../interactive-reply-buttons-messages,
.../interactive-list-messages, .../interactive-cta-url-messages.
"""

from collections.abc import Sequence

from services.contracts.interaction import Attachment
from services.engagement.connectors.whatsapp.declaration import DECLARATION
from services.engagement.connectors.whatsapp.templates import template_of
from services.engagement.protocol import Choices, MediaKind, OutboundReply, UnsendableError, choice_form

Content = dict[str, object]

_TYPES = {
    MediaKind.IMAGE: "image",
    MediaKind.VIDEO: "video",
    MediaKind.AUDIO: "audio",
    MediaKind.VOICE: "audio",
    MediaKind.STICKER: "sticker",
}
_CAPTIONED = frozenset({"image", "video", "document"})


def contents_of(reply: OutboundReply, *, files: Sequence[Content]) -> list[Content]:
    """One for each message, in order; `files` says how each attachment is named. Raises `UnsendableError`."""
    if reply.template:
        if len(reply.attachments) > 1:
            raise UnsendableError("the heading of a template takes one file")
        heading = _heading(reply.attachments[0], file=files[0]) if files else None
        return [{"type": "template", "template": template_of(reply.template, file=heading)}]
    if reply.choices:
        return [{"type": "interactive", "interactive": _interactive(reply, reply.choices)}]
    types = [_type_of(each) for each in reply.attachments]
    # The words stand below the first that can have some; beside sound and stickers alone they are a message of their own.
    below = next((position for position, type_ in enumerate(types) if type_ in _CAPTIONED), None)
    first: list[Content] = [{"type": "text", "text": {"body": reply.text}}] if reply.text and below is None else []
    return [
        *first,
        *(
            _message(each, file=file, caption=reply.text if position == below else "")
            for position, (each, file) in enumerate(zip(reply.attachments, files, strict=True))
        ),
    ]


def _interactive(reply: OutboundReply, choices: Choices) -> Content:
    """Up to three buttons, else a list to open, or one button that opens an address."""
    form = choice_form(reply, declaration=DECLARATION)
    body, options = {"text": reply.text}, choices.options
    if form.addresses == "all":
        shown = {"display_text": options[0].title, "url": options[0].url}
        return {"type": "cta_url", "body": body, "action": {"name": "cta_url", "parameters": shown}}
    if form.label:
        rows = [{"id": each.id, "title": each.title, **({"description": each.description} if each.description else {})} for each in options]
        return {"type": "list", "body": body, "action": {"button": choices.label, "sections": [{"rows": rows}]}}
    buttons = [{"type": "reply", "reply": {"id": each.id, "title": each.title}} for each in options]
    return {"type": "button", "body": body, "action": {"buttons": buttons}}


def _message(attachment: Attachment, *, file: Content, caption: str) -> Content:
    type_ = _type_of(attachment)
    words = {"caption": caption} if caption else {}
    name = {"filename": attachment.name} if type_ == "document" and attachment.name else {}
    return {"type": type_, type_: {**file, **words, **name}}


def _heading(attachment: Attachment, *, file: Content) -> Content:
    """The file of a template's heading."""
    type_ = _type_of(attachment)
    return {"type": type_, type_: file}


def _type_of(attachment: Attachment) -> str:
    return next((type_ for kind, type_ in _TYPES.items() if kind == attachment.kind), "document")
