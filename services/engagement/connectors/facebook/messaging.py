"""What happens in Messenger, as neutral events or as ignored with the reason. Called by reading; pure.

The tables at the end are the table of contents: what is in neither is unknown, kept and counted.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from services.contracts.interaction import Author, Claimed, NeutralEvent, Parent, Receipt
from services.contracts.vocabulary import Direction, Kind
from services.engagement.connectors.facebook import attachments
from services.engagement.connectors.facebook.feedback import read_feedback
from services.engagement.connectors.facebook.payloads import Message, MessagingItem, Person, Referral, typed
from services.engagement.connectors.facebook.people import Setting, moment_of, nobody, page_of, page_venue, person_of
from services.engagement.protocol import Parsed

REFERENCE = "rapport:"
# Meta's own inbox is an app as well: what is written there is a colleague's, not a program's.
_PAGE_INBOX = "263902037430900"
# What both sides do.
_OF_BOTH = ("message", "message_edit", "reaction")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item, typed and raw, with its people: `us` spoke where `outbound`, else `them`."""

    typed: MessagingItem
    raw: dict[str, object]
    setting: Setting
    outbound: bool
    them: Author

    def event(self, kind: Kind, *, key: str) -> NeutralEvent:
        """The event without what is special about it."""
        us = page_of(self.setting)
        return NeutralEvent(
            id=key,
            occurred_at=self.setting.moment(self.typed.timestamp),
            kind=kind,
            author=us if self.outbound else self.them,
            venue=page_venue(self.setting),
            direction=Direction.OUTBOUND if self.outbound else Direction.INBOUND,
            recipient=self.them if self.outbound else None,
        )


def read_item(raw: dict[str, object], *, setting: Setting) -> Parsed:
    """What one item of `messaging` or `standby` means."""
    named = {side: {"id": raw[side]} for side in ("sender", "recipient") if isinstance(raw.get(side), str | int)}
    told = typed({**raw, **named}, into=MessagingItem)
    echo = bool(told.message and told.message.is_echo)
    page, person = (told.sender, told.recipient) if echo else (told.recipient, told.sender)
    if not setting.page and page and page.id:
        setting = replace(setting, page=page.id)
    # Whichever side is not our Page, where the payload says which one that is: examples exchange them.
    if person and person.id == setting.page and page and page.id != setting.page:
        person = page
    # Buttons, links and receipts are the person's, whichever side examples put them on.
    acts = any(isinstance(raw.get(name), dict) for name in _OF_BOTH)
    outbound = echo or bool(acts and setting.page and told.sender and told.sender.id == setting.page and person is told.recipient)
    item = Item(typed=told, raw=raw, setting=setting, outbound=outbound, them=_them(person, typed=told, setting=setting))
    for name, read in READERS.items():
        if isinstance(raw.get(name), dict):
            return read(item)
    for name, reason in IGNORED.items():
        if name in raw:
            return Parsed(ignored=reason)
    said = {name for name, value in raw.items() if value is not None}
    others = sorted(said - {"sender", "recipient", "timestamp", "prior_message", "hop_context", "tags"})
    if not others:
        return Parsed(ignored="an item that names two sides and says nothing")
    return Parsed(unknown=f"messaging item {', '.join(others)[:200]}")


def _them(person: Person | None, *, typed: MessagingItem, setting: Setting) -> Author:
    """The other side. In examples both sides may carry one id: it is a person's all the same."""
    plugin = Person(user_ref=typed.optin.user_ref) if typed.optin else None
    named = (person_of(each, setting=replace(setting, page="")) for each in (person, plugin))
    author = next((each for each in named if each is not None), None)
    return replace(author, scope=setting.page) if author else nobody(setting)


def _message(item: Item) -> Parsed:
    """A message, its echo, or that it was taken back."""
    message = item.typed.message or Message()
    key = message.mid or item.setting.digest
    if message.is_deleted:
        event = item.event(Kind.DELETION, key=f"{key}:deleted")
        return Parsed(events=(replace(event, target=message.mid),)) if message.mid else Parsed(ignored="a deletion of no message")
    media = attachments.of_message(message)
    text = message.text or attachments.words_of(message)
    if text is None and not media:
        return Parsed(ignored="a message without content")
    event = replace(
        item.event(Kind.DIRECT, key=key),
        text=text,
        attachments=media,
        in_reply_to=Parent(external_id=message.reply_to.mid) if message.reply_to and message.reply_to.mid else None,
        echo_of=_echo_of(message, setting=item.setting) if item.outbound else None,
        extra=_extra(message, item=item),
    )
    return Parsed(events=(_referred(event, referral=message.referral),))


def _echo_of(message: Message, *, setting: Setting) -> str | None:
    """Our reply, where an echo can be one: by the reference that we gave along, else by its id unless another app sent it."""
    told = message.metadata or ""
    if told.startswith(REFERENCE) and len(told) > len(REFERENCE):
        return told.removeprefix(REFERENCE)
    ours = setting.channel.config.get("app_id", "")
    if message.app_id in {None, _PAGE_INBOX} or (ours and message.app_id != ours):
        return None
    return message.mid


def _extra(message: Message, *, item: Item) -> dict[str, str]:
    prior = item.typed.prior_message
    facts = {
        "payload": message.quick_reply.payload if message.quick_reply else None,
        "app_id": message.app_id,
        "metadata": None if (message.metadata or "").startswith(REFERENCE) else message.metadata,
        "prior_source": prior.source if prior else None,
        "prior_identifier": prior.identifier if prior else None,
        "standby": "true" if item.setting.standby else None,
    }
    return {name: value for name, value in facts.items() if value}


def _referred(event: NeutralEvent, *, referral: Referral | None) -> NeutralEvent:
    """The event with where the person came from."""
    if referral is None:
        return event
    context = referral.ads_context_data
    facts = {
        "referral_source": referral.source,
        "referral_type": referral.type,
        "referer": referral.referer_uri,
        "ad_title": context.ad_title if context else None,
        "ad_post": context.post_id if context else None,
        "product": (context.product_id if context else None) or (referral.product.id if referral.product else None),
    }
    extra = {**event.extra, **{name: value for name, value in facts.items() if value}}
    return replace(event, referral_code=referral.ref or None, campaign=referral.ad_id or None, extra=extra)


def _delivered(item: Item) -> Parsed:
    """One receipt for each message named; where none is, all before the watermark arrived, which names nothing that we know."""
    delivery = item.typed.delivery
    named = tuple(dict.fromkeys(mid for mid in (delivery.mids if delivery else []) if mid))
    if not named:
        return _until(item, state="delivered", watermark=delivery.watermark if delivery else None)
    at = item.setting.moment(delivery.watermark if delivery else None, item.typed.timestamp)
    return Parsed(events=tuple(_receipt(item, mid=mid, state="delivered", at_=at) for mid in named))


def _receipt(item: Item, *, mid: str, state: str, at_: object) -> NeutralEvent:
    event = item.event(Kind.RECEIPT, key=f"{mid}:{state}")
    return replace(
        event, occurred_at=item.setting.moment(at_, item.typed.timestamp), target=mid, receipt=Receipt(external_id=mid, state=state)
    )


def _read(item: Item) -> Parsed:
    read = item.typed.read
    if read and read.mid:
        return Parsed(events=(_receipt(item, mid=read.mid, state="read", at_=item.typed.timestamp),))
    return _until(item, state="read", watermark=read.watermark if read else None)


def _until(item: Item, *, state: str, watermark: object) -> Parsed:
    """Everything that we said to this person before a moment was delivered, or read."""
    until = moment_of(watermark)
    if until is None:
        return Parsed(ignored=f"a receipt ({state}) that names neither messages nor a time")
    who = item.them.external_id
    event = item.event(Kind.RECEIPT, key=f"{who}:{state}:{int(until.timestamp() * 1000)}")
    return Parsed(events=(replace(event, occurred_at=until, receipt=Receipt(external_id="", state=state, until=until)),))


def _reaction(item: Item) -> Parsed:
    """An emoji on a message; the same emoji of the same person on it has one id, so taking it back finds it."""
    reaction = item.typed.reaction
    if reaction is None or not reaction.mid:
        return Parsed(ignored="a reaction to no message")
    ended = (reaction.action or "react").lower() == "unreact"
    emoji = reaction.emoji or reaction.reaction
    key = f"{reaction.mid}:reaction:{item.them.external_id}:{emoji or 'any'}"
    event = replace(
        item.event(
            Kind.UNREACTION if ended else Kind.REACTION, key=f"{key}:ended:{item.setting.mark(item.typed.timestamp)}" if ended else key
        ),
        text=emoji,
        in_reply_to=Parent(external_id=reaction.mid),
        target=key if ended else reaction.mid,
        extra={"reaction": reaction.reaction} if reaction.reaction and reaction.reaction != emoji else {},
    )
    return Parsed(events=(event,))


def _postback(item: Item) -> Parsed:
    """A button of ours was pressed."""
    postback = item.typed.postback
    key = (postback.mid if postback else None) or item.setting.digest
    event = item.event(Kind.CLICK, key=key)
    if postback is None:
        return Parsed(events=(event,))
    extra = {"payload": postback.payload} if postback.payload else {}
    event = replace(event, text=postback.title or postback.payload or None, extra=extra)
    return Parsed(events=(_referred(event, referral=postback.referral),))


def _referral(item: Item) -> Parsed:
    """Somebody came into a thread that is there already, by a link or an ad."""
    event = item.event(Kind.CLICK, key=item.setting.digest)
    return Parsed(events=(_referred(event, referral=item.typed.referral),))


def _optin(item: Item) -> Parsed:
    """Somebody lets us write: a plugin's button is a click, notifications are followed until they are stopped."""
    optin = item.typed.optin
    if optin is None:
        return Parsed(ignored="an opt-in without content")
    facts = {
        "optin": optin.type,
        "payload": optin.payload,
        "frequency": optin.notification_messages_frequency,
        "user_ref": optin.user_ref,
    }
    kind = Kind.CLICK
    if (optin.type or "") in {"notification_messages", "marketing_messages", "one_time_notif_req"}:
        stopped = "STOP" in (optin.notification_messages_status or "").upper()
        kind = Kind.UNFOLLOW if stopped else Kind.FOLLOW
    event = replace(
        item.event(kind, key=item.setting.digest),
        text=optin.title or None,
        referral_code=optin.ref or None,
        extra={name: value for name, value in facts.items() if value},
    )
    return Parsed(events=(event,))


def _edit(item: Item) -> Parsed:
    edit = item.typed.message_edit
    if edit is None or not edit.mid:
        return Parsed(ignored="an edit of no message")
    event = item.event(Kind.EDIT, key=f"{edit.mid}:edit:{edit.num_edit or item.setting.digest}")
    return Parsed(events=(replace(event, text=edit.text, target=edit.mid),))


def _payment(item: Item) -> Parsed:
    payment = item.typed.payment
    if payment is None:
        return Parsed(ignored="a payment without content")
    told, amount = payment.requested_user_info, payment.amount
    author = item.them
    if told:
        author = replace(
            author,
            name=author.name or told.contact_name,
            emails=(Claimed(value=told.contact_email),) if told.contact_email else (),
            phones=(Claimed(value=told.contact_phone),) if told.contact_phone else (),
        )
    facts = {
        "payload": payment.payload,
        "currency": amount.currency if amount else None,
        "amount": amount.amount if amount else None,
    }
    event = replace(item.event(Kind.PURCHASE, key=item.setting.digest), author=author)
    return Parsed(events=(replace(event, extra={name: value for name, value in facts.items() if value}),))


def _response_feedback(item: Item) -> Parsed:
    """A thumb for a message of ours."""
    feedback = item.typed.response_feedback
    if feedback is None or not feedback.mid:
        return Parsed(ignored="feedback to no message")
    event = item.event(Kind.REACTION, key=f"{feedback.mid}:feedback:{item.them.external_id}:{item.setting.digest}")
    return Parsed(events=(replace(event, text=feedback.feedback, in_reply_to=Parent(external_id=feedback.mid), target=feedback.mid),))


def _feedback(item: Item) -> Parsed:
    event = replace(item.event(Kind.REVIEW, key=item.setting.digest), in_reply_to=None)
    return read_feedback(item.typed.messaging_feedback, event=event)


READERS: dict[str, Callable[[Item], Parsed]] = {
    "message": _message,
    "message_edit": _edit,
    "postback": _postback,
    "reaction": _reaction,
    "read": _read,
    "delivery": _delivered,
    "optin": _optin,
    "referral": _referral,
    "payment": _payment,
    "response_feedback": _response_feedback,
    "messaging_feedback": _feedback,
}

IGNORED: dict[str, str] = {
    "pass_thread_control": "the thread was handed to another app",
    "take_thread_control": "another app took the thread",
    "request_thread_control": "another app asks for the thread",
    "app_roles": "roles of apps in the Page's inbox changed",
    "policy-enforcement": "Meta warns, blocks or unblocks the Page: see its Page Quality",
    "policy_enforcement": "Meta warns, blocks or unblocks the Page: see its Page Quality",
    "business_integrity": "Meta warns, blocks or unblocks the Page: see its Page Quality",
    "account_linking": "an account was linked or unlinked; it says nothing to us",
    "checkout_update": "a checkout in progress; what is bought arrives as payment",
    "pre_checkout": "a checkout in progress; what is bought arrives as payment",
    "cart": "a cart in progress; what is bought arrives as payment",
    "order": "an order in progress; what is bought arrives as payment",
    "game_play": "a game was played",
    "message_request": "a request to write was accepted",
    "branded_camera": "an effect of the camera was used",
    "message_context": "what a message was shown beside",
    "messaging_customer_information": "a form of contact data, which no message answers",
    "in_thread_lead_form_submit": "a lead form; its answers stand in the thread",
    "lead_form": "a lead form; its answers stand in the thread",
    "calls": "a call; what is said in it does not come as text",
    "call": "a call; what is said in it does not come as text",
    "call_permission_reply": "leave to call, given or refused",
    "typing": "somebody is typing",
    "sender_action": "somebody is typing",
    "group_context": "what group a message belongs to",
    "marketing_message": "news of a marketing message",
    "marketing_message_echo": "news of a marketing message",
    "marketing_message_deliveries": "news of a marketing message",
    "marketing_message_reads": "news of a marketing message",
    "utility_template_status": "news of a message template",
}
