"""Why a channel is not connected, changed or ended. Raised by `channels`, rendered at the edge.

ProblemError (kit)
├── CredentialsRefusedError 422    the platform does not take them; carries its reason
├── PlatformUnreachableError 422   it could not be asked
├── TemplatesUnknownError 422      it could not be asked which templates there are; carries its reason
├── NotSubscribableError 422       it takes no call that says where to deliver
├── PlatformRefusedError 422       it does not do what was asked; carries its reason
├── PlatformAwayError 422          it did not do it now, or nobody knows whether it did
├── ModerationUnderwayError 409    another act on the same is being asked for
├── ChannelDisconnectedError 409   it is there for its history only
├── AccountKeptError 409           a channel is of one account, for good
└── RepliesWaitingError 409        it cannot be disconnected with replies still to be sent
"""

from services.kit.errors import ConflictError, MalformedError


class CredentialsRefusedError(MalformedError):
    """The platform does not take these credentials or settings; `reason` is in its words."""

    code = "credentials_refused"
    title = "The platform does not take these credentials"


class PlatformUnreachableError(MalformedError):
    """The platform could not be asked whether they work."""

    code = "platform_unreachable"
    title = "The platform cannot be asked whether the credentials work"


class PlatformRefusedError(MalformedError):
    """The platform does not do it; `reason` is in its words."""

    code = "platform_refused"
    title = "The platform does not do this"


class PlatformAwayError(MalformedError):
    """It could not be reached, did not answer, or wants to be left alone for a while. Asking again does no harm."""

    code = "platform_away"
    title = "The platform did not do this now; try again in a while"


class ModerationUnderwayError(ConflictError):
    """Somebody else has just asked the platform for something about the same, and it has not answered yet."""

    code = "moderation_underway"
    title = "The platform is being asked for something else about this; try again in a moment"


class TemplatesUnknownError(MalformedError):
    """The platform does not say which templates there are: what a channel is set to lacks something, or the platform is away."""

    code = "templates_unknown"
    title = "The platform does not say which templates there are"


class NotSubscribableError(MalformedError):
    """There is nothing that we could tell this platform."""

    code = "not_subscribable"
    title = "This platform is not told by a call where to deliver"


class ChannelDisconnectedError(ConflictError):
    """What was disconnected is there for its history only."""

    code = "channel_disconnected"
    title = "This channel was disconnected; connect the account again, as a new channel"


class AccountKeptError(ConflictError):
    """Whose account a channel is decides who gets what the platform delivers for it, so nobody writes another one in later."""

    code = "account_kept"
    title = "A channel keeps its account; connect the other account as a channel of its own"


class RepliesWaitingError(ConflictError):
    """Replies would be left that nobody sends; `waiting` says how many."""

    code = "replies_waiting"
    title = "Replies still wait to be sent by this channel"
