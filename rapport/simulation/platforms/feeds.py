"""A feed of somebody's forum, in Atom, asked for conditionally. Takes nothing. Played by the stage.

Sources: RFC 4287 (Atom), RFC 9110 (ETag, If-None-Match).
"""

from xml.sax.saxutils import escape

from aiohttp import web

from rapport.simulation.accounts import Account, Said
from rapport.simulation.calls import Asked, Call, Platform, Refusal, whole
from rapport.simulation.crowd import Line

_SITE = "https://forum.example"
_SHOWN = 200


def _hear(account: Account, line: Line) -> Said:
    return account.hear(line, kind="post", id_of=lambda number, _: f"tag:forum.example,2026:{account.id}:{number}")


def _entry(said: Said) -> str:
    return (
        f"<entry><id>{escape(said.id)}</id><title>{escape(said.text)}</title><published>{said.written_at}</published>"
        f"<updated>{said.written_at}</updated><link href='{_SITE}/topics/{said.number}'/>"
        f"<author><name>{escape(said.name)}</name><uri>{_SITE}/people/{said.person}</uri></author>"
        f"<content type='text'>{escape(said.text)}</content></entry>"
    )


def _feed(account: Account, asked: Asked) -> web.Response:
    """The newest entries; 304 where nothing came since."""
    etag = f'"{len(account.said)}"'
    if asked.headers.get("if-none-match") == etag:
        return web.Response(status=304, headers={"etag": etag})
    latest = account.said[-1].written_at if account.said else "2026-01-01T00:00:00Z"
    head = f"<id>{_SITE}/{account.id}</id><title>Forum</title><updated>{latest}</updated><link href='{_SITE}/'/>"
    entries = "".join(_entry(said) for said in reversed(account.said[-_SHOWN:]))
    body = f"<?xml version='1.0' encoding='utf-8'?><feed xmlns='http://www.w3.org/2005/Atom'>{head}{entries}</feed>"
    return whole(body.encode(), content_type="application/atom+xml", etag=etag)


FEEDS = Platform(
    name="feeds",
    calls=(Call("GET", "/feeds/{feed}.xml", _feed, polled=True),),
    hear=_hear,
    refusals={
        "rate_limited": lambda seconds: Refusal(status=429, answer={}, headers={"retry-after": str(int(seconds))}),
        "forbidden": lambda _: Refusal(status=403, answer={}),
        "server_error": lambda _: Refusal(status=503, answer={}),
        "unauthorized": lambda _: Refusal(status=404, answer={}),
    },
    token=lambda asked: asked.path["feed"],
)
