"""Why a channel is not connected, changed or ended. Raised by `channels`, rendered at the edge.

ProblemError (kit)
├── ChannelDisconnectedError 409   it is there for its history only
└── RepliesWaitingError 409        it cannot be disconnected with replies still to be sent
"""

from services.kit.errors import ConflictError


class ChannelDisconnectedError(ConflictError):
    """What was disconnected is there for its history only."""

    code = "channel_disconnected"
    title = "This channel was disconnected; connect the account again, as a new channel"


class RepliesWaitingError(ConflictError):
    """Replies would be left that nobody sends; `waiting` says how many."""

    code = "replies_waiting"
    title = "Replies still wait to be sent by this channel"
