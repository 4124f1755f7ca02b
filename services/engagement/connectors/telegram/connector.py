"""Telegram's Bot API as a connector: proves, splits and reads updates, and sends replies. Found by connectors.connectors().

Vendor's pages: https://core.telegram.org/bots/api#setwebhook and #getting-updates.
"""

import hashlib
import hmac
import secrets as random
from dataclasses import replace
from datetime import datetime

import msgspec

from services.contracts.interaction import Author
from services.engagement.connectors.telegram.bare import answer_in, as_update, object_in, pressed_in, unwrapped
from services.engagement.connectors.telegram.declaration import DECLARATION
from services.engagement.connectors.telegram.payloads import FetchedUpdates, Update, User
from services.engagement.connectors.telegram.sending import call, open_file, read_key, send_reply
from services.engagement.connectors.telegram.updates import IGNORED, READERS, UNASKED, Arrived, read_update
from services.engagement.protocol import (
    Account,
    ChannelAccess,
    Declaration,
    Delivery,
    HandshakeAnswer,
    MalformedDeliveryError,
    MediaAddress,
    Net,
    NotJsonError,
    NotSentError,
    OutboundReply,
    Parsed,
    RawItem,
    RejectedError,
    Request,
    Secrets,
    Sent,
    SignatureRefusedError,
    clean_json,
    read_clean_json,
    read_json,
    refuse_unsendable,
    salvage,
)

_TOKEN_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - the name of a header
_LONGEST_KEY = 64


class TelegramConnector:
    """Keeps protocol.Connector, Acknowledges, Checks, Subscribes, MakesSecrets, OpensMedia, Edits, Deletes and Likes."""

    @property
    def declaration(self) -> Declaration:
        """See declaration.py."""
        return DECLARATION

    def handshake(self, request: Request, *, secrets: Secrets, now: datetime) -> HandshakeAnswer | None:  # noqa: ARG002 - the protocol's
        """Telegram asks nothing: setWebhook is our call."""
        return None

    def verify(self, request: Request, *, secrets: Secrets, now: datetime) -> None:  # noqa: ARG002 - there is no time in it
        """Compare the secret token that setWebhook handed out."""
        given = (request.header(_TOKEN_HEADER) or "").encode()
        matches = [hmac.compare_digest(given, secret.encode()) for secret in secrets.candidates()]
        if not any(matches):
            raise SignatureRefusedError("the secret token is missing or wrong")

    def split(self, request: Request, *, secrets: Secrets) -> list[RawItem]:  # noqa: ARG002 - nothing is encrypted
        """One update per delivery; an answer of getUpdates and a bare list of updates are split as well."""
        body = clean_json(request.body)
        try:
            top = read_clean_json(body)
        except NotJsonError as error:
            raise MalformedDeliveryError(str(error)) from error
        if isinstance(top, dict) and (number := _number_of(top)) is not None:
            # What Telegram delivers: one update, with its number.
            return [RawItem(key=str(number), body=body, sequence=number)]
        inner = unwrapped(top)
        if inner is not top:
            body, top = msgspec.json.encode(inner), inner
        updates = _updates_in(top)
        if updates is None:
            raise MalformedDeliveryError("the body is no update")
        exact = [body] if updates == [top] else _exact_bodies(body, listed=isinstance(top, list))
        numbered = [(update, raw, _number_of(update)) for update, raw in zip(updates, exact, strict=True)]
        return [RawItem(key=_key_of(update, body=raw), body=raw, sequence=number) for update, raw, number in numbered]

    def parse(self, delivery: Delivery) -> Parsed:
        """What the update means."""
        try:
            top = read_json(delivery.body)
        except NotJsonError:
            return Parsed(unknown="not JSON")
        top = unwrapped(top)
        answer = answer_in(top)
        if answer is not None:
            return Parsed(ignored=answer)
        updates = _updates_in(top)
        if not updates:
            return Parsed(unknown="no update")
        read = [_read(update, delivery=delivery) for update in updates]
        return read[0] if len(read) == 1 else _together(read)

    async def send(self, reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> Sent:
        """sendMessage, the method of the attachment's kind, or an album. Telegram takes no reference of ours: doubt stays doubt."""
        refuse_unsendable(reply, declaration=DECLARATION)
        return await send_reply(reply, channel=channel, net=net)

    async def check(self, *, channel: ChannelAccess, net: Net) -> Account:
        """Whose token it is."""
        bot = salvage(await call("getMe", {}, channel=channel, net=net), into=User)
        if bot.id is None:
            raise NotSentError("what answers is no Bot API")
        return Account(account=str(bot.id), name=bot.first_name or "", config={"username": bot.username or ""})

    async def subscribe(self, *, channel: ChannelAccess, webhook_url: str, secret: str, net: Net) -> None:
        """Point the bot's webhook here and ask for every kind of update (reactions and members come only when asked for)."""
        kinds = sorted((READERS.keys() | IGNORED.keys()) - UNASKED)
        await call("setWebhook", {"url": webhook_url, "secret_token": secret, "allowed_updates": kinds}, channel=channel, net=net)

    async def unsubscribe(self, *, channel: ChannelAccess, net: Net) -> None:
        """Stop deliveries; what waits at Telegram stays there for a day."""
        await call("deleteWebhook", {}, channel=channel, net=net)

    def make_secret(self) -> str:
        """1 to 256 of A-Z a-z 0-9 _ -, as setWebhook wants."""
        return random.token_urlsafe(48)

    async def edit(self, external_id: str, *, text: str, channel: ChannelAccess, net: Net) -> None:
        """Change the text of a message of ours; one that has this text already is changed."""
        for method, field in (("editMessageText", "text"), ("editMessageCaption", "caption")):
            try:
                await call(method, {**_place(external_id), field: text}, channel=channel, net=net)
            except RejectedError as error:
                said = error.reason.lower()
                # What stands beside a file is its caption, and no text.
                if "there is no text in the message" in said and field == "text":
                    continue
                if "message is not modified" not in said:
                    raise
            return

    async def open_media(self, url: str, *, channel: ChannelAccess, net: Net) -> MediaAddress:
        """See sending.py: getFile."""
        return await open_file(url, channel=channel, net=net)

    def acknowledge(self, request: Request) -> HandshakeAnswer | None:
        """A press of a button is answered at once, in the answer to its delivery: the button shows that it waits until then."""
        query = pressed_in(request.body) if request.body.find(b'"callback_query"') >= 0 else None
        if not query:
            return None
        told = {"method": "answerCallbackQuery", "callback_query_id": query}
        return HandshakeAnswer(body=msgspec.json.encode(told), content_type="application/json")

    async def delete(self, external_id: str, *, channel: ChannelAccess, net: Net) -> None:
        """Delete a message: ours always, others' where the bot may."""
        key = read_key(external_id)
        if key.business:
            parameters: dict[str, object] = {"business_connection_id": key.business, "message_ids": [int(key.message_id)]}
            await call("deleteBusinessMessages", parameters, channel=channel, net=net)
            return
        await call("deleteMessage", _place(external_id), channel=channel, net=net)

    async def like(self, external_id: str, *, author: Author | None, liked: bool, channel: ChannelAccess, net: Net) -> None:  # noqa: ARG002 - the id is enough here
        """A thumbs-up reaction, or none."""
        reaction = [{"type": "emoji", "emoji": "👍"}] if liked else []
        await call("setMessageReaction", {**_place(external_id), "reaction": reaction}, channel=channel, net=net)


def _updates_in(top: object) -> list[dict[str, object]] | None:
    """The updates of a body: itself, a list, or the result of getUpdates. None where it can be none of these."""
    if isinstance(top, dict) and isinstance(top.get("result"), list) and "update_id" not in top and answer_in(top) is None:
        top = top["result"]
    items = top if isinstance(top, list) else [top]
    updates = [item for item in items if isinstance(item, dict)]
    return updates if len(updates) == len(items) else None


def _exact_bodies(body: bytes, *, listed: bool) -> list[bytes]:
    """Each update as it was written, numbers of any size included."""
    items = msgspec.json.decode(body, type=list[msgspec.Raw]) if listed else msgspec.json.decode(body, type=FetchedUpdates).result
    return [bytes(raw) for raw in items]


def _key_of(update: dict[str, object], *, body: bytes) -> str:
    """The update's id; of an update without one, a hash of all of it."""
    number = update.get("update_id")
    if isinstance(number, int | str) and not isinstance(number, bool) and 0 < len(str(number)) <= _LONGEST_KEY:
        return str(number)
    return hashlib.sha256(body).hexdigest()


def _number_of(update: dict[str, object]) -> int | None:
    """The update's id as a number that the journal takes."""
    number = update.get("update_id")
    return number if isinstance(number, int) and not isinstance(number, bool) and 0 <= number < 2**63 else None


def _read(value: dict[str, object], *, delivery: Delivery) -> Parsed:
    update = as_update(value)
    if update is value and (words := object_in(value)):
        return Parsed(ignored=words)
    key = _key_of(update, body=delivery.body)
    arrived = Arrived(update=_typed(update), raw=update, channel=delivery.channel, received_at=delivery.received_at, key=key)
    return read_update(arrived)


def _typed(update: dict[str, object]) -> Update:
    """The typed update: at once where it is well-formed, else field by field."""
    try:
        return msgspec.convert(update, Update, strict=False)
    except (msgspec.ValidationError, RecursionError):
        return salvage(update, into=Update)


def _together(read: list[Parsed]) -> Parsed:
    """Several updates in one item: all their events, or what the first without any says."""
    events = tuple(event for parsed in read for event in parsed.events)
    return replace(read[0], events=events, ignored=None, unknown=None) if events else read[0]


def _place(external_id: str) -> dict[str, object]:
    key = read_key(external_id)
    place: dict[str, object] = {"chat_id": int(key.chat_id), "message_id": int(key.message_id)}
    return {**place, "business_connection_id": key.business} if key.business else place
