"""What composing refuses beside the refusals of `services.engagement.errors`. Raised by its modules, rendered at the edge.

ProblemError (kit)
├── OwnReplyError 409              four eyes
├── CannotBeginError 422           carries what would be allowed
├── AboutRefusedError 422          it is not what this person said in public
├── ConversationExistsError 409    carries the conversation
├── MemberNeededError 403          an API key cannot answer for it
├── DraftNotFoundError 404
├── AttachmentRefusedError 422
├── CannedReplyNotFoundError 404
├── CannedReplyExistsError 409     same shortcut, same language
├── PlaceholderUnknownError 422    carries the known ones
├── NoPeerAnswerError 422          it does not answer what it should
├── NotDeclinedError 409
├── WithheldError 409              blocked or spam; carries which
├── PromiseNotFoundError 404
├── PromiseSettledError 409
├── HoursRefusedError 422          carries what is wrong
└── NoHoursError 404
"""

from services.kit.errors import ConflictError, ForbiddenError, MalformedError, NotFoundError


class OwnReplyError(ConflictError):
    """Four eyes: whoever proposed a reply does not decide about it."""

    code = "own_reply"
    title = "Somebody else has to decide this"


class CannotBeginError(MalformedError):
    """The platform does not let us write first in this way; `allowed` says what would be possible."""

    code = "cannot_begin"
    title = "A conversation cannot be begun like this"


class AboutRefusedError(MalformedError):
    """A private conversation can be about what the same person said in public, and about nothing else."""

    code = "about_refused"
    title = "This cannot be moved to a private conversation"


class ConversationExistsError(ConflictError):
    """There is a conversation with this person already; `conversation_id` names it."""

    code = "conversation_exists"
    title = "There is a conversation with this person"


class MemberNeededError(ForbiddenError):
    """An API key cannot do what a member answers for."""

    code = "member_needed"
    title = "Only a member may do this"


class DraftNotFoundError(NotFoundError):
    """The member has no draft in this conversation."""

    code = "draft_not_found"
    title = "There is no such draft"


class AttachmentRefusedError(MalformedError):
    """It is not known what is to be attached, or it may not be."""

    code = "attachment_refused"
    title = "This cannot be attached"


class CannedReplyNotFoundError(NotFoundError):
    """No such canned reply in this workspace."""

    code = "canned_reply_not_found"
    title = "There is no such canned reply"


class CannedReplyExistsError(ConflictError):
    """The shortcut is taken in that language."""

    code = "canned_reply_exists"
    title = "There is such a canned reply already"


class PlaceholderUnknownError(MalformedError):
    """A placeholder that nothing ever fills; `known` are those that can be."""

    code = "placeholder_unknown"
    title = "Nothing fills this placeholder"


class NoPeerAnswerError(MalformedError):
    """It was not written by another person, later, in the same conversation."""

    code = "no_peer_answer"
    title = "This does not answer it"


class NotDeclinedError(ConflictError):
    """There is no decline to take back."""

    code = "not_declined"
    title = "This was not declined"


class WithheldError(ConflictError):
    """Nothing is owed here: its writer is blocked, or its conversation is spam; `withheld_by` says which."""

    code = "withheld"
    title = "This cannot be owed"


class PromiseNotFoundError(NotFoundError):
    """No such promise in this workspace."""

    code = "promise_not_found"
    title = "There is no such promise"


class PromiseSettledError(ConflictError):
    """It was kept, broken or withdrawn before."""

    code = "promise_settled"
    title = "This promise is settled"


class PromiseTimeError(MalformedError):
    """A promise is about a time to come, within two years."""

    code = "promise_time"
    title = "This cannot be promised for then"


class HoursRefusedError(MalformedError):
    """Hours that cannot be kept."""

    code = "hours_refused"
    title = "A channel cannot be open like this"


class NoHoursError(NotFoundError):
    """The channel has no hours: it is always open."""

    code = "no_hours"
    title = "This channel has no hours"
