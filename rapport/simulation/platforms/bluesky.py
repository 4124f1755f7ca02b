"""An account on Bluesky: notifications, a chat's log and records to be polled, posts under keys that we choose. Played by the stage.

Lexicons: app.bsky.notification.listNotifications, chat.bsky.convo.getLog, .getMessages and .sendMessage, com.atproto.repo.putRecord and
.getRecord. Refusals: https://atproto.com/specs/xrpc#error-responses, https://docs.bsky.app/docs/advanced-guides/rate-limits.
"""

import time
from collections.abc import Mapping

from rapport.simulation.accounts import Account, Said
from rapport.simulation.calls import Asked, Call, Platform, Refusal, RefusedError, Taken
from rapport.simulation.crowd import Line

_PATH = "/bluesky/xrpc"
_POST = "app.bsky.feed.post"
_PAGE = 50
_LOG_PAGE = 100


def _hear(account: Account, line: Line) -> Said:
    """By turns a message of a chat and a post that names us, beneath the person's first one."""
    if line.number % 2 == 0:
        convo = _convo_id(line.person_id)
        return account.hear(line, kind="chat", id_of=lambda number, _: f"{convo}/{number}")
    repo = _did(line.person_id)
    return account.hear(line, kind="post", id_of=lambda number, _: f"at://{repo}/{_POST}/{number}", topic="post")


def _did(person: object) -> str:
    return f"did:plc:p{person}"


def _convo_id(person: object) -> str:
    return f"convo{person}"


def _cid(said: Said) -> str:
    return f"bafyrei{said.number}"


def _profile(account: Account, said: Said) -> dict[str, object]:
    if said.ours:
        return {"did": account.id, "handle": "acme.example"}
    return {"did": _did(said.person), "handle": f"p{said.person}.example", "displayName": said.name}


def _ref(account: Account, id_: str) -> dict[str, object]:
    said = account.find(id_)
    return {"uri": id_, "cid": _cid(said) if said else "bafyreinone"}


def _record(account: Account, said: Said) -> dict[str, object]:
    told: dict[str, object] = {"$type": _POST, "text": said.text, "createdAt": said.written_at, "langs": ["en"]}
    if not said.above:
        return told
    return {**told, "reply": {"root": _ref(account, said.thread or said.above), "parent": _ref(account, said.above)}}


def _notification(account: Account, said: Said) -> dict[str, object]:
    return {
        "uri": said.id,
        "cid": _cid(said),
        "author": _profile(account, said),
        "reason": "mention",
        "record": _record(account, said),
        "isRead": False,
        "indexedAt": said.written_at,
        "labels": [],
    }


def _newest(account: Account, asked: Asked, *, kind: str, ours: bool) -> tuple[list[Said], dict[str, object]]:
    """A page of what is listed the newest first, and its cursor."""
    before, limit = asked.query.get("cursor"), int(asked.query.get("limit", str(_PAGE)))
    every = [said for said in account.said if said.kind == kind and said.ours is ours and (not before or said.number < int(before))]
    page = every[-limit:][::-1]
    return page, {"cursor": str(page[-1].number)} if len(every) > limit else {}


def _notifications(account: Account, asked: Asked) -> object:
    page, cursor = _newest(account, asked, kind="post", ours=False)
    return {"notifications": [_notification(account, said) for said in page], "priority": False, **cursor}


def _records(account: Account, asked: Asked) -> object:
    page, cursor = _newest(account, asked, kind="post", ours=True)
    return {"records": [{"uri": said.id, "cid": _cid(said), "value": _record(account, said)} for said in page], **cursor}


def _message(account: Account, said: Said) -> dict[str, object]:
    sender = {"did": account.id if said.ours else _did(said.person)}
    return {
        "$type": "chat.bsky.convo.defs#messageView",
        "id": said.id.rpartition("/")[2],
        "rev": _rev(said),
        "text": said.text,
        "sender": sender,
        "sentAt": said.written_at,
    }


def _rev(said: Said) -> str:
    """Revisions are compared as text."""
    return f"{said.number:020}"


def _log(account: Account, asked: Asked) -> object:
    """What happened in chats after the cursor, the oldest first; without one only where it stands now."""
    chats, place = [said for said in account.said if said.kind == "chat"], asked.query.get("cursor", "")
    after = [said for said in chats if _rev(said) > place][:_LOG_PAGE] if place else []
    reached = _rev(after[-1]) if after else place or (_rev(chats[-1]) if chats else "0")
    logs = [
        {
            "$type": "chat.bsky.convo.defs#logCreateMessage",
            "rev": _rev(said),
            "convoId": _convo_id(said.person),
            "message": _message(account, said),
        }
        for said in after
    ]
    return {"cursor": reached, "logs": logs}


def _convo(account: Account, asked: Asked) -> object:
    id_ = asked.query.get("convoId", "") or _convo_id(asked.query.get("members", "").removeprefix("did:plc:p"))
    person = id_.removeprefix("convo")
    members = [{"did": account.id, "handle": "acme.example"}, {"did": _did(person), "handle": f"p{person}.example"}]
    kind = {"$type": "chat.bsky.convo.defs#directConvo"}
    return {"convo": {"id": id_, "rev": "0", "kind": kind, "members": members, "muted": False, "status": "accepted", "unreadCount": 0}}


def _messages(account: Account, asked: Asked) -> object:
    person = asked.query.get("convoId", "").removeprefix("convo")
    return {"messages": [_message(account, said) for said in account.with_person(person, kind="chat")[:_LOG_PAGE]]}


def _send(account: Account, asked: Asked) -> Taken:
    convo = asked.within("convoId")
    to = next((said for said in account.with_person(convo.removeprefix("convo"), kind="chat") if not said.ours), None)
    if to is None:
        raise RefusedError(400, {"error": "InvalidConvo", "message": "Convo not found"})
    said = account.take(asked.within("message", "text"), to=to, kind="chat", id_of=lambda number: f"{convo}/{number}")
    return Taken(said=said, answer=_message(account, said))


def _put(account: Account, asked: Asked) -> Taken:
    """A post under the key that we name, where nothing lies there yet."""
    uri = f"at://{asked.within('repo')}/{asked.within('collection')}/{asked.within('rkey')}"
    if account.find(uri) is not None:
        raise RefusedError(400, {"error": "InvalidSwap", "message": "Record was at another version"})
    above = account.find(asked.within("record", "reply", "parent", "uri"))
    if above is None:
        raise RefusedError(400, {"error": "InvalidRequest", "message": "the parent is not known here"})
    thread = asked.within("record", "reply", "root", "uri")
    said = account.take(asked.within("record", "text"), to=above, kind="post", id_of=lambda _: uri, thread=thread)
    return Taken(said=said, answer={"uri": uri, "cid": _cid(said), "validationStatus": "valid"})


def _get(account: Account, asked: Asked) -> object:
    said = account.find(f"at://{asked.query['repo']}/{asked.query['collection']}/{asked.query['rkey']}")
    if said is None:
        raise RefusedError(400, {"error": "RecordNotFound", "message": "Could not locate record"})
    return {"uri": said.id, "cid": _cid(said), "value": _record(account, said)}


def _post_views(account: Account, asked: Asked) -> object:
    found = [said for uri in asked.listed("uris") if (said := account.find(uri)) is not None]
    return {
        "posts": [
            {
                "uri": said.id,
                "cid": _cid(said),
                "author": _profile(account, said),
                "record": _record(account, said),
                "indexedAt": said.written_at,
            }
            for said in found
        ]
    }


def _session(account: Account, asked: Asked) -> object:
    """The app password is the token as well: sessions do not end here."""
    del asked
    return {"accessJwt": account.token, "refreshJwt": account.token, "did": account.id, "handle": "acme.example", "active": True}


def _too_fast(seconds: float) -> Refusal:
    headers: Mapping[str, str] = {
        "ratelimit-limit": "3000",
        "ratelimit-remaining": "0",
        "ratelimit-reset": str(int(time.time() + seconds)),
        "ratelimit-policy": "3000;w=300",
    }
    return Refusal(status=429, answer={"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}, headers=headers)


BLUESKY = Platform(
    name="bluesky",
    calls=(
        Call("POST", f"{_PATH}/com.atproto.server.createSession", _session),
        Call("POST", f"{_PATH}/com.atproto.server.refreshSession", _session),
        Call("GET", f"{_PATH}/app.bsky.notification.listNotifications", _notifications),
        Call("GET", f"{_PATH}/chat.bsky.convo.getLog", _log, polled=True),
        Call("GET", f"{_PATH}/chat.bsky.convo.getConvo", _convo),
        Call("GET", f"{_PATH}/chat.bsky.convo.getConvoForMembers", _convo),
        Call("GET", f"{_PATH}/chat.bsky.convo.getMessages", _messages),
        Call("POST", f"{_PATH}/chat.bsky.convo.sendMessage", _send, sends=True),
        Call("GET", f"{_PATH}/com.atproto.repo.listRecords", _records),
        Call("GET", f"{_PATH}/com.atproto.repo.getRecord", _get),
        Call("POST", f"{_PATH}/com.atproto.repo.putRecord", _put, sends=True),
        Call("GET", f"{_PATH}/app.bsky.feed.getPosts", _post_views),
    ),
    hear=_hear,
    refusals={
        "rate_limited": _too_fast,
        "forbidden": lambda _: Refusal(
            status=400, answer={"error": "MessagesDisabled", "message": "recipient has disabled incoming messages"}
        ),
        "server_error": lambda _: Refusal(status=502, answer={"error": "UpstreamFailure", "message": "Upstream Failure"}),
        "unauthorized": lambda _: Refusal(
            status=401, answer={"error": "AuthenticationRequired", "message": "Invalid identifier or password"}
        ),
    },
    token=lambda asked: asked.bearer or asked.within("password"),
)
