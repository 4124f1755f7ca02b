"""What others put around an entity: an answer, a recorded exchange, a text, a webhook of a server. Called by streams and reading; pure.

Vendor's page: https://docs.joinmastodon.org/admin/webhooks/.
"""

from collections.abc import Mapping

from services.engagement.protocol import NotJsonError, read_json

_ANSWER = frozenset({"data", "status", "statusText", "headers", "success", "config", "code"})
_DEEPEST = 3
# What a server tells its administrators by webhook, in the words of its streams.
_STREAMED = {"status.created": "update", "status.updated": "status.update"}


def unwrapped(top: object) -> object:
    """The entity or the list in it; what has nothing around it, as it is."""
    for _ in range(_DEEPEST):
        inner = _inner(top)
        if inner is None:
            break
        top = inner
    return top


def webhook_in(entity: Mapping[str, object]) -> str | None:
    """What a webhook of a server is about, which no person said to us; None for everything else."""
    event = str(entity.get("event") or "")
    if not isinstance(entity.get("object"), dict) or not event.startswith(("account.", "report.", "status.")):
        return None
    return "news for the server's administrators"


def _inner(top: object) -> object:
    if isinstance(top, str) and top.lstrip().startswith(("{", "[")):
        try:
            return read_json(top.encode("utf-8", "replace"))
        except NotJsonError:
            return None
    if not isinstance(top, dict):
        return None
    if "_exchange" in top and "response" in top:
        return top["response"]
    if isinstance(top.get("data"), dict | list) and len(top) > 1 and top.keys() <= _ANSWER:
        return top["data"]
    streamed = _STREAMED.get(str(top.get("event")))
    return {"event": streamed, "payload": top["object"]} if streamed and isinstance(top.get("object"), dict) else None
