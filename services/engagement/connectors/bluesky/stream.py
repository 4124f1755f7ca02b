"""Events of Jetstream, v1 and v2, as neutral events: writes of records, and news of accounts. Called by reading; pure.

Sources: https://github.com/bluesky-social/jetstream (docs/README.md, lexicon network.bsky.jetstream.subscribeEvents).
"""

from dataclasses import replace
from datetime import UTC, datetime

from services.contracts.interaction import NeutralEvent
from services.contracts.vocabulary import Kind
from services.engagement.connectors.bluesky.acts import ACTS, act_of, ending_of, event_of_act
from services.engagement.connectors.bluesky.addresses import POST, Address, read_moment, short_key
from services.engagement.connectors.bluesky.payloads import Commit, Record, StreamEvent
from services.engagement.connectors.bluesky.people import NOBODY, author_named
from services.engagement.connectors.bluesky.posts import Post, event_of_post
from services.engagement.connectors.bluesky.setting import Setting
from services.engagement.protocol import Parsed, read_time, salvage

_FRAMES = "subscribeEvents#"
_REPOS = "subscribeRepos#"
_LONG_AGO = {"c": "create", "u": "update", "d": "delete", "com": "commit", "acc": "account", "id": "identity"}
_NEWS = {
    "identity": "an account's handle or keys changed",
    "account": "an account was switched on or off, or deleted",
    "sync": "a repository begins anew",
    "info": "a notice of the stream itself",
    "handle": "an account's handle changed",
    "tombstone": "an account was deleted",
    "migrate": "an account moved",
    "error": "the stream ended with an error",
}
_MICROSECONDS = 1_000_000


def payload_in(item: dict[str, object]) -> dict[str, object]:
    """What a frame of v2 carries; anything else as it is."""
    payload = item.get("payload")
    return payload if isinstance(payload, dict) and _word(item, "$type") in {"message", "error", ""} else item


def is_stream(item: dict[str, object]) -> bool:
    """Whether this is an event of a stream."""
    item = payload_in(item)
    type_ = item.get("$type")
    if isinstance(type_, str) and (_FRAMES in type_ or _REPOS in type_ or (type_.startswith("#") and type_[1:] in {"commit", *_NEWS})):
        return True
    if "did" not in item and "repo" not in item:
        return False
    told = _word(item, "kind") in {"commit", *_NEWS} or _word(item, "type") in {"com", "acc", "id"}
    commit = item.get("commit")
    write = commit if isinstance(commit, dict) else item
    return told or {"collection", "rkey", "operation"} <= write.keys() or {"ops", "rev"} <= item.keys()


def key_of_stream(item: dict[str, object]) -> str | None:
    """The journal's key: the address of a record that is new, and its revision besides where it changed."""
    event, name, commit = _read(item)
    place = _place(event, commit)
    if name != "commit" or place is None:
        when = event.seq or event.time_us or event.time
        return short_key(f"{event.did}:{name}:{when}") if event.did and when else None
    operation = _operation(commit)
    return short_key(place.uri if operation == "create" else f"{place.uri}:{operation}:{commit.rev or commit.cid}")


def read_stream(item: dict[str, object], *, setting: Setting) -> Parsed:
    """What an event of the stream means."""
    event, name, commit = _read(item)
    if name != "commit":
        return Parsed(ignored=_NEWS[name]) if name in _NEWS else Parsed(unknown=f"stream event {name[:100]}")
    place = _place(event, commit)
    if place is None:
        return Parsed(ignored="a write whose records are not shown")
    at = _moment(event, setting=setting)
    operation = _operation(commit)
    if operation == "delete":
        rev = commit.rev or str(event.time_us or event.seq or setting.key)
        ended = ending_of(place.collection, uri=place.uri, rev=rev, at=at, setting=setting)
        return Parsed(events=(ended,)) if ended else _quiet(place.collection)
    if operation not in {"create", "update"}:
        return Parsed(unknown=f"operation {operation[:100]}")
    made = _made(commit, place=place, at=at, setting=setting)
    if made is None:
        return _quiet(place.collection)
    return Parsed(events=(made if operation == "create" else _changed(made, commit=commit, at=at),))


def _made(commit: Commit, *, place: Address, at: datetime, setting: Setting) -> NeutralEvent | None:
    record, author = commit.record or Record(), author_named(place.repo) or NOBODY
    if place.collection == POST:
        post = Post(record=record, uri=place.uri, cid=commit.cid, author=author, indexed_at=at)
        return event_of_post(post, setting=setting)
    if place.collection in ACTS and commit.operation != "update":
        act = act_of(record, what=ACTS[place.collection], uri=place.uri, author=author, cid=commit.cid)
        return event_of_act(replace(act, indexed_at=at), setting=setting)
    return None


def _changed(made: NeutralEvent, *, commit: Commit, at: datetime) -> NeutralEvent:
    """A record that was rewritten: the app does not show it, other programs do."""
    return replace(
        made, id=f"{made.id}:update:{commit.rev or commit.cid}", kind=Kind.EDIT, occurred_at=at, target=made.id, echo_of=None, ancestors=()
    )


def _read(item: dict[str, object]) -> tuple[StreamEvent, str, Commit]:
    """The event, what kind it is, and its write: beside it (v2) or inside (v1)."""
    item = payload_in(item)
    event = salvage(item, into=StreamEvent)
    repo = item.get("repo")
    event.did = event.did or (repo if isinstance(repo, str) else None)
    commit = event.commit or salvage(item, into=Commit)
    type_ = item.get("$type")
    fragment = type_.rpartition("#")[2] if isinstance(type_, str) and "#" in type_ else ""
    written = event.commit is not None or commit.collection is not None or "ops" in item
    name = event.kind or _LONG_AGO.get(event.type or "") or fragment or ("commit" if written else "info")
    return event, name, commit


def _word(item: dict[str, object], name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) else ""


def _operation(commit: Commit) -> str:
    return commit.operation or _LONG_AGO.get(commit.type or "") or "create"


def _place(event: StreamEvent, commit: Commit) -> Address | None:
    if not event.did or not commit.collection or not commit.rkey:
        return None
    return Address(repo=event.did, collection=commit.collection, key=commit.rkey)


def _moment(event: StreamEvent, *, setting: Setting) -> datetime:
    """When the network saw it."""
    try:
        seconds = int(event.time_us) / _MICROSECONDS if event.time_us is not None else None
    except (ValueError, OverflowError):
        seconds = None
    if seconds is not None:
        return read_time(seconds, otherwise=setting.received_at).astimezone(UTC)
    return read_moment(event.time) or setting.received_at


def _quiet(collection: str) -> Parsed:
    return Parsed(ignored=f"a record of {collection[:100]}: nobody speaks to anybody in it")
