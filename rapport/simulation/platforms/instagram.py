"""An account on Instagram, by Instagram's login: messages and comments by webhook, replies, look-ups. Played by the stage.

Vendor's pages: https://developers.facebook.com/docs/instagram-platform/webhooks/examples,
.../instagram-platform/instagram-graph-api/reference/ig-comment/replies (answers to an answer go beneath the topmost comment).
"""

from rapport.simulation.accounts import Account, Said
from rapport.simulation.calls import Asked, Call, Platform, Taken
from rapport.simulation.crowd import Line
from rapport.simulation.platforms.graph import error, known, listed, refusals, signed, spoken, subscribed, time_of

_PATH = "/instagram/{version}"
_POSTS = 3
_HANDLE = "acme"


def _hear(account: Account, line: Line) -> Said:
    """By turns a message and a comment, beneath the person's first one."""
    if line.number % 2 == 0:
        return account.hear(line, kind="direct", id_of=lambda number, _: f"aWdf{number}")
    return account.hear(line, kind="comment", id_of=lambda number, _: str(number), topic="comment")


def _event(account: Account, said: Said) -> object:
    return _messaging(account, said) if said.kind == "direct" else _change(account, said)


def _messaging(account: Account, said: Said) -> object:
    person, us = {"id": str(said.person)}, {"id": account.id}
    message: dict[str, object] = {"mid": said.id, "text": said.text, **({"is_echo": True} if said.ours else {})}
    sides = {"sender": us, "recipient": person} if said.ours else {"sender": person, "recipient": us}
    item = {**sides, "timestamp": said.milliseconds, "message": message}
    return {"object": "instagram", "entry": [{"id": account.id, "time": said.milliseconds, "messaging": [item]}]}


def _change(account: Account, said: Said) -> object:
    value = {
        "id": said.id,
        "text": said.text,
        "from": {"id": account.id, "username": _HANDLE} if said.ours else {"id": str(said.person), "username": f"p{said.person}"},
        "media": {"id": str(9_000 + said.person % _POSTS), "media_product_type": "FEED"},
        **({"parent_id": said.thread} if said.thread else {}),
    }
    return {"object": "instagram", "entry": [{"id": account.id, "time": said.seconds, "changes": [{"field": "comments", "value": value}]}]}


def _send(account: Account, asked: Asked) -> Taken:
    """A message to a person, or the private reply to a comment."""
    comment = asked.within("recipient", "comment_id")
    to = known(account, comment) if comment else spoken(account, asked.within("recipient", "id"))
    said = account.take(asked.within("message", "text"), to=to, kind="direct", id_of=lambda number: f"aWdf{number}")
    return Taken(said=said, answer={"recipient_id": str(said.person), "message_id": said.id})


def _comment(account: Account, asked: Asked) -> Taken:
    above = known(account, asked.path["comment"])
    said = account.take(asked.within("message"), to=above, kind="comment", id_of=str, thread=above.thread or above.id)
    return Taken(said=said, answer={"id": said.id})


def _conversations(account: Account, asked: Asked) -> object:
    """What was said with one person, the newest first."""
    person = asked.query.get("user_id", "")
    messages = [
        {"id": said.id, "message": said.text, "created_time": time_of(said), "from": {"id": account.id if said.ours else person}}
        for said in account.with_person(person, kind="direct")[:20]
    ]
    return listed([{"id": f"t_{person}", "messages": listed(messages)}] if messages else [])


def _replies(account: Account, asked: Asked) -> object:
    """What stands beneath a comment, the newest first; beneath an answer stands nothing."""
    return listed(
        {
            "id": said.id,
            "text": said.text,
            "timestamp": time_of(said),
            "username": _HANDLE if said.ours else f"p{said.person}",
            "parent_id": said.thread,
        }
        for said in account.in_thread(asked.path["comment"])[:50]
    )


def _refresh(account: Account, asked: Asked) -> object:
    """The token for 60 more days: the same one."""
    del asked
    return {"access_token": account.token, "token_type": "bearer", "expires_in": 5_184_000}


INSTAGRAM = Platform(
    name="instagram",
    calls=(
        Call("GET", f"{_PATH}/me", lambda account, _: {"user_id": account.id, "username": _HANDLE, "name": "Acme"}),
        Call("GET", "/instagram/refresh_access_token", _refresh),
        Call("POST", f"{_PATH}/{{account}}/messages", _send, sends=True),
        Call("POST", f"{_PATH}/{{comment}}/replies", _comment, sends=True),
        Call("GET", f"{_PATH}/{{account}}/conversations", _conversations),
        Call("GET", f"{_PATH}/{{comment}}/replies", _replies),
        Call("*", f"{_PATH}/{{account}}/subscribed_apps", subscribed),
    ),
    hear=_hear,
    refusals=refusals(limited=613, closed=error(10, "This message is sent outside of allowed window.", subcode=2534022)),
    event=_event,
    echo=lambda account, said: (_event(account, said),),
    headers=signed,
    token=lambda asked: asked.bearer or asked.query.get("access_token", ""),
)
