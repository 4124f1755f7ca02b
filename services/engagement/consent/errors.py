"""What consent refuses. Raised by `asking`; rendered at the edge.

ProblemError (kit)
├── ConsentRefusedError 422    the person has not allowed it; carries what would be
└── PurposeUnknownError 422    carries those that there are
"""

from services.kit.errors import MalformedError


class ConsentRefusedError(MalformedError):
    """The person has not allowed this. `because`: do_not_contact, refused or not_granted; `allowed` says what would be."""

    code = "consent_refused"
    title = "The person has not allowed this"


class PurposeUnknownError(MalformedError):
    """The workspace has no such purpose; `known` are those that there are."""

    code = "purpose_unknown"
    title = "There is no such purpose"
