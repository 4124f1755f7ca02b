"""Users and chats as authors, venues and ids. Called by messages and updates; pure."""

from services.contracts.interaction import Author, Venue
from services.contracts.vocabulary import Control
from services.engagement.connectors.telegram.payloads import Chat, Ident, Message, User
from services.engagement.protocol import ChannelFacts

NETWORK = "telegram"
NOBODY = Author(network=NETWORK, external_id="unknown", name="Someone on Telegram")


def author_of(user: User | None) -> Author | None:
    """A user as an author, or None without an id. Telegram's ids are unique everywhere, so there is no scope."""
    if user is None or user.id is None:
        return None
    return Author(
        network=NETWORK,
        external_id=str(user.id),
        handle=user.username or None,
        name=_full_name(user.first_name, user.last_name),
        language=user.language_code or None,
        links=_links(user.username),
    )


def author_of_chat(chat: Chat | None) -> Author | None:
    """A chat that speaks for itself: a channel, an anonymous administrator, or the other side of a private chat."""
    if chat is None or chat.id is None:
        return None
    return Author(
        network=NETWORK,
        external_id=str(chat.id),
        handle=chat.username or None,
        name=chat.title or _full_name(chat.first_name, chat.last_name),
        links=_links(chat.username),
    )


def speaker_of(message: Message) -> Author | None:
    """Who wrote: the chat it was written in the name of, else the user, else the chat itself."""
    return author_of_chat(message.sender_chat) or author_of(message.from_) or author_of_chat(message.chat)


def bot_of(channel: ChannelFacts) -> Author:
    """Our own bot, as far as the channel knows it."""
    username = channel.config.get("username", "").lstrip("@")
    return Author(network=NETWORK, external_id=channel.account or "bot", handle=username or None, links=_links(username))


def venue_of(chat: Chat | None, *, channel: ChannelFacts, control: Control = Control.OURS) -> Venue:
    """Where it was said: a group or channel, or our own bot for everything private."""
    if chat is None or chat.id is None or is_private(chat):
        bot = bot_of(channel)
        return Venue(network=NETWORK, external_id=bot.external_id, title=bot.handle, url=next(iter(bot.links), None))
    url = next(iter(_links(chat.username)), None)
    return Venue(network=NETWORK, external_id=str(chat.id), title=chat.title, url=url, control=control)


def is_private(chat: Chat) -> bool:
    """A chat of two. Old payloads without a type are told by the sign: groups and channels have negative ids."""
    if chat.type is None:
        return not str(chat.id).startswith("-")
    return chat.type in {"private", "sender"}


def message_key(chat_id: Ident | None, message_id: Ident | None, *, business: str | None = None) -> str:
    """The id of a message in the channel. Business chats count their messages apart, so their connection is part of it."""
    plain = f"{chat_id}:{message_id}"
    return f"business:{business}:{plain}" if business else plain


def _full_name(first: str | None, last: str | None) -> str | None:
    return " ".join(part for part in (first, last) if part) or None


def _links(username: str | None) -> tuple[str, ...]:
    return (f"https://t.me/{username}",) if username else ()
