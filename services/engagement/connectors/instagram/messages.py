"""Everything that happens in a private conversation as neutral events, or as ignored with the reason. Called by reading; pure.

The tables at the end are the table of contents. Vendor's page:
https://developers.facebook.com/docs/instagram-platform/webhooks/examples.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from services.contracts.interaction import Author, NeutralEvent, Parent, Receipt
from services.contracts.vocabulary import Direction, Kind, ReplyState
from services.engagement.connectors.instagram.content import attachments_of, mentions_us_in_a_story, referral_facts, text_of
from services.engagement.connectors.instagram.payloads import Delivered, Ident, Message, Messaging, Party, Read, Referral, Time
from services.engagement.connectors.instagram.people import NOBODY, Setting, moment, our_venue, person, text_id, us
from services.engagement.protocol import Parsed

_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)
_TAKEN_BACK = frozenset({"unreact", "remove", "removed", "delete"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """One event with its two sides. `outbound`: we acted."""

    told: Messaging
    setting: Setting
    outbound: bool
    person: Author

    @property
    def at(self) -> datetime:
        return moment(self.told.timestamp, otherwise=self.setting.at)

    @property
    def stamp(self) -> str:
        """What tells two alike acts of one person apart."""
        return str(self.told.timestamp) if self.told.timestamp is not None else self.setting.digest[:16]

    @property
    def us(self) -> Author:
        """Our side, by the id that the event gives it where nothing else names us."""
        side = self.told.sender if self.outbound else self.told.recipient
        return us(self.setting, known_as=text_id(side.id) if side else "")

    def event(self, event_id: str, kind: Kind) -> NeutralEvent:
        """The event with everything that all have."""
        ours = self.us
        extra = {"standby": "true"} if self.setting.standby else {}
        return NeutralEvent(
            id=event_id,
            occurred_at=self.at,
            kind=kind,
            author=ours if self.outbound else self.person,
            venue=our_venue(self.setting, known_as=ours.external_id),
            direction=Direction.OUTBOUND if self.outbound else Direction.INBOUND,
            recipient=self.person if self.outbound and self.person is not NOBODY else None,
            source=self.setting.source,
            extra=extra,
        )


def read_messaging(told: Messaging, *, names: frozenset[str], setting: Setting) -> Parsed:
    """What one event means; `names` are the fields that it has."""
    turn = _turn(told, setting=setting)
    for name, read in READERS.items():
        if name in names:
            return read(turn)
    for name, reason in IGNORED.items():
        if name in names:
            return Parsed(ignored=reason)
    others = sorted(names - _FRAME)
    return Parsed(unknown=f"message event {', '.join(others)[:200]}") if others else Parsed(ignored="an event without content")


def _turn(told: Messaging, *, setting: Setting) -> _Turn:
    """Who acted: we, where it is an echo or our account sent it; else the person."""
    echo = told.message is not None and told.message.is_echo
    sender, recipient = told.sender or Party(), told.recipient or Party()
    from_us = text_id(sender.id) in setting.ours and text_id(recipient.id) not in setting.ours
    # Buttons, links and receipts are the person's; who tries those of their own account is its visitor then.
    outbound = echo or (from_us and (told.message or told.message_edit or told.reaction) is not None)
    to_us = text_id(recipient.id) in setting.ours and text_id(sender.id) not in setting.ours
    # Receipts are the person's, whichever side names them.
    theirs = from_us and (told.is_self or told.read is not None or told.delivery is not None)
    other = recipient if (outbound and not to_us) or theirs else sender
    return _Turn(told=told, setting=setting, outbound=outbound, person=person(other, setting) or NOBODY)


def _message(turn: _Turn) -> Parsed:
    message = turn.told.message or Message()
    mid = text_id(message.mid) or f"message:{turn.setting.digest}"
    if message.is_deleted:
        return Parsed(events=(replace(turn.event(f"{mid}:deleted", Kind.DELETION), target=mid),))
    if not message.mid and not message.text and not message.attachments:
        return Parsed(ignored="a message without id and content")
    text, attachments = text_of(message), attachments_of(message)
    event = turn.event(mid, Kind.DIRECT)
    referral = message.referral
    event = replace(
        event,
        text=text,
        attachments=attachments,
        in_reply_to=_parent(message, turn=turn),
        mentions=(turn.us,) if mentions_us_in_a_story(message) and not turn.outbound else (),
        echo_of=mid if turn.outbound else None,
        referral_code=(referral.ref or None) if referral else None,
        campaign=(text_id(referral.ad_id) or None) if referral else None,
        extra={**event.extra, **_facts(message)},
    )
    return Parsed(events=(event,))


def _parent(message: Message, *, turn: _Turn) -> Parent | None:
    """The message, or our story, that it answers."""
    answered = message.reply_to
    if answered is None:
        return None
    if answered.mid:
        return Parent(external_id=text_id(answered.mid))
    story = text_id(answered.story.id) if answered.story else ""
    return Parent(external_id=story, author=None if turn.outbound else turn.us) if story else None


def _facts(message: Message) -> dict[str, str]:
    story = "mention" if mentions_us_in_a_story(message) else "reply" if message.reply_to and message.reply_to.story else None
    facts = {
        "story": story,
        "payload": message.quick_reply.payload if message.quick_reply else None,
        "unsupported": "true" if message.is_unsupported else None,
        "self": "true" if message.is_self else None,
        "app_id": text_id(message.app_id) if message.is_echo else None,
    }
    return {name: value for name, value in facts.items() if value} | referral_facts(message.referral)


def _edit(turn: _Turn) -> Parsed:
    edit = turn.told.message_edit
    mid = text_id(edit.mid) if edit else ""
    if edit is None or not mid:
        return Parsed(ignored="an edit of no message")
    if edit.text is None and text_id(edit.num_edit) in {"", "0"}:
        return Parsed(ignored="an edit that changed nothing, as Instagram sends it of new messages")
    count = text_id(edit.num_edit) or turn.stamp
    return Parsed(events=(replace(turn.event(f"{mid}:edit:{count}", Kind.EDIT), target=mid, text=edit.text),))


def _reaction(turn: _Turn) -> Parsed:
    """An emoji of a person under a message has one id, so that taking it back finds it."""
    reaction = turn.told.reaction
    mid = text_id(reaction.mid) if reaction else ""
    if reaction is None or not mid:
        return Parsed(ignored="a reaction to no message")
    emoji = reaction.emoji or reaction.reaction
    who = turn.us if turn.outbound else turn.person
    key = f"{mid}:reaction:{who.external_id}" + (f":{emoji}" if emoji else "")
    ended = (reaction.action or reaction.verb or "react").lower() in _TAKEN_BACK
    event = turn.event(f"{key}:ended:{turn.stamp}" if ended else key, Kind.UNREACTION if ended else Kind.REACTION)
    return Parsed(events=(replace(event, text=emoji, in_reply_to=Parent(external_id=mid), target=key if ended else mid),))


def _postback(turn: _Turn) -> Parsed:
    """A pressed button. An icebreaker is one too: Instagram tells no difference."""
    postback = turn.told.postback
    if postback is None:
        return Parsed(ignored="a button without a name")
    event = _click(turn, mid=postback.mid, name="postback", referral=postback.referral)
    extra = {**event.extra, **({"payload": postback.payload} if postback.payload else {})}
    return Parsed(events=(replace(event, text=postback.title or postback.payload, extra=extra),))


def _referral(turn: _Turn) -> Parsed:
    """Someone came into the conversation by a link, an advertisement or a shop, and has said nothing yet."""
    return Parsed(events=(_click(turn, mid=None, name="referral", referral=turn.told.referral),))


def _optin(turn: _Turn) -> Parsed:
    optin = turn.told.optin
    event = _click(turn, mid=None, name="optin", referral=Referral(ref=optin.ref, type=optin.type) if optin else None)
    return Parsed(events=(replace(event, text=optin.title or optin.payload if optin else None),))


def _feedback(turn: _Turn) -> Parsed:
    feedback = turn.told.response_feedback
    mid = text_id(feedback.mid) if feedback else ""
    if feedback is None or not mid:
        return Parsed(ignored="an opinion of no message")
    event = turn.event(f"{mid}:feedback:{turn.person.external_id}", Kind.REACTION)
    return Parsed(events=(replace(event, text=feedback.feedback, in_reply_to=Parent(external_id=mid), target=mid),))


def _click(turn: _Turn, *, mid: Ident | None, name: str, referral: Referral | None) -> NeutralEvent:
    event = turn.event(text_id(mid) or f"{name}:{turn.person.external_id}:{turn.stamp}", Kind.CLICK)
    if referral is None:
        return event
    return replace(
        event,
        referral_code=referral.ref or None,
        campaign=text_id(referral.ad_id) or None,
        extra={**event.extra, **referral_facts(referral)},
    )


def _read(turn: _Turn) -> Parsed:
    read = turn.told.read or Read()
    return _receipts(turn, [text_id(read.mid)], watermark=read.watermark, state=ReplyState.READ)


def _delivered(turn: _Turn) -> Parsed:
    delivery = turn.told.delivery or Delivered()
    return _receipts(turn, [text_id(mid) for mid in delivery.mids], watermark=delivery.watermark, state=ReplyState.DELIVERED)


def _receipts(turn: _Turn, mids: list[str], *, watermark: Time | None, state: ReplyState) -> Parsed:
    """One for each message that is named; else one for all that we said until the time that is."""
    named = [mid for mid in dict.fromkeys(mids) if mid]
    until = moment(watermark, otherwise=_NO_TIME)
    if named:
        return Parsed(events=tuple(_receipt(turn, f"{mid}:{state.value}", Receipt(external_id=mid, state=state.value)) for mid in named))
    if until == _NO_TIME:
        return Parsed(ignored=f"{state.value}, but neither a message nor a time")
    key = f"{turn.person.external_id}:{state.value}:{int(until.timestamp() * 1000)}"
    return Parsed(events=(_receipt(turn, key, Receipt(external_id="", state=state.value, until=until)),))


def _receipt(turn: _Turn, key: str, receipt: Receipt) -> NeutralEvent:
    at = receipt.until if turn.told.timestamp is None and receipt.until else turn.at
    return replace(turn.event(key, Kind.RECEIPT), occurred_at=at, target=receipt.external_id or None, receipt=receipt)


READERS: Mapping[str, Callable[[_Turn], Parsed]] = {
    "message": _message,
    "message_edit": _edit,
    "reaction": _reaction,
    "postback": _postback,
    "read": _read,
    "delivery": _delivered,
    "referral": _referral,
    "optin": _optin,
    "response_feedback": _feedback,
}

_HANDED_OVER = "the conversation was handed over between apps"
IGNORED: Mapping[str, str] = {
    "pass_thread_control": _HANDED_OVER,
    "take_thread_control": _HANDED_OVER,
    "request_thread_control": _HANDED_OVER,
    "app_roles": _HANDED_OVER,
    "policy_enforcement": "a warning of Meta's about our own account",
    "policy-enforcement": "a warning of Meta's about our own account",
    "account_linking": "an account was linked, and nothing said",
    "sender_action": "somebody is typing",
    "typing": "somebody is typing",
}
_FRAME = frozenset({"sender", "recipient", "timestamp", "is_self", "hop_context", "event_type", "id", "time"})
