"""An account on a Mastodon server: notifications and statuses, streamed and polled; a status once per Idempotency-Key. Played by the stage.

Vendor's pages: https://docs.joinmastodon.org/methods/notifications/, /methods/statuses/, /methods/streaming/, /api/rate-limits/,
/api/guidelines/#pagination.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

import orjson
from aiohttp import web

from rapport.simulation.accounts import Account, Said
from rapport.simulation.calls import Asked, Call, Platform, Refusal, RefusedError, Stream, Taken, whole
from rapport.simulation.crowd import Line

_OUR_HANDLE = "acme"
_SITE = "https://social.example"


def _hear(account: Account, line: Line) -> Said:
    """By turns a direct post and a public one, which answers the person's first."""
    if line.number % 2 == 0:
        return account.hear(line, kind="direct", id_of=lambda number, _: str(number))
    return account.hear(line, kind="public", id_of=lambda number, _: str(number), topic="public")


def _person(id_: str, handle: str, name: str) -> dict[str, object]:
    address = f"{_SITE}/@{handle}"
    return {"id": id_, "username": handle, "acct": handle, "display_name": name, "bot": False, "note": "", "url": address, "fields": []}


def _writer(account: Account, said: Said) -> dict[str, object]:
    return _person(account.id, _OUR_HANDLE, "Acme") if said.ours else _person(str(said.person), f"p{said.person}", said.name)


def _status(account: Account, said: Said) -> dict[str, object]:
    above = account.find(said.above)
    named = f"p{said.person}" if said.ours else _OUR_HANDLE
    told: dict[str, object] = {
        "id": said.id,
        "created_at": said.written_at,
        "in_reply_to_id": said.above or None,
        "in_reply_to_account_id": (account.id if above.ours else str(above.person)) if above else None,
        "visibility": "direct" if said.kind == "direct" else "public",
        "spoiler_text": "",
        "edited_at": None,
        "uri": f"{_SITE}/statuses/{said.id}",
        "url": f"{_SITE}/@x/{said.id}",
        "content": f"<p>{said.text}</p>" if said.ours else f"<p>@{_OUR_HANDLE} {said.text}</p>",
        "reblog": None,
        "account": _writer(account, said),
        "media_attachments": [],
        "mentions": [{"id": str(said.person) if said.ours else account.id, "username": named, "acct": named, "url": f"{_SITE}/@{named}"}],
        "tags": [],
        "emojis": [],
        "card": None,
        "poll": None,
    }
    return {**told, "application": {"name": "Rapport", "website": None}} if said.ours else told


def _notification(account: Account, said: Said) -> dict[str, object]:
    about = {"account": _writer(account, said), "status": _status(account, said)}
    return {"id": said.id, "type": "mention", "created_at": said.written_at, **about}


def _streamed(account: Account, said: Said) -> str:
    """What the stream of a user tells: notifications, and on the home timeline our own."""
    if said.ours:
        told = {"stream": ["user"], "event": "update", "payload": orjson.dumps(_status(account, said)).decode()}
    else:
        payload = orjson.dumps(_notification(account, said)).decode()
        told = {"stream": ["user", "user:notification"], "event": "notification", "payload": payload}
    return orjson.dumps(told).decode()


def _instance(account: Account, asked: Asked) -> object:
    del account
    return {"domain": "social.example", "configuration": {"urls": {"streaming": asked.base.replace("http", "ws", 1)}}}


def _page(account: Account, asked: Asked, *, ours: bool, shown: Callable[[Account, Said], object]) -> web.Response:
    """A page as they all are: the newest first; `min_id` asks for what comes right after it."""
    every = [said for said in account.said if said.ours is ours]
    limit, after, before = int(asked.query.get("limit", "20")), asked.query.get("min_id"), asked.query.get("max_id")
    if before:
        every = [said for said in every if said.number < int(before)]
    chosen = [said for said in every if said.number > int(after)][:limit] if after else every[-limit:]
    body = orjson.dumps([shown(account, said) for said in reversed(chosen)])
    link = f'<{asked.base}{asked.path.get("path", "")}?max_id={chosen[0].id}>; rel="next"' if chosen else ""
    return whole(body, content_type="application/json", **({"link": link} if link else {}))


def _notifications(account: Account, asked: Asked) -> object:
    return _page(account, asked, ours=False, shown=_notification)


def _statuses(account: Account, asked: Asked) -> object:
    return _page(account, asked, ours=True, shown=_status)


def _above(account: Account, said: Said) -> Iterable[Said]:
    """What a status answers, and so on, the nearest first."""
    above = account.find(said.above)
    while above is not None:
        yield above
        above = account.find(above.above)


def _context(account: Account, asked: Asked) -> object:
    said = _known(account, asked.path["status"])
    return {"ancestors": [_status(account, each) for each in reversed(list(_above(account, said)))], "descendants": []}


def _known(account: Account, id_: str) -> Said:
    said = account.find(id_)
    if said is None:
        raise RefusedError(404, {"error": "Record not found"})
    return said


def _asked_for(account: Account, asked: Asked) -> list[Said]:
    """Those of `id[]` that there are."""
    return [said for id_ in asked.listed("id[]") if (said := account.find(id_)) is not None]


def _post(account: Account, asked: Asked) -> Taken:
    """The same Idempotency-Key again is answered as the first time."""
    reference = asked.headers.get("idempotency-key", "")
    known = next((said for said in account.said if reference and said.reference == reference), None)
    if known is not None:
        return Taken(said=known, answer=_status(account, known), repeated=True)
    to = _known(account, asked.within("in_reply_to_id"))
    kind = "direct" if asked.within("visibility") == "direct" else "public"
    said = account.take(asked.within("status"), to=to, kind=kind, id_of=str, reference=reference)
    return Taken(said=said, answer=_status(account, said))


def _too_fast(seconds: float) -> Refusal:
    until = datetime.now(UTC) + timedelta(seconds=seconds)
    headers = {"x-ratelimit-limit": "300", "x-ratelimit-remaining": "0", "x-ratelimit-reset": until.isoformat().replace("+00:00", "Z")}
    return Refusal(status=429, answer={"error": "Too many requests"}, headers=headers)


MASTODON = Platform(
    name="mastodon",
    calls=(
        Call("GET", "/api/v1/notifications", _notifications, polled=True),
        Call("GET", "/api/v2/instance", _instance),
        Call("GET", "/api/v1/accounts/verify_credentials", lambda account, _: _person(account.id, _OUR_HANDLE, "Acme")),
        Call("GET", "/api/v1/accounts/{account}/statuses", _statuses),
        Call("POST", "/api/v1/statuses", _post, sends=True),
        Call("GET", "/api/v1/statuses", lambda account, asked: [_status(account, each) for each in _asked_for(account, asked)]),
        Call("GET", "/api/v1/statuses/{status}", lambda account, asked: _status(account, _known(account, asked.path["status"]))),
        Call("GET", "/api/v1/statuses/{status}/context", _context),
    ),
    hear=_hear,
    stream=Stream("/api/v1/streaming", _streamed),
    refusals={
        "rate_limited": _too_fast,
        "forbidden": lambda _: Refusal(status=403, answer={"error": "This action is not allowed"}),
        "server_error": lambda _: Refusal(status=503, answer={"error": "Remote data could not be fetched"}),
        "unauthorized": lambda _: Refusal(status=401, answer={"error": "The access token is invalid"}),
    },
)
