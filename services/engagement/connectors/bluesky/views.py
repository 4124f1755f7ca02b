"""Objects of the API as neutral events: notifications, posts, feeds, threads, stored records, lists of likes. Called by reading; pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from services.contracts.interaction import Author, NeutralEvent
from services.engagement.connectors.bluesky.acts import ACTS, Act, act_of, event_of_act
from services.engagement.connectors.bluesky.addresses import POST, owner_of, read_address, read_moment
from services.engagement.connectors.bluesky.payloads import LikeView, Profile, Record, Ref, ReplyRefs, RepostReason, View
from services.engagement.connectors.bluesky.people import NOBODY, author_named, author_of
from services.engagement.connectors.bluesky.posts import Post, event_of_post
from services.engagement.connectors.bluesky.setting import Setting
from services.engagement.protocol import Parsed, salvage

_REASONS = {
    "like": "like",
    "like-via-repost": "like",
    "repost": "repost",
    "repost-via-repost": "repost",
    "follow": "follow",
    "starterpack-joined": "joined",
}
_QUIET_REASONS = {
    "verified": "a verifier vouches for our account",
    "unverified": "a verifier no longer vouches for our account",
    "contact-match": "somebody of our address book has an account",
}
_MOST_POSTS = 2_000


@dataclass(frozen=True, slots=True)
class _Seen:
    """A post of a thread or feed, with the people beside it."""

    view: dict[str, object]
    known: tuple[Author, ...] = ()


def read_notification(item: dict[str, object], *, setting: Setting) -> Parsed:
    """One of listNotifications: by its reason; one with a reason that is new, by its record."""
    view = salvage(item, into=View)
    reason = str(view.reason)
    if reason in _QUIET_REASONS:
        return Parsed(ignored=_QUIET_REASONS[reason])
    author = author_of(view.author) or author_named(owner_of(view.uri)) or NOBODY
    collection = _collection(view)
    if reason in _REASONS or (collection in ACTS and not view.said.text):
        what = _REASONS.get(reason) or ACTS[collection]
        act = act_of(view.said, what=what, uri=view.uri or setting.named(item), author=author, cid=view.cid)
        subject = view.reason_subject if what == "joined" else act.subject or view.reason_subject
        return _one(event_of_act(replace(act, subject=subject, indexed_at=read_moment(view.indexed_at), told=True), setting=setting))
    if collection == POST or view.said.text is not None or reason in {"mention", "reply", "quote", "subscribed-post"}:
        return _one(event_of_post(_post(view, raw=item, setting=setting, reason=reason), setting=setting))
    return Parsed(unknown=f"notification for the reason {reason[:100]}")


def read_view(item: dict[str, object], *, setting: Setting, known: tuple[Author, ...] = ()) -> Parsed:
    """A post view, a quoted or stored record, or a bare record."""
    view = salvage(item, into=View)
    collection = _collection(view)
    if collection in ACTS:
        author = author_of(view.author) or author_named(owner_of(view.uri)) or NOBODY
        act = act_of(view.said, what=ACTS[collection], uri=view.uri or setting.named(item), author=author, cid=view.cid)
        return _one(event_of_act(replace(act, indexed_at=read_moment(view.indexed_at)), setting=setting))
    if not collection and view.said.text is None:
        return Parsed(ignored="a record of a kind that it does not name")
    if collection and collection != POST:
        return Parsed(ignored=f"a record of {collection[:100]}: nobody speaks to anybody in it")
    return _one(event_of_post(_post(view, raw=item, setting=setting, known=known), setting=setting))


def read_record(item: dict[str, object], *, setting: Setting) -> Parsed:
    """A record that is shown without its address: nobody knows whose it is."""
    record = salvage(item, into=Record)
    if record.type_ in ACTS:
        return _one(event_of_act(act_of(record, what=ACTS[record.type_], uri=setting.named(item), author=NOBODY), setting=setting))
    return _one(event_of_post(Post(record=record, uri=setting.named(item)), setting=setting))


def read_feed_item(item: dict[str, object], *, setting: Setting) -> Parsed:
    """A post in a feed, and who reposted it into there."""
    post = item.get("post")
    if not isinstance(post, dict) or "record" not in post:
        return Parsed(ignored="a feed that names posts without showing them")
    events = list(read_view(post, setting=setting, known=tuple(_people_in(item.get("reply")))).events)
    reason = salvage(item.get("reason"), into=RepostReason)
    author = author_of(reason.by)
    uri = post.get("uri")
    if author and isinstance(uri, str):
        at = read_moment(reason.indexed_at)
        key = reason.uri or f"{uri}:repost:{author.external_id}"
        act = Act(what="repost", uri=key, author=author, subject=uri, indexed_at=at, cid=reason.cid)
        events.append(event_of_act(act, setting=setting))
    return Parsed(events=tuple(events)) if events else Parsed(ignored="a feed without posts")


def read_thread(item: object, *, setting: Setting) -> Parsed:
    """Every post of a thread that may be seen, the oldest first as far as the thread says."""
    events: dict[str, NeutralEvent] = {}
    for seen in _posts_of(item):
        for event in read_view(seen.view, setting=setting, known=seen.known).events:
            events.setdefault(event.id, event)
    return Parsed(events=tuple(events.values())) if events else Parsed(ignored="a thread of which nothing may be seen")


def read_likes(item: dict[str, object], *, setting: Setting) -> Parsed:
    """A page of getLikes. It tells no addresses: an account likes a post once, so the two are the name."""
    uri, likes = item.get("uri"), item.get("likes")
    if not isinstance(uri, str) or not isinstance(likes, list):
        return Parsed(ignored="a list of likes of nothing")
    events: dict[str, NeutralEvent] = {}
    for like in (salvage(each, into=LikeView) for each in likes):
        author = author_of(like.actor)
        if author:
            key = f"{uri}:like:{author.external_id}"
            act = Act(
                what="like", uri=key, author=author, subject=uri, made=like.created_at, indexed_at=read_moment(like.indexed_at), told=False
            )
            events.setdefault(key, event_of_act(act, setting=setting))
    return Parsed(events=tuple(events.values())) if events else Parsed(ignored="a list of no likes")


def _post(view: View, *, raw: object, setting: Setting, reason: str | None = None, known: tuple[Author, ...] = ()) -> Post:
    said = view.said
    if reason == "reply" and said.reply is None and view.reason_subject:
        # The record is not shown: what of ours it answers is told all the same.
        said.reply = ReplyRefs(parent=Ref(uri=view.reason_subject))
    return Post(
        record=said,
        uri=view.uri or setting.named(raw),
        cid=view.cid,
        author=author_of(view.author) or author_named(owner_of(view.uri)),
        embeds=(view.embed, *view.embeds),
        labels=tuple(label.val for label in view.labels if label.val),
        indexed_at=read_moment(view.indexed_at),
        reason=reason,
        subject=view.reason_subject,
        known=known,
    )


def _collection(view: View) -> str:
    """Which records these are: as they say, else as their address does."""
    address = read_address(view.uri)
    return view.said.type_ or (address.collection if address else "")


def _posts_of(item: object) -> Iterator[_Seen]:
    """Walk up, then the post, then down; without recursion, for threads are as deep as people made them."""
    waiting: list[tuple[object, tuple[Author, ...]]] = [(item, ())]
    for _ in range(_MOST_POSTS):
        if not waiting:
            return
        node, known = waiting.pop()
        if isinstance(node, list):
            waiting.extend((each, known) for each in reversed(node))
            continue
        if not isinstance(node, dict):
            continue
        if "post" not in node and isinstance(node.get("value"), dict):
            # An item of getPostThreadV2 wraps what it shows.
            node = node["value"]
        post, parent = node.get("post"), node.get("parent")
        around = tuple({author.external_id: author for author in (*known, *_people_in(node))}.values())
        if parent is not None:
            waiting.append(({name: value for name, value in node.items() if name != "parent"}, around))
            waiting.append((parent, known))
            continue
        if isinstance(post, dict) and isinstance(post.get("record", post.get("value")), dict):
            yield _Seen(post, around)
        if isinstance(node.get("replies"), list):
            waiting.append((node["replies"], around[-20:]))


def _people_in(shown: object) -> Iterator[Author]:
    """The authors of the posts shown in `reply` of a feed, or of a thread's post and its parent."""
    if not isinstance(shown, dict):
        return
    for name in ("root", "parent", "post"):
        part = shown.get(name)
        if isinstance(part, dict) and isinstance(part.get("post"), dict):
            part = part["post"]
        if isinstance(part, dict):
            author = author_of(salvage(part.get("author"), into=Profile))
            if author:
                yield author


def _one(event: NeutralEvent) -> Parsed:
    return Parsed(events=(event,))
