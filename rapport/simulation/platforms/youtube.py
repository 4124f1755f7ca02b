"""A channel on YouTube: comment threads to be polled, comments taken; times in whole seconds, as it tells them. Played by the stage.

Vendor's pages: https://developers.google.com/youtube/v3/docs/commentThreads/list, /comments/list, /comments/insert.
"""

from rapport.simulation.accounts import Account, Said
from rapport.simulation.calls import Asked, Call, Platform, Taken
from rapport.simulation.crowd import Line
from rapport.simulation.platforms.google import REFUSALS, not_found, token_of

_PATH = "/youtube/youtube/v3"
_VIDEO = "dQvideo0001"
_PAGE = 100
_ALONG = 5


def _hear(account: Account, line: Line) -> Said:
    """A comment under the video; a person goes on beneath their first one."""
    return account.hear(
        line, kind="comment", id_of=lambda number, thread: f"{thread}.{number}" if thread else f"Ug{number}", topic="comment"
    )


def _comment(account: Account, said: Said) -> dict[str, object]:
    at = said.at.strftime("%Y-%m-%dT%H:%M:%SZ")
    snippet = {
        "channelId": account.id,
        "textDisplay": said.text,
        "textOriginal": said.text,
        "authorDisplayName": "@acme" if said.ours else f"@p{said.person}",
        "authorChannelId": {"value": account.id if said.ours else f"UCperson{said.person}"},
        "canRate": True,
        "viewerRating": "none",
        "likeCount": 0,
        "publishedAt": at,
        "updatedAt": at,
        **({"parentId": said.thread} if said.thread else {"videoId": _VIDEO}),
    }
    return {"kind": "youtube#comment", "etag": f"e{said.number}", "id": said.id, "snippet": snippet}


def _thread(account: Account, top: Said) -> dict[str, object]:
    """With a few of its replies; the others have to be asked for."""
    beneath = account.in_thread(top.id)
    snippet = {
        "channelId": account.id,
        "videoId": _VIDEO,
        "topLevelComment": _comment(account, top),
        "canReply": True,
        "totalReplyCount": len(beneath),
        "isPublic": True,
    }
    told: dict[str, object] = {"kind": "youtube#commentThread", "etag": f"t{top.number}", "id": top.id, "snippet": snippet}
    along = [_comment(account, said) for said in reversed(beneath[:_ALONG])]
    return {**told, "replies": {"comments": along}} if along else told


def _listed(kind: str, items: list[dict[str, object]], **more: object) -> dict[str, object]:
    info = {"totalResults": len(items), "resultsPerPage": _PAGE}
    return {"kind": f"youtube#{kind}ListResponse", "etag": "e", "pageInfo": info, "items": items, **more}


def _threads(account: Account, asked: Asked) -> object:
    """The threads that began last come first; none is held back."""
    if asked.query.get("moderationStatus", "published") != "published":
        return _listed("commentThread", [])
    begin = int(asked.query.get("pageToken", "0"))
    tops = [said for said in reversed(account.said) if not said.thread]
    more = {"nextPageToken": str(begin + _PAGE)} if len(tops) > begin + _PAGE else {}
    return _listed("commentThread", [_thread(account, top) for top in tops[begin : begin + _PAGE]], **more)


def _replies(account: Account, asked: Asked) -> object:
    begin = int(asked.query.get("pageToken", "0"))
    beneath = account.in_thread(asked.query["parentId"])
    more = {"nextPageToken": str(begin + _PAGE)} if len(beneath) > begin + _PAGE else {}
    return _listed("comment", [_comment(account, said) for said in beneath[begin : begin + _PAGE]], **more)


def _insert(account: Account, asked: Asked) -> Taken:
    top = account.find(asked.within("snippet", "parentId"))
    if top is None:
        raise not_found("The parent comment", reason="parentCommentNotFound")
    words = asked.within("snippet", "textOriginal")
    said = account.take(words, to=top, kind="comment", id_of=lambda number: f"{top.id}.{number}", thread=top.id)
    return Taken(said=said, answer=_comment(account, said))


def _uploads(account: Account, asked: Asked) -> object:
    """Nothing new."""
    del account, asked
    return _listed("playlistItem", [])


def _channels(account: Account, asked: Asked) -> object:
    del asked
    return _listed("channel", [{"kind": "youtube#channel", "id": account.id, "snippet": {"title": "Acme", "customUrl": "@acme"}}])


YOUTUBE = Platform(
    name="youtube",
    calls=(
        Call("GET", f"{_PATH}/commentThreads", _threads, polled=True),
        Call("GET", f"{_PATH}/comments", _replies),
        Call("POST", f"{_PATH}/comments", _insert, sends=True),
        Call("GET", f"{_PATH}/channels", _channels),
        Call("GET", f"{_PATH}/playlistItems", _uploads),
    ),
    hear=_hear,
    refusals=REFUSALS,
    token=token_of,
)
