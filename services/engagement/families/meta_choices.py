"""Choices in Messenger's and Instagram's messages, which are the same: quick replies, or the buttons of a template. For their connectors.

Vendor's pages: https://developers.facebook.com/docs/messenger-platform/send-messages/quick-replies, .../send-messages/template/button,
and the same for Instagram below https://developers.facebook.com/docs/messenger-platform/instagram/features.
"""

from services.engagement.protocol import Choice, ChoiceForm, Declaration, OutboundReply, choice_form

_TITLE_CHARS, _PAYLOAD_BYTES = 20, 1000
CHOICES = (
    ChoiceForm(name="quick replies", count=13, title=_TITLE_CHARS, id_bytes=_PAYLOAD_BYTES),
    ChoiceForm(name="buttons", count=3, title=_TITLE_CHARS, id_bytes=_PAYLOAD_BYTES, addresses="each", text=640),
)


def with_choices(reply: OutboundReply, *, declaration: Declaration) -> dict[str, object]:
    """The words and the choices as the content of a message. Raises `UnsendableError`."""
    form = choice_form(reply, declaration=declaration)
    options = reply.choices.options if reply.choices else ()
    if form.addresses == "none":
        quick = [{"content_type": "text", "title": each.title, "payload": each.id} for each in options]
        return {"text": reply.text, "quick_replies": quick}
    payload = {"template_type": "button", "text": reply.text, "buttons": [_button(each) for each in options]}
    return {"attachment": {"type": "template", "payload": payload}}


def _button(choice: Choice) -> dict[str, str]:
    if choice.url:
        return {"type": "web_url", "title": choice.title, "url": choice.url}
    return {"type": "postback", "title": choice.title, "payload": choice.id}
