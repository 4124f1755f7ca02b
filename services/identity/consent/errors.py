"""What consent refuses. Raised by the modules beside it; rendered at the edge.

ProblemError (kit)
├── PreferenceLinkNotFoundError 404    not ours, too old, ended, or its person is gone
├── TooManyWordsError 409
├── ConsentSettingsChangedError 409
├── PurposeUnknownError 422            `known` are those that there are
├── SaidInFutureError 422
└── ConsentSettingsError 422
"""

from services.kit.errors import ConflictError, MalformedError, NotFoundError


class PreferenceLinkNotFoundError(NotFoundError):
    """Deliberately one answer."""

    code = "preference_link_not_found"
    title = "There is nothing at this address"


class TooManyWordsError(ConflictError):
    """More networks and channels were named for one profile than anybody keeps apart."""

    code = "too_many_words"
    title = "This profile has too many words of consent; name networks, not channels"


class ConsentSettingsChangedError(ConflictError):
    """Somebody else was faster."""

    code = "consent_settings_changed"
    title = "The settings were changed meanwhile"


class PurposeUnknownError(MalformedError):
    """The workspace has no such purpose."""

    code = "purpose_unknown"
    title = "There is no such purpose"


class SaidInFutureError(MalformedError):
    """Nobody has said yet what will be said."""

    code = "said_in_future"
    title = "This moment is yet to come"


class ConsentSettingsError(MalformedError):
    """The purposes or keywords contradict one another."""

    code = "consent_settings"
    title = "These purposes and keywords cannot be kept"
