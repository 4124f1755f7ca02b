"""What engagement refuses, with code, status and title. Raised by its business modules, rendered at the edge.

ProblemError (kit)
├── ChannelNotFoundError 404
├── UnknownPlatformError 422
├── NotBackfillableError 409       the platform cannot be asked for its past
├── NotPastError 422
├── CredentialsMissingError 422
├── WebhookRefusedError 401/403    the signature does not prove it
├── WebhookMalformedError 400
├── ConversationNotFoundError 404
├── InteractionNotFoundError 404
├── NothingToChangeError 422       a change that names no change
├── SnoozeTimeError 422            a time to wake that cannot be one
├── LabelNotFoundError 404
├── LabelExistsError 409           the name is taken
├── TooManyLabelsError 409
├── ProfileNotFoundError 404        nothing is known of this person here
├── NotBlockedError 404
├── MergeRefusedError 409          these two cannot be merged, or were not
├── NotLinkedError 404
├── BulkArgumentError 422          the action needs something else
├── BulkTooLargeError 422
├── JobNotFoundError 404
├── MemberNeededError 403          only a member can do this, no key
├── NotAnswerableError 409         nothing in the conversation can be answered
├── StaleReplyError 409            somebody of ours was faster; carries the items
├── UnseenVersionError 422         a version that the conversation has not reached; carries the present one
├── UnsendableReplyError 422       over a limit of the platform
├── ReplyWindowClosedError 422     carries what would be allowed
├── NotSupportedByPlatformError 422 the connector cannot edit or delete
├── ReplyNotFoundError 404
├── ReplySettledError 409          it is no longer in the state that this needs
├── VersionConflictError 409
├── UnknownTimeZoneError 422
├── AlreadySettledError 409        the ledger has closed this one
├── JournalRowNotFoundError 404
├── BeyondRetentionError 410       events that far back are no longer kept
├── OriginRefusedError 403         the channel's widget is not for that site
├── VisitorRefusedError 401        no visitor's token, or one that does not count here and now
├── IdentityRefusedError 401       the site's word for a visitor does not hold; `reason` says why
├── IdentityReplayedError 401      another browser has used the site's token
└── MessageIdReusedError 409       another message had this id
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
    title = "The channel needs other credentials or settings"


class NotBackfillableError(ConflictError):
    """The channel's platform does not show what happened before."""

    code = "not_backfillable"
    title = "This platform cannot be asked for its past"


class NotPastError(MalformedError):
    """Nothing has happened yet at that time."""

    code = "not_past"
    title = "`since` lies in the future; give a time in the past"


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


class SettingMalformedError(MalformedError):
    """A channel's setting or credential cannot be one."""

    code = "setting_malformed"
    title = "A setting of the channel cannot be one"


class MemberNotFoundError(NotFoundError):
    """Nobody of this id works here."""

    code = "member_not_found"
    title = "There is no such member"


class ConversationNotFoundError(NotFoundError):
    """No such conversation in this workspace."""

    code = "conversation_not_found"
    title = "There is no such conversation"


class InteractionNotFoundError(NotFoundError):
    """No such interaction in this workspace or conversation."""

    code = "interaction_not_found"
    title = "There is no such interaction"


class NothingToChangeError(MalformedError):
    """The request names nothing that is to change."""

    code = "nothing_to_change"
    title = "Nothing is to change"


class SnoozeTimeError(MalformedError):
    """A time to wake that has passed, or that goes with another status."""

    code = "snooze_time"
    title = "The conversation cannot be snoozed until then"


class LabelNotFoundError(NotFoundError):
    """No such label in this workspace."""

    code = "label_not_found"
    title = "There is no such label"


class LabelExistsError(ConflictError):
    """The workspace has a label of that name, perhaps written otherwise."""

    code = "label_exists"
    title = "There is a label of that name"


class TooManyLabelsError(ConflictError):
    """The workspace has as many labels as it may."""

    code = "too_many_labels"
    title = "There are too many labels"


class ProfileNotFoundError(NotFoundError):
    """Nobody of this workspace has heard of this person."""

    code = "profile_not_found"
    title = "There is no such profile"


class NotBlockedError(NotFoundError):
    """The person is not blocked."""

    code = "not_blocked"
    title = "This person is not blocked"


class MergeRefusedError(ConflictError):
    """The threads are one already, or were never merged, or do not go together."""

    code = "merge_refused"
    title = "These conversations cannot be merged or split"


class NotLinkedError(NotFoundError):
    """The two threads are not linked."""

    code = "not_linked"
    title = "These conversations are not linked"


class BulkArgumentError(MalformedError):
    """The action lacks what it needs, or what it was given cannot be."""

    code = "bulk_argument"
    title = "The action cannot be done like this"


class BulkTooLargeError(MalformedError):
    """More conversations than a job takes."""

    code = "bulk_too_large"
    title = "These are too many conversations at once"


class JobNotFoundError(NotFoundError):
    """No such job in this workspace."""

    code = "job_not_found"
    title = "There is no such job"


class FilterNotFoundError(NotFoundError):
    """No such saved filter that the member may use so."""

    code = "filter_not_found"
    title = "There is no such saved filter"


class TooManyFiltersError(ConflictError):
    """The member sees as many filters as one can."""

    code = "too_many_filters"
    title = "There are too many saved filters"


class MemberNeededError(ForbiddenError):
    """An API key is nobody: it follows nothing and has no notes of its own to read."""

    code = "member_needed"
    title = "Only a member can do this"


class NotAnswerableError(ConflictError):
    """Nobody in this conversation can be answered through its channel."""

    code = "not_answerable"
    title = "This conversation cannot be answered"


class StaleReplyError(ConflictError):
    """Since the given version a colleague answered, closed the conversation, or the message was deleted."""

    code = "stale_reply"
    title = "The conversation has moved on"


class UnseenVersionError(MalformedError):
    """Nobody can have seen this version: the conversation has not reached it. `version` is the present one."""

    code = "unseen_version"
    title = "The conversation has not reached this version"


class UnsendableReplyError(MalformedError):
    """The platform would refuse it: too long, a kind it does not take, nothing to send."""

    code = "unsendable_reply"
    title = "The platform would not take this reply"


class ReplyWindowClosedError(MalformedError):
    """Outside the platform's reply window; `allowed` says what it would take."""

    code = "window_closed"
    title = "The reply window is closed"


class NotSupportedByPlatformError(MalformedError):
    """The platform, or its connector, cannot do what was asked."""

    code = "not_supported"
    title = "The platform does not offer this"


class ReplyNotFoundError(NotFoundError):
    """No such reply in this workspace."""

    code = "reply_not_found"
    title = "There is no such reply"


class ReplySettledError(ConflictError):
    """The reply is no longer in the state that this needs."""

    code = "reply_settled"
    title = "The reply has moved on"


class UnknownTimeZoneError(MalformedError):
    """No IANA time zone has this name."""

    code = "unknown_time_zone"
    title = "There is no such time zone; give a name such as Europe/Berlin"


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


class OriginRefusedError(ForbiddenError):
    """The page that asks is of no site that the channel names."""

    code = "origin_refused"
    title = "This site may not use the channel"


class VisitorRefusedError(UnauthenticatedError):
    """Forged, over, of another channel, or of somebody who has signed in since: begin a new session."""

    code = "visitor_refused"
    title = "Begin a new session"


class IdentityRefusedError(UnauthenticatedError):
    """The site's word for a visitor does not hold; the extension `reason` says why, for the site's developer."""

    code = "identity_refused"
    title = "The identity is not accepted"


class IdentityReplayedError(UnauthenticatedError):
    """The site's token has opened a session in another browser: the site must sign a new one."""

    code = "identity_replayed"
    title = "The identity was used elsewhere"


class MessageIdReusedError(ConflictError):
    """The widget's id of a message belongs to another text."""

    code = "message_id_reused"
    title = "Another message has this id"


class NothingToSearchError(MalformedError):
    """The query has no word that is to be found (empty, punctuation or exclusions only), and nothing narrows it."""

    code = "nothing_to_search"
    title = "Give at least one word to search for, or something that narrows the search"


class MediaNotFoundError(NotFoundError):
    """No such file in this workspace, or its link has ended: ask for the file again to get a new one."""

    code = "media_not_found"
    title = "There is no such file"


class MediaRefusedError(MalformedError):
    """A file that is not kept: empty, or a picture of more pixels than anybody can show."""

    code = "media_refused"
    title = "This file is not taken"


class MediaKeyReusedError(MalformedError):
    """The Idempotency-Key belongs to another file."""

    code = "media_key_reused"
    title = "This Idempotency-Key was used for another file"
