"""If-Match and ETag: a change is made only to the version that the caller saw. Called by REST edges; compares nothing itself."""

import re
from typing import Annotated

from fastapi import Depends, Header, Response

from services.kit.errors import BadRequestError, PreconditionFailedError

_TAG = re.compile(r'(?:W/)?"(\d{1,9})"')
_IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=100,
        description='The ETag that the caller saw, such as "3", or * for any. Where the present one is another, nothing is changed: 412.',
    ),
]


def _expected(if_match: _IfMatch = None) -> int | None:
    """The version that the caller saw; None where any will do. Raises BadRequestError."""
    if if_match is None or if_match.strip() == "*":
        return None
    found = _TAG.fullmatch(if_match.strip())
    if found is None:
        raise BadRequestError('Write If-Match as the ETag was told, such as "3"; several are not taken.')
    return int(found[1])


Expected = Annotated[int | None, Depends(_expected)]


def tag(response: Response, version: int) -> None:
    """Tell the version as the answer's ETag."""
    response.headers["etag"] = f'"{version}"'


def match(expected: int | None, version: int) -> None:
    """Raise PreconditionFailedError where a version is expected, and it is not this one."""
    if expected is not None and expected != version:
        raise PreconditionFailedError(version=version)
