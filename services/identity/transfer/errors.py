"""What imports and exports refuse, under kit's tree.

NotFoundError:    ImportNotFoundError
ConflictError:    ImportEndedError
MalformedError:   ImportRefusedError
RateLimitedError: TooManyImportsError
"""

from services.kit.errors import ConflictError, MalformedError, NotFoundError, RateLimitedError

_RETRY_SECONDS = 30.0


class ImportNotFoundError(NotFoundError):
    """No such import in the caller's workspace."""

    code = "import_not_found"
    title = "There is no such import"


class ImportEndedError(ConflictError):
    """What has ended cannot be cancelled."""

    code = "import_ended"
    title = "The import has ended already"


class ImportRefusedError(MalformedError):
    """The file or what is said of it does not fit; nothing was imported."""

    code = "import_refused"
    title = "The file cannot be imported as it is"


class TooManyImportsError(RateLimitedError):
    """So many imports of the workspace have not ended that no other may begin; nothing was kept of the file."""

    code = "too_many_imports"
    title = "Too many imports have not ended"

    def __init__(self, most: int) -> None:
        super().__init__(
            f"The workspace has {most} imports that have not ended. Send the file again when one has, or cancel one "
            "(POST /v1/imports/{id}/cancel); GET /v1/imports lists them.",
            retry_after_seconds=_RETRY_SECONDS,
        )
