"""A small service made of the kit alone: the API and bare routes that the tests of http and access attack. Holds no tests."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID, uuid4

import orjson
from fastapi import Depends, FastAPI, Query
from joserfc import jwt
from joserfc.jwk import OKPKey
from pydantic import Field

from services.kit.access import ALGORITHM, Caller, TokenVerifier, authenticate, permit, require
from services.kit.clock import FixedClock
from services.kit.errors import ConflictError, UnavailableError
from services.kit.http import BareBody, BareRequest, RequestBody, Routes, create_api, health_routes
from services.kit.pagination import After, Limit, decode_cursor
from services.kit.telemetry import Metrics

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECRET_TEXT = "the customer wrote canary-7731"


class NewNote(RequestBody):
    """What is posted."""

    text: Annotated[str, Field(max_length=1000)]
    stars: Annotated[int, Field(ge=0, le=5)] = 0
    labels: Annotated[list[Annotated[str, Field(max_length=50)]], Field(default_factory=list)]
    weight: float | None = None


class Note(RequestBody):
    """What is answered."""

    id: UUID
    text: str


class Ids(BareBody):
    """What a batch route takes."""

    ids: list[UUID]


class Issuer:
    """Signs tokens as identity would, and publishes its keys."""

    def __init__(self) -> None:
        self.clock = FixedClock(NOW)
        self.keys = [self.new_key("k1")]
        self.fetches = 0

    @staticmethod
    def new_key(key_id: str) -> OKPKey:
        """A signing key under an id."""
        return OKPKey.generate_key("Ed25519", {"kid": key_id, "use": "sig"})

    async def jwks(self) -> bytes:
        """The published halves of its keys."""
        self.fetches += 1
        return orjson.dumps({"keys": [key.as_dict(private=False) for key in self.keys]})

    def claims(self, **changes: object) -> dict[str, object]:
        """Good claims with some replaced; None takes one away."""
        now = int(self.clock.now().timestamp())
        claims: dict[str, object] = {
            "iss": "rapport",
            "aud": "rapport",
            "sub": str(uuid4()),
            "ws": str(uuid4()),
            "sid": str(uuid4()),
            "role": "agent",
            "scp": ["contacts:read", "contacts:write"],
            "dsc": ["sales"],
            "name": "Ada",
            "iat": now,
            "exp": now + 300,
            "jti": str(uuid4()),
        } | changes
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, *, key: OKPKey | None = None, header: dict[str, object] | None = None, **changes: object) -> str:
        """A signed token; its header and claims can be spoilt."""
        signer = key or self.keys[0]
        head: dict[str, object] = {"alg": ALGORITHM, "kid": signer.kid, **(header or {})}
        return jwt.encode(head, self.claims(**changes), signer, algorithms=[ALGORITHM])

    def verifier(self, *, cache_size: int = 2048) -> TokenVerifier:
        """A verifier that asks this issuer."""
        return TokenVerifier(self.jwks, clock=self.clock, cache_size=cache_size)


def bearer(token: str) -> tuple[bytes, bytes]:
    return b"authorization", b"Bearer " + token.encode()


def sample_api(issuer: Issuer, *, metrics: Metrics | None = None, timeout_seconds: float = 15) -> FastAPI:
    """The FastAPI half."""
    api = create_api(title="sample", version="1", description="For tests.", metrics=metrics, timeout_seconds=timeout_seconds)
    api.state.verifier = issuer.verifier()

    @api.post("/notes", status_code=201)
    async def post_note(note: NewNote) -> Note:
        return Note(id=uuid4(), text=note.text)

    @api.get("/notes")
    async def list_notes(limit: Limit = 20, after: After = None, q: Annotated[str, Query(max_length=100)] = "") -> list[Note]:
        if after is not None:
            decode_cursor(after, (datetime, UUID))
        return [Note(id=uuid4(), text=q)][:limit]

    @api.get("/notes/{note_id}")
    async def get_note(note_id: UUID) -> Note:
        return Note(id=note_id, text="")

    @api.get("/mine")
    async def get_mine(caller: Annotated[Caller, Depends(require("contacts:read"))]) -> str:
        return str(caller.workspace_id)

    @api.post("/conflict")
    async def refuse() -> None:
        raise ConflictError("Already so.", newest=4)

    @api.get("/broken")
    async def break_down() -> None:
        raise RuntimeError(SECRET_TEXT)

    @api.get("/down")
    async def be_down() -> None:
        raise UnavailableError(SECRET_TEXT)

    return api


def sample_routes(issuer: Issuer, *, metrics: Metrics, checks: dict[str, Callable[[], Awaitable[object]]] | None = None) -> Routes:
    """The bare half, with the FastAPI half behind it."""

    async def by_ids(request: BareRequest) -> bytes:
        caller = await authenticate(request.scope)
        permit(caller, "contacts:read")
        wanted = await request.json(Ids)
        return orjson.dumps([str(each) for each in wanted.ids])

    async def hook(request: BareRequest) -> bytes:
        return orjson.dumps({"tail": request.tail, "bytes": len(await request.body())})

    async def broken(_: BareRequest) -> bytes:
        raise RuntimeError(SECRET_TEXT)

    return Routes(
        {
            **health_routes(checks=checks or {}, metrics=metrics, timeout_seconds=0.2),
            ("POST", "/internal/by-ids"): by_ids,
            ("GET", "/internal/broken"): broken,
        },
        prefixes={("POST", "/webhooks/"): hook},
        otherwise=sample_api(issuer, metrics=metrics),
        verifier=issuer.verifier(),
        metrics=metrics,
    )
