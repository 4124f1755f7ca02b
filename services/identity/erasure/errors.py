"""What exports of a person refuse; the rest of what erasing refuses is in identity's `errors`. Raised beside it; rendered at the edge."""

from services.kit.errors import NotFoundError


class PersonExportNotFoundError(NotFoundError):
    """No such export in this workspace; or it expired, or its person was erased, or its link is not ours: deliberately one answer."""

    code = "person_export_not_found"
    title = "There is no such export; ask for a new one"
