"""A Page on Facebook: messages and comments by webhook, the Send API, comments, look-ups. Played by the stage.

Vendor's pages: https://developers.facebook.com/docs/messenger-platform/webhooks, .../messenger-platform/reference/send-api,
.../docs/graph-api/webhooks/reference/page, .../docs/graph-api/reference/object/comments.
"""

from rapport.simulation.accounts import Account, Said
from rapport.simulation.calls import Asked, Call, Platform, Taken
from rapport.simulation.crowd import Line
from rapport.simulation.platforms.graph import error, known, listed, refusals, signed, spoken, subscribed, time_of

_PATH = "/facebook/{version}"
_POSTS = 3
_OUR_APP = "7001"


def _hear(account: Account, line: Line) -> Said:
    """By turns a message and a comment, beneath the person's first one."""
    if line.number % 2 == 0:
        return account.hear(line, kind="direct", id_of=lambda number, _: f"m_{number}")
    return account.hear(line, kind="comment", id_of=lambda number, _: f"{_post_of(line.person_id)}_{number}", topic="comment")


def _post_of(person: int) -> str:
    return str(9_000 + person % _POSTS)


def _event(account: Account, said: Said) -> object:
    return _messaging(account, said) if said.kind == "direct" else _change(account, said)


def _messaging(account: Account, said: Said) -> object:
    person, page = {"id": str(said.person)}, {"id": account.id}
    message: dict[str, object] = {"mid": said.id, "text": said.text}
    if said.ours:
        message |= {"is_echo": True, "app_id": int(_OUR_APP), "metadata": said.reference}
    sides = {"sender": page, "recipient": person} if said.ours else {"sender": person, "recipient": page}
    item = {**sides, "timestamp": said.milliseconds, "message": message}
    return {"object": "page", "entry": [{"id": account.id, "time": said.milliseconds, "messaging": [item]}]}


def _change(account: Account, said: Said) -> object:
    post = f"{account.id}_{_post_of(said.person)}"
    value = {
        "item": "comment",
        "verb": "add",
        "comment_id": said.id,
        "post_id": post,
        "parent_id": said.thread or post,
        "from": {"id": account.id, "name": "Acme"} if said.ours else {"id": str(said.person), "name": said.name},
        "message": said.text,
        "created_time": said.seconds,
        "post": {"id": post, "status_type": "added_photos", "is_published": True},
    }
    return {"object": "page", "entry": [{"id": account.id, "time": said.seconds, "changes": [{"field": "feed", "value": value}]}]}


def _send(account: Account, asked: Asked) -> Taken:
    """A message to a person, or the private reply to a comment."""
    comment = asked.within("recipient", "comment_id")
    to = known(account, comment) if comment else spoken(account, asked.within("recipient", "id"))
    said = account.take(
        asked.within("message", "text"),
        to=to,
        kind="direct",
        id_of=lambda number: f"m_{number}",
        reference=asked.within("message", "metadata"),
    )
    return Taken(said=said, answer={"recipient_id": str(said.person), "message_id": said.id})


def _comment(account: Account, asked: Asked) -> Taken:
    above = known(account, asked.path["object"])
    thread = above.thread or above.id
    said = account.take(
        asked.within("message"), to=above, kind="comment", id_of=lambda number: f"{_post_of(above.person)}_{number}", thread=thread
    )
    return Taken(said=said, answer={"id": said.id})


def _conversations(account: Account, asked: Asked) -> object:
    """What was said with one person, the newest first."""
    person = asked.query.get("user_id", "")
    messages = [
        {"id": said.id, "message": said.text, "created_time": time_of(said), "from": {"id": account.id if said.ours else person}}
        for said in account.with_person(person, kind="direct")[:50]
    ]
    return listed([{"id": f"t_{person}", "messages": listed(messages)}] if messages else [])


def _comments(account: Account, asked: Asked) -> object:
    """What stands beneath a comment, the newest first."""
    return listed(
        {"id": said.id, "message": said.text, "created_time": time_of(said), "from": {"id": account.id if said.ours else str(said.person)}}
        for said in account.in_thread(asked.path["object"])[:50]
    )


FACEBOOK = Platform(
    name="facebook",
    calls=(
        Call("GET", f"{_PATH}/me", lambda account, _: {"id": account.id, "name": "Acme"}),
        Call("POST", f"{_PATH}/{{page}}/messages", _send, sends=True),
        Call("POST", f"{_PATH}/{{object}}/comments", _comment, sends=True),
        Call("GET", f"{_PATH}/{{page}}/conversations", _conversations),
        Call("GET", f"{_PATH}/{{object}}/comments", _comments),
        Call("*", f"{_PATH}/{{page}}/subscribed_apps", subscribed),
    ),
    hear=_hear,
    refusals=refusals(limited=613, closed=error(10, "This message is sent outside of allowed window.", subcode=2018278)),
    event=_event,
    echo=lambda account, said: (_event(account, said),),
    headers=signed,
)
