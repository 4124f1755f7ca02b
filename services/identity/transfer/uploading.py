"""The route by which a file comes in: POST /v1/imports with the file as the body, kept piece by piece. Bare ASGI; called by `main`."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated
from urllib.parse import parse_qs
from uuid import UUID

import msgspec

from services.contracts.ids import ImportId, WorkspaceId
from services.contracts.views import BATCH_LIMIT, PAGE_LIMIT
from services.contracts.vocabulary import ImportKind
from services.identity.transfer.beginning import Wish, begin_import
from services.identity.transfer.pieces import SIZE_LIMIT_BYTES
from services.identity.transfer.showing import import_view, imports_of, list_imports
from services.kit.access import Caller, authenticate, permit
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.errors import BadRequestError, MalformedError
from services.kit.http import BareBody, BareRequest
from services.kit.http.bare import Endpoint
from services.kit.ids import new_id
from services.kit.port import Answer

UPLOAD_SECONDS = 890.0
NAME_LIMIT_CHARS = 200
SCOPE_LIMIT_CHARS = 200
_FIT_KEY = re.compile(rb"[\x21-\x7e]{1,255}")
_ARGUMENTS = ("kind", "name", "network", "scope", "of", "delimiter", "map", "channel")


class _ByIds(BareBody):
    ids: Annotated[list[UUID], msgspec.Meta(max_length=BATCH_LIMIT)]


class _Page(BareBody):
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_LIMIT)] = 50
    after: str | None = None


class ImportRoutes:
    """The routes; `wake` says that a workspace has an import, `most` is how many unfinished ones it may have."""

    def __init__(self, database: Database, *, wake: Callable[[WorkspaceId], None], most: int, clock: Clock) -> None:
        self._database = database
        self._wake = wake
        self._most = most
        self._clock = clock

    def routes(self) -> dict[tuple[str, str], Endpoint]:
        """By method and path."""
        return {
            ("POST", "/v1/imports"): self.upload,
            ("POST", "/internal/imports/by-ids"): self.by_ids,
            ("POST", "/internal/imports/page"): self.page,
        }

    async def by_ids(self, request: BareRequest) -> bytes:
        """Imports, aligned with the ids asked for."""
        caller = await authenticate(request.scope)
        permit(caller, "contacts:read")
        asked = await request.json(_ByIds)
        async with self._database.transaction(caller.workspace_id) as connection:
            return msgspec.json.encode(await imports_of(connection, caller.workspace_id, asked.ids))

    async def page(self, request: BareRequest) -> bytes:
        """A page of imports, the newest first."""
        caller = await authenticate(request.scope)
        permit(caller, "contacts:read")
        asked = await request.json(_Page)
        async with self._database.transaction(caller.workspace_id) as connection:
            return msgspec.json.encode(await list_imports(connection, caller.workspace_id, limit=asked.limit, after=asked.after))

    async def upload(self, request: BareRequest) -> Answer:
        """Keep the body and begin its import; 201, also with the earlier one of the same key."""
        caller = await authenticate(request.scope)
        permit(caller, "contacts:write")
        wish = wish_of(request.scope["query_string"])
        begun = await begin_import(
            self._database,
            caller.workspace_id,
            wish,
            request.chunks(cap_bytes=SIZE_LIMIT_BYTES, timeout_seconds=UPLOAD_SECONDS),
            import_=_id_of(caller, request.header(b"idempotency-key")),
            member=caller.member_id,
            most=self._most,
            clock=self._clock,
        )
        self._wake(caller.workspace_id)
        headers = {"content-type": "application/json", **({"idempotency-replayed": "true"} if begun.replayed else {})}
        return Answer(201, headers, msgspec.json.encode(import_view(begun.row)))


def wish_of(query: bytes) -> Wish:
    """What the address says of the file. Raises BadRequestError, MalformedError."""
    try:
        given = parse_qs(query.decode("utf-8"), keep_blank_values=True, max_num_fields=600)
    except (UnicodeDecodeError, ValueError) as error:
        raise BadRequestError("The query string is not UTF-8, or has more than 600 fields.") from error
    if unknown := sorted(given.keys() - set(_ARGUMENTS)):
        raise MalformedError(f"There is no argument {unknown[0]!r}; there are {', '.join(_ARGUMENTS)}.")
    one = {name: values[-1] for name, values in given.items()}
    kind = one.get("kind", ImportKind.PROFILES.value)
    if kind not in set(ImportKind):
        raise MalformedError(f"`kind` is one of {', '.join(ImportKind)}.")
    _refuse_long(one)
    return Wish(
        kind=ImportKind(kind),
        name="".join(sign for sign in one.get("name", "").replace("\\", "/").rpartition("/")[2] if sign.isprintable()),
        network=one.get("network", "").strip().lower(),
        scope=one.get("scope", "").strip(),
        of=one.get("of", "").strip(),
        delimiter={"tab": "\t", "\\t": "\t"}.get(one.get("delimiter", ""), one.get("delimiter", "")),
        columns=columns_of(given.get("map", ())),
        channels=channels_of(given.get("channel", ())),
    )


def columns_of(pairs: Sequence[str]) -> dict[str, str]:
    """COLUMN=FIELD pairs; a column's name may hold the sign itself. Raises MalformedError."""
    told: dict[str, str] = {}
    for each in pairs:
        column, sign, field = each.rpartition("=")
        if not sign or not column.strip() or not field.strip():
            raise MalformedError("Write map as COLUMN=FIELD, such as map=Kundennr=external_id.")
        told[column.strip()] = field.strip()
    return told


def channels_of(pairs: Sequence[str]) -> dict[str, UUID]:
    """INBOX=CHANNEL pairs: the number of an inbox of Chatwoot's and the id of a channel of ours. Raises MalformedError."""
    told: dict[str, UUID] = {}
    for each in pairs:
        inbox, sign, channel = each.partition("=")
        try:
            told[inbox.strip()] = UUID(channel.strip())
        except ValueError:
            sign = ""
        if not sign or not inbox.strip():
            raise MalformedError("Write channel as INBOX=CHANNEL, the inbox's number in Chatwoot and the id of a channel here.")
    return told


def _refuse_long(one: Mapping[str, str]) -> None:
    for name, limit in (("name", NAME_LIMIT_CHARS), ("scope", SCOPE_LIMIT_CHARS), ("of", SCOPE_LIMIT_CHARS)):
        if len(one.get(name, "")) > limit or "\x00" in one.get(name, ""):
            raise MalformedError(f"`{name}` has at most {limit} characters.")


def _id_of(caller: Caller, key: bytes | None) -> ImportId:
    """A new id, or the same one for the same key of the same caller, so that a repeated upload meets its first (a UUIDv8)."""
    if key is None:
        return ImportId(new_id())
    if not _FIT_KEY.fullmatch(key):
        raise BadRequestError("An Idempotency-Key has 1 to 255 visible ASCII characters.")
    digest = hashlib.sha256(b"import:" + caller.workspace_id.bytes + caller.caller_id.bytes + key).digest()
    return ImportId(UUID(int=int.from_bytes(digest[:16], "big") & ~(0xF << 76) & ~(0x3 << 62) | 0x8 << 76 | 0x2 << 62))
