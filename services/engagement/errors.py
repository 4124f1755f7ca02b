"""What engagement refuses, with code, status and title. Raised by its business modules, rendered at the edge.

ProblemError (kit)
├── ChannelNotFoundError 404
├── UnknownPlatformError 422
├── CredentialsMissingError 422
├── WebhookRefusedError 401/403    the signature does not prove it
├── WebhookMalformedError 400
├── ConversationNotFoundError 404
├── InteractionNotFoundError 404
├── NotAnswerableError 409         nothing in the conversation can be answered
├── StaleReplyError 409            somebody of ours was faster; carries the items
├── UnsendableReplyError 422       over a limit of the platform
├── ReplyWindowClosedError 422     carries what would be allowed
├── ReplyNotFoundError 404
├── ReplySettledError 409          it is no longer in the state that this needs
├── VersionConflictError 409
├── AlreadySettledError 409        the ledger has closed this one
├── JournalRowNotFoundError 404
└── BeyondRetentionError 410       events that far back are no longer kept
"""

from services.kit.errors import (
    BadRequestError,
    ConflictError,
    ForbiddenError,
    MalformedError,
    NotFoundError,
    ProblemError,
    UnauthenticatedError,
)


class ChannelNotFoundError(NotFoundError):
    """No such channel in this workspace, or no channel at this webhook address."""

    code = "channel_not_found"
    title = "There is no such channel"


class UnknownPlatformError(MalformedError):
    """No connector of that name is installed."""

    code = "unknown_platform"
    title = "There is no connector for this platform"


class CredentialsMissingError(MalformedError):
    """The connector needs credentials or settings that were not given."""

    code = "credentials_missing"
    title = "The channel needs more credentials"


class WebhookRefusedError(UnauthenticatedError):
    """The request is not proven to come from the platform."""

    code = "signature_refused"
    title = "The signature does not prove this delivery"


class WebhookForbiddenError(ForbiddenError):
    """As WebhookRefusedError, for platforms that expect 403."""

    code = "signature_refused"
    title = "The signature does not prove this delivery"


class WebhookMalformedError(BadRequestError):
    """The body is nothing that the platform could have sent."""

    code = "delivery_malformed"
    title = "The delivery cannot be read"


class ConversationNotFoundError(NotFoundError):
    """No such conversation in this workspace."""

    code = "conversation_not_found"
    title = "There is no such conversation"


class InteractionNotFoundError(NotFoundError):
    """No such interaction in this workspace or conversation."""

    code = "interaction_not_found"
    title = "There is no such interaction"


class NotAnswerableError(ConflictError):
    """Nobody in this conversation can be answered through its channel."""

    code = "not_answerable"
    title = "This conversation cannot be answered"


class StaleReplyError(ConflictError):
    """Since the given version a colleague answered, closed the conversation, or the message was deleted."""

    code = "stale_reply"
    title = "The conversation has moved on"


class UnsendableReplyError(MalformedError):
    """The platform would refuse it: too long, a kind it does not take, nothing to send."""

    code = "unsendable_reply"
    title = "The platform would not take this reply"


class ReplyWindowClosedError(MalformedError):
    """Outside the platform's reply window; `allowed` says what it would take."""

    code = "window_closed"
    title = "The reply window is closed"


class ReplyNotFoundError(NotFoundError):
    """No such reply in this workspace."""

    code = "reply_not_found"
    title = "There is no such reply"


class ReplySettledError(ConflictError):
    """The reply is no longer in the state that this needs."""

    code = "reply_settled"
    title = "The reply has moved on"


class VersionConflictError(ConflictError):
    """The given version is not the present one."""

    code = "version_conflict"
    title = "Somebody changed this in the meantime"


class AlreadySettledError(ConflictError):
    """The ledger has already closed this interaction."""

    code = "already_settled"
    title = "This interaction owes nothing any more"


class JournalRowNotFoundError(NotFoundError):
    """No such delivery in this workspace's journal."""

    code = "journal_row_not_found"
    title = "There is no such delivery"


class BeyondRetentionError(ProblemError):
    """The events after this position are no longer all kept: read the state again."""

    code = "beyond_retention"
    status = 410
    title = "Events that far back are no longer kept"
