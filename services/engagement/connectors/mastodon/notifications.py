"""Notifications as neutral events, one reader per type; also grouped ones and decrypted web pushes. Called by reading; pure.

Vendor's pages: https://docs.joinmastodon.org/entities/Notification/#type, /methods/grouped_notifications/, /methods/push/.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from services.contracts.interaction import NeutralEvent, Parent
from services.contracts.vocabulary import Addressed, Kind
from services.engagement.connectors.mastodon.chats import message_of
from services.engagement.connectors.mastodon.payloads import Account, Group, Grouped, Notification, Push, Status
from services.engagement.connectors.mastodon.people import author_of, nobody, our_venue, us
from services.engagement.connectors.mastodon.statuses import Setting, edit_of, event_of, ident, read_date
from services.engagement.connectors.mastodon.texts import plain_text
from services.engagement.protocol import Parsed

Reader = Callable[[Notification, Setting, str], NeutralEvent | None]

IGNORED = {
    "poll": "a poll that we made or voted in has ended",
    "admin.sign_up": "news for the server's administrators: somebody signed up",
    "admin.report": "news for the server's administrators: a report",
    "severed_relationships": "the server cut our ties to accounts that it or we blocked",
    "moderation_warning": "a warning of the server's moderators, for the account's owner",
    "annual_report": "our yearly summary is there",
    "added_to_collection": "somebody put our account into a collection",
    "collection_update": "a collection that we are in was changed",
    "move": "an account that we follow moved",
    "pleroma:report": "news for the server's administrators: a report",
    "pleroma:event_reminder": "an event that we take part in is near",
    "pleroma:event_update": "an event that we take part in was changed",
    "pleroma:participation_accepted": "we may take part in an event",
    "pleroma:participation_request": "somebody wants to take part in an event of ours",
    "account_warning": "a warning of the server's moderators, for the account's owner",
    "warning": "a warning of the server's moderators, for the account's owner",
    "followed": "somebody let us follow them",
    "follow_request_accepted": "somebody let us follow them",
    "scheduled_status": "a post that we planned is out",
    "poll_ended": "a poll that we made or voted in has ended",
    "modlog": "news for the server's administrators",
}
_TITLES = re.compile(
    r"^(?:You were mentioned by (?P<by>.+)|(?P<first>.+?) (?:mentioned you|just posted|favou?rited|boosted|is now following|"
    r"sent you|has requested|requested|quoted|edited|followed)\b.*)$"
)
_PUSHED = {
    "mention": Kind.MENTION,
    "quote": Kind.MENTION,
    "status": Kind.POST,
    "favourite": Kind.REACTION,
    "reblog": Kind.REACTION,
    "follow": Kind.FOLLOW,
    "follow_request": Kind.FOLLOW,
}


def read_notification(notification: Notification, *, setting: Setting, key: str | None = None) -> Parsed:
    """What one notification means. `key` names an event that has no status, where the notification's id does not."""
    type_ = notification.type or ""
    if type_ in IGNORED:
        return Parsed(ignored=IGNORED[type_])
    reader = READERS.get(type_)
    if reader is None:
        return Parsed(unknown=f"a notification of a type that is not known: {type_[:60]}")
    name = key or f"notification:{ident(notification.id) or _described(notification)}"
    event = reader(notification, setting, name)
    if event is None:
        return Parsed(ignored=f"a {type_} whose post or account is gone")
    number = ident(notification.id)
    return Parsed(events=(replace(event, extra={**event.extra, "notification": number}) if number else event,))


def read_grouped(grouped: Grouped, *, setting: Setting) -> Parsed:
    """One event per group and account that is shown; a group of many has more accounts than the page names."""
    accounts = {ident(each.id): each for each in [*grouped.partial_accounts, *grouped.accounts]}
    statuses = {ident(each.id): each for each in grouped.statuses}
    read = [
        read_notification(_member(group, account=accounts.get(who), status=statuses.get(ident(group.status_id))), setting=setting, key=key)
        for group in grouped.notification_groups
        for who, key in _members(group)
    ]
    return together(read) if read else Parsed(ignored="a page without notifications")


def read_push(push: Push, *, setting: Setting) -> Parsed:
    """A push tells little: what, a title in the reader's language, and the beginning of the text; neither post nor account."""
    type_ = push.notification_type or ""
    if type_ in IGNORED:
        return Parsed(ignored=IGNORED[type_])
    kind = _PUSHED.get(type_)
    if kind is None:
        return Parsed(ignored=f"a push that only says that there is news: {type_[:60] or 'of no type'}")
    channel, said = setting.channel, _TITLES.match(push.title or "")
    name = (said.group("by") or said.group("first")) if said else None
    event = NeutralEvent(
        id=f"notification:{ident(push.notification_id) or 'unnumbered'}",
        occurred_at=setting.received_at,
        kind=kind,
        author=nobody(channel, name=name) if name else nobody(channel),
        venue=our_venue(channel),
        public=kind is not Kind.MENTION,
        text=type_ if kind is Kind.REACTION else plain_text(push.body),
        addressed=Addressed.OTHERS if kind is Kind.POST else Addressed.US,
        extra={name: value for name, value in (("title", push.title), ("notification", ident(push.notification_id))) if value},
    )
    return Parsed(events=(event,))


def together(read: list[Parsed]) -> Parsed:
    """Several readings as one: all their events, else what the first says."""
    events = tuple(event for parsed in read for event in parsed.events)
    if events:
        return Parsed(events=events)
    return next((parsed for parsed in read if parsed.ignored is not None), read[0])


def _described(notification: Notification) -> str:
    """What stands for a number that is not told."""
    account = notification.account
    who = (ident(account.id) or account.acct) if account else None
    about = ident(notification.status.id) if notification.status else None
    return ":".join(filter(None, [notification.type, about, who, notification.created_at]))


def _members(group: Group) -> list[tuple[str | None, str | None]]:
    """Who, and under which name: a group of one is its notification; in larger ones only the pair of group and account stays the same."""
    if (group.notifications_count or 1) == 1 or not group.sample_account_ids:
        return [(next(iter(group.sample_account_ids), None), None)]
    return [(who, f"notification:{_matter(group)}:{who}") for who in dict.fromkeys(group.sample_account_ids)]


def _matter(group: Group) -> str:
    return ":".join(filter(None, [group.type, ident(group.status_id)]))


def _member(group: Group, *, account: Account | None, status: Status | None) -> Notification:
    return Notification(
        id=group.most_recent_notification_id if (group.notifications_count or 1) == 1 else None,
        type=group.type,
        created_at=group.latest_page_notification_at,
        account=account or (status.account if status and group.type in {"mention", "status", "update", "quote"} else None),
        status=status,
    )


def _status(notification: Notification, setting: Setting, key: str) -> NeutralEvent | None:  # noqa: ARG001 - the readers' signature
    """Somebody whose posts we asked to be told of wrote one."""
    return event_of(notification.status, setting=_about(notification, setting)) if notification.status else None


def _mention(notification: Notification, setting: Setting, key: str) -> NeutralEvent | None:
    named = replace(setting, names_us=True)
    return _status(notification, named, key)


def _quoted(notification: Notification, setting: Setting, key: str) -> NeutralEvent | None:
    """Somebody quoted a post of ours in one of their own: it speaks about us."""
    event = _status(notification, setting, key)
    if event is None or event.kind is Kind.DIRECT:
        return event
    about = event.addressed if event.addressed is Addressed.US else Addressed.ABOUT_US
    return replace(event, kind=Kind.MENTION, addressed=about)


def _edited(notification: Notification, setting: Setting, key: str) -> NeutralEvent | None:  # noqa: ARG001 - the readers' signature
    return edit_of(notification.status, setting=_about(notification, setting)) if notification.status else None


def _about(notification: Notification, setting: Setting) -> Setting:
    """The account of a notification wrote its status, and it is never us."""
    return replace(setting, ours=False, author=notification.account)


def _reaction(notification: Notification, setting: Setting, key: str) -> NeutralEvent | None:
    """A favourite, a boost or an emoji under a post of ours; whose post it is the notification knows, not the status."""
    author = author_of(notification.account, channel=setting.channel)
    if author is None:
        return None
    about = ident(notification.status.id) if notification.status else None
    public = (notification.status.visibility or "public") in {"public", "unlisted"} if notification.status else True
    written_by = author_of(notification.status.account, channel=setting.channel) if notification.status else None
    return NeutralEvent(
        id=key,
        occurred_at=read_date(notification.created_at, otherwise=setting.received_at),
        kind=Kind.REACTION,
        author=author,
        venue=our_venue(setting.channel),
        public=public,
        text=_emoji(notification) or (notification.type or "").removeprefix("pending."),
        in_reply_to=Parent(external_id=about, author=written_by or us(setting.channel)) if about else None,
        target=about,
    )


def _emoji(notification: Notification) -> str | None:
    """The emoji itself, or the name of a picture between colons."""
    told = notification.emoji if notification.emoji is not None else notification.emoji_reaction
    if isinstance(told, dict):
        name = told.get("name") or told.get("shortcode")
        picture = "shortcode" in told or bool(told.get("url"))
        return (f":{name}:" if picture else name) if isinstance(name, str) else None
    return told if isinstance(told, str) else None


def _follow(notification: Notification, setting: Setting, key: str) -> NeutralEvent | None:
    """Follows us, or asks whether they may."""
    author = author_of(notification.account, channel=setting.channel)
    if author is None:
        return None
    return NeutralEvent(
        id=key,
        occurred_at=read_date(notification.created_at, otherwise=setting.received_at),
        kind=Kind.FOLLOW,
        author=author,
        venue=our_venue(setting.channel),
        public=notification.type == "follow",
        extra={"state": "requested"} if notification.type == "follow_request" else {},
    )


def _chat(notification: Notification, setting: Setting, key: str) -> NeutralEvent | None:  # noqa: ARG001 - the readers' signature
    """Somebody wrote in a chat."""
    message = notification.chat_message
    if message is None or notification.account is None:
        return None
    return message_of(message, other=notification.account, setting=setting, told_at=notification.created_at)


READERS: dict[str, Reader] = {
    "mention": _mention,
    "pending.reply": _mention,
    "comment": _mention,
    "direct": _mention,
    "tagged": _mention,
    "status": _status,
    "list_status": _status,
    "quote": _quoted,
    "status_reference": _quoted,
    "update": _edited,
    "quoted_update": _edited,
    "favourite": _reaction,
    "pending.favourite": _reaction,
    "reblog": _reaction,
    "pending.reblog": _reaction,
    "share": _reaction,
    "poll_vote": _reaction,
    "pleroma:emoji_reaction": _reaction,
    "emoji_reaction": _reaction,
    "reaction": _reaction,
    "follow": _follow,
    "follow_request": _follow,
    "pleroma:chat_mention": _chat,
}
