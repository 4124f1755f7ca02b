"""The hub's question whether we meant to subscribe: which channel's feed it is about. Called by the connector; pure.

Vendor's page: https://developers.google.com/youtube/v3/guides/push_notifications. What all hubs have in common is in families.websub.
"""

from urllib.parse import parse_qs, urlsplit

from services.engagement.families.websub import answer_hub, is_proven
from services.engagement.protocol import HandshakeAnswer, Request, Secrets


def answer_question(request: Request, *, secrets: Secrets) -> HandshakeAnswer | None:
    """The challenge given back where we subscribed to our channel's feed; None for a delivery. Raises `SignatureRefusedError` otherwise."""
    account = secrets.config.get("account", "")

    def is_ours(topic: str) -> bool:
        return bool(account) and _channel_in(topic) == account and is_proven(request, topic, secrets=secrets)

    return answer_hub(request, is_ours=is_ours)


def _channel_in(topic: str) -> str:
    return parse_qs(urlsplit(topic).query).get("channel_id", [""])[0]
