"""Direct messages as neutral events: logs, messages and conversations of chat.bsky.convo. Called by views; pure.

An id is <conversation>/<message>. A chat of two is the person's own conversation; any other has its id as thread.
"""

from dataclasses import dataclass, field, replace

from services.contracts.interaction import Author, NeutralEvent, Parent
from services.contracts.vocabulary import Direction, Kind
from services.engagement.connectors.bluesky.addresses import read_moment
from services.engagement.connectors.bluesky.content import links_of, mentions_of, quoted_in
from services.engagement.connectors.bluesky.payloads import Convo, Log, Message, Profile
from services.engagement.connectors.bluesky.people import author_named, author_of, our_handle, venue_of
from services.engagement.connectors.bluesky.setting import Setting
from services.engagement.protocol import Parsed, salvage

_KINDS = "chat.bsky.convo.defs#"
_TWO = 2
QUIET_LOGS = {
    "logBeginConvo": "a conversation began",
    "logAcceptConvo": "a conversation was accepted",
    "logLeaveConvo": "a conversation was left",
    "logMuteConvo": "a conversation was muted",
    "logUnmuteConvo": "a conversation is no longer muted",
    "logReadMessage": "we read a conversation in the app",
    "logReadConvo": "we read a conversation in the app",
}
_GROUPS = ("member", "lock", "group", "joinlink", "joinrequest")


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A conversation as far as it is known. `direct`: of two, and they are `people`."""

    id: str | None
    people: dict[str, Author] = field(default_factory=dict)
    direct: bool = False

    def other_than(self, us: str | None) -> Author | None:
        """The other one of a conversation of two."""
        others = [author for did, author in self.people.items() if did != us]
        return others[0] if self.direct and us and len(others) == 1 else None


def room_of(convo: Convo) -> Room:
    """What a conversation says of itself."""
    said = (convo.kind.type_ or "") if convo.kind else ""
    direct = said.endswith("directConvo") or (not said and len(convo.members) == _TWO)
    return Room(id=convo.id, people=_people(convo.members), direct=direct)


def read_log(log: Log, *, room: Room | None, setting: Setting) -> Parsed:
    """One entry of getLog. `room`: its conversation, where we have asked for it."""
    name = (log.type_ or "").removeprefix(_KINDS)
    room = room or Room(id=log.convo_id)
    room = replace(room, people=_people(log.related_profiles) | room.people)
    if name == "logCreateMessage" or (not name and log.message and not log.reaction):
        return read_message(log.message or Message(), room=room, setting=setting)
    if name == "logDeleteMessage":
        return _deleted(log, room=room, setting=setting)
    if name in {"logAddReaction", "logRemoveReaction"}:
        return _reaction(log, room=room, setting=setting, ended=name == "logRemoveReaction")
    if name in QUIET_LOGS:
        return Parsed(ignored=QUIET_LOGS[name])
    if not name or any(part in name.lower() for part in _GROUPS):
        return Parsed(ignored="a group conversation changed its members or settings" if name else "an entry without content")
    return Parsed(unknown=f"chat log {name[:100]}")


def read_message(message: Message, *, room: Room, setting: Setting) -> Parsed:
    """A message; those that the service writes, or that are deleted already, say nothing."""
    if message.data is not None or (message.type_ or "").endswith("systemMessageView"):
        return Parsed(ignored="a message of the service itself")
    sender = message.sender.did if message.sender else None
    if not message.id or not sender:
        return Parsed(ignored="a conversation without a message")
    if message.text is None:
        return Parsed(ignored="a message that is deleted already")
    author = room.people.get(sender) or author_named(sender)
    event = _event(message, author=author, room=room, setting=setting) if author else None
    return Parsed(events=(event,)) if event else Parsed(ignored="a message without a sender")


def message_key(room: str | None, message: str | None) -> str:
    """The event id of a message. Those shown without their conversation stand alone."""
    return f"{room}/{message}" if room else f"{message}"


def _event(message: Message, *, author: Author, room: Room, setting: Setting) -> NeutralEvent:
    text = message.text or ""
    key = message_key(room.id, message.id)
    outbound = setting.is_us(author.external_id)
    other = room.other_than(setting.us)
    answered = salvage(message.reply_to, into=Message)
    answered_sender = answered.sender.did if answered.sender else None
    answered_author = room.people.get(answered_sender or "") or author_named(answered_sender)
    return NeutralEvent(
        id=key,
        occurred_at=read_moment(message.sent_at) or setting.received_at,
        kind=Kind.DIRECT,
        author=author,
        venue=venue_of(setting.us, ours=True, title=our_handle(setting.channel, us=setting.us)),
        direction=Direction.OUTBOUND if outbound else Direction.INBOUND,
        text=text or None,
        in_reply_to=Parent(external_id=message_key(room.id, answered.id), author=answered_author) if answered.id else None,
        mentions=mentions_of(text, facets=message.facets),
        recipient=other if outbound else None,
        echo_of=key if outbound else None,
        source=setting.source,
        thread=None if other else room.id,
        extra=_extra(message, room=room),
    )


def _extra(message: Message, *, room: Room) -> dict[str, str]:
    quoted, quoted_text = quoted_in((message.embed,))
    facts = {"convo": room.id, "links": " ".join(links_of(message.facets)), "quoted": quoted, "quoted_text": quoted_text}
    return {name: value for name, value in facts.items() if value}


def _deleted(log: Log, *, room: Room, setting: Setting) -> Parsed:
    """Someone deleted it on our side: what the other one sees stays."""
    message = log.message or Message()
    sender = message.sender.did if message.sender else None
    author = room.people.get(sender or "") or author_named(sender)
    if not message.id or author is None:
        return Parsed(ignored="a deletion of no message")
    key = message_key(room.id, message.id)
    other = room.other_than(setting.us)
    event = NeutralEvent(
        id=f"{key}:deleted",
        occurred_at=setting.received_at,
        kind=Kind.DELETION,
        author=author,
        venue=venue_of(setting.us, ours=True, title=our_handle(setting.channel, us=setting.us)),
        direction=Direction.OUTBOUND if setting.is_us(author.external_id) else Direction.INBOUND,
        source=setting.source,
        thread=None if other else room.id,
        target=key,
    )
    return Parsed(events=(event,))


def _reaction(log: Log, *, room: Room, setting: Setting, ended: bool) -> Parsed:
    """An emoji under a message. The same emoji of the same person has one id, so that taking it back finds it."""
    message, reaction = log.message or Message(), log.reaction
    sender = reaction.sender.did if reaction and reaction.sender else None
    author = room.people.get(sender or "") or author_named(sender)
    if reaction is None or not message.id or author is None:
        return Parsed(ignored="a reaction without a person")
    target = message_key(room.id, message.id)
    key = f"{target}:reaction:{author.external_id}:{reaction.value or '?'}"
    outbound = setting.is_us(author.external_id)
    event = NeutralEvent(
        id=f"{key}:ended:{log.rev or setting.key}" if ended else key,
        occurred_at=(None if ended else read_moment(reaction.created_at)) or setting.received_at,
        kind=Kind.UNREACTION if ended else Kind.REACTION,
        author=author,
        venue=venue_of(setting.us, ours=True, title=our_handle(setting.channel, us=setting.us)),
        direction=Direction.OUTBOUND if outbound else Direction.INBOUND,
        text=reaction.value,
        in_reply_to=Parent(external_id=target),
        recipient=room.other_than(setting.us) if outbound else None,
        source=setting.source,
        thread=room.id,
        target=key if ended else target,
    )
    return Parsed(events=(event,))


def _people(profiles: list[Profile]) -> dict[str, Author]:
    return {author.external_id: author for profile in profiles if (author := author_of(profile))}
