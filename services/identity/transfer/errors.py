"""What imports and exports refuse, under kit's tree.

NotFoundError:  ImportNotFoundError
ConflictError:  ImportEndedError
MalformedError: ImportRefusedError
"""

from services.kit.errors import ConflictError, MalformedError, NotFoundError


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
