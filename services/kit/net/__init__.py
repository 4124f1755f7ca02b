"""Calls to the outside world, and what can go wrong with them. The one way out for connectors and webhooks to partners."""

from services.kit.net.addresses import may_connect
from services.kit.net.client import Net, NetAnswer
from services.kit.net.errors import AnswerTooLargeError, ForbiddenAddressError, InDoubtError, NetError, NotSentError
from services.kit.net.websockets import WebSocket

__all__ = [
    "AnswerTooLargeError",
    "ForbiddenAddressError",
    "InDoubtError",
    "Net",
    "NetAnswer",
    "NetError",
    "NotSentError",
    "WebSocket",
    "may_connect",
]
