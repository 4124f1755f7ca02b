"""Takes the bytes of a visitor's file, at the address that the door gave leave for. Plain ASGI, piece by piece; called by `main`.

Any page may ask and read the answer: the signed token in the path is the right to hand in this one file.
"""

from urllib.parse import parse_qs

import msgspec

from services.engagement.errors import MediaRefusedError
from services.engagement.media.receiving import NAME_LIMIT_CHARS, Upload, spooled, take_in
from services.engagement.media.serving import UPLOAD_SECONDS, plain_name
from services.engagement.media.storage import Storage
from services.engagement.visitors.uploads import SIZE_LIMIT_BYTES, TYPES, Leaves
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.errors import ProblemError, problem_response
from services.kit.http import BareRequest
from services.kit.port import Answer

_ANY_PAGE = {"access-control-allow-origin": "*", "cache-control": "no-store"}


class VisitorUploads:
    """See the module. `database` is of the role `app`."""

    def __init__(self, database: Database, *, storage: Storage, leaves: Leaves, clock: Clock) -> None:
        self._database = database
        self._storage = storage
        self._leaves = leaves
        self._clock = clock

    async def __call__(self, request: BareRequest) -> Answer:
        """Keep the body as the token's file; the same bytes once more are the same file."""
        try:
            body = await self._keep(request)
        except ProblemError as error:
            status, headers, body = problem_response(error)
            told = {key.decode("latin-1"): value.decode("latin-1") for key, value in headers}
            return Answer(status, {**told, **_ANY_PAGE}, body)
        return Answer(201, {"content-type": "application/json", **_ANY_PAGE}, body)

    async def _keep(self, request: BareRequest) -> bytes:
        now = self._clock.now()
        leave = self._leaves.read(request.tail, now=now)
        upload = Upload(id=leave.media, name=_name_of(request), member=None, repeatable=True, source="visitor")
        async with spooled(request.chunks(cap_bytes=SIZE_LIMIT_BYTES, timeout_seconds=UPLOAD_SECONDS)) as file:
            if file.sniffed.type not in TYPES:
                raise MediaRefusedError("Pictures, sound, video, PDF and plain text can be sent.", type=file.sniffed.type)
            row, _ = await take_in(self._database, self._storage, leave.place.workspace, upload, file, now=now)
        return msgspec.json.encode({name: row[name] for name in ("name", "type", "size_bytes")})


def _name_of(request: BareRequest) -> str:
    """The file's name, from the query; one that is too long is cut, for it says nothing to the server."""
    query = parse_qs(request.scope["query_string"].decode("ascii", "replace"), max_num_fields=20)
    return plain_name(query.get("name", [""])[0])[:NAME_LIMIT_CHARS]
