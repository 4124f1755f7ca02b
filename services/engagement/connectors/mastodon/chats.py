"""Chats of Pleroma and Akkoma, which are apart from posts, as neutral events. Called by notifications and reading; pure.

Vendor's page: https://docs.pleroma.social/backend/development/API/chats/. Who wrote a message it says by a bare account id.
"""

from services.contracts.interaction import Author, NeutralEvent
from services.contracts.vocabulary import Direction, Kind
from services.engagement.connectors.mastodon.payloads import Account, Chat, ChatMessage
from services.engagement.connectors.mastodon.people import NETWORK, author_of, our_venue, scope_of, us
from services.engagement.connectors.mastodon.statuses import Setting, attachment_of, ident, read_date
from services.engagement.connectors.mastodon.texts import plain_text


def message_of(message: ChatMessage, *, other: Account | None, setting: Setting, told_at: str | None = None) -> NeutralEvent | None:
    """A message of a chat with somebody; `other` is who that is, where it is told. It stands beside that person's direct posts."""
    key, writer = ident(message.id), ident(message.account_id)
    known = author_of(other, channel=setting.channel)
    if key is None or (known is None and writer is None):
        return None
    ours = _is_ours(writer, known=known, setting=setting)
    named = Author(network=NETWORK, scope=scope_of(setting.channel), external_id=writer) if writer else None
    attachment = attachment_of(message.attachment) if message.attachment else None
    return NeutralEvent(
        id=f"chat:{key}",
        occurred_at=read_date(message.created_at, otherwise=read_date(told_at, otherwise=setting.received_at)),
        kind=Kind.DIRECT,
        author=us(setting.channel) if ours else known or named or us(setting.channel),
        venue=our_venue(setting.channel),
        direction=Direction.OUTBOUND if ours else Direction.INBOUND,
        text=plain_text(message.content),
        attachments=(attachment,) if attachment else (),
        recipient=known if ours else None,
    )


def newest_of(chat: Chat, *, setting: Setting) -> NeutralEvent | None:
    """The newest message of a chat."""
    return message_of(chat.last_message, other=chat.account, setting=setting) if chat.last_message else None


def _is_ours(writer: str | None, *, known: Author | None, setting: Setting) -> bool:
    """A chat has two sides: who is neither the other one nor, where we know ourselves, anybody else."""
    if writer is None:
        return False
    if setting.channel.account:
        return writer == setting.channel.account
    return known is not None and writer != known.external_id
