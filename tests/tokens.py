"""An identity service in miniature: one key pair, its JWKS, tokens for any caller. Replaces the port to identity in service tests."""

from collections.abc import Sequence
from uuid import UUID, uuid4

import msgspec
import orjson
from joserfc import jwt
from joserfc.jwk import OKPKey

from services.contracts.events import ConsentChanged, MemberChanged
from services.contracts.ids import MemberId
from services.contracts.views import PageView
from services.contracts.vocabulary import Role
from services.kit.access import scopes_of_role, workers
from services.kit.clock import Clock, SystemClock
from services.kit.port import Answer, Headers


class TokenIssuer:
    """Signs tokens, and answers as identity's Port for its JWKS, for worker's tokens and for the snapshots of `members` and `words`."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.members: Sequence[MemberChanged] = ()
        self.words: Sequence[ConsentChanged] = ()
        self.aliases: dict[UUID, UUID] = {}
        self._clock = clock or SystemClock()
        self._key = OKPKey.generate_key("Ed25519", {"kid": "test", "use": "sig", "alg": "Ed25519"})

    def hire(self, *, active: bool = True) -> MemberId:
        """Somebody who works here, or did; the snapshot has them from now on."""
        member = MemberId(uuid4())
        self.members = [*self.members, MemberChanged(member_id=member, name="Somebody", role=Role.AGENT, version=1, active=active)]
        return member

    def token(
        self, workspace: UUID, *, role: str = "admin", member: UUID | None = None, scopes: Sequence[str] | None = None, by_key: bool = False
    ) -> str:
        """An access token of a member, or of an API key, with all that the role allows unless `scopes` narrows it."""
        now = int(self._clock.now().timestamp())
        claims = {
            "iss": "rapport",
            "aud": "rapport",
            "sub": str(member or uuid4()),
            "ws": str(workspace),
            ("kid_" if by_key else "sid"): str(uuid4()),
            "role": role,
            "scp": sorted(scopes if scopes is not None else scopes_of_role(role)),
            "dsc": [],
            "iat": now,
            "exp": now + 300,
            "jti": str(uuid4()),
        }
        return jwt.encode({"alg": "Ed25519", "kid": "test"}, claims, self._key, algorithms=["Ed25519"])

    async def call(self, method: str, path: str, *, body: bytes = b"", headers: Headers = (), timeout_seconds: float = 5) -> Answer:
        """Answer for the JWKS, worker's tokens and the snapshots; nothing else is asked of identity."""
        del timeout_seconds
        match method, path.partition("?")[0]:
            case "GET", "/.well-known/jwks.json":
                return Answer(200, {}, orjson.dumps({"keys": [self._key.as_dict(private=False)]}))
            case "POST", workers.PATH:
                token = self.token(UUID(orjson.loads(body)["workspace_id"]), role="agent")
                return Answer(200, {}, orjson.dumps({"access_token": token, "expires_in": 300}))
            case "GET", "/internal/snapshot/members":
                assert dict(headers)["authorization"].startswith("Bearer ")
                cursors = tuple("cursor" for _ in self.members)
                return Answer(200, {}, msgspec.json.encode(PageView(items=tuple(self.members), cursors=cursors, has_next=False)))
            case "GET", "/internal/snapshot/consent":
                cursors = tuple("cursor" for _ in self.words)
                return Answer(200, {}, msgspec.json.encode(PageView(items=tuple(self.words), cursors=cursors, has_next=False)))
            case "GET", "/internal/snapshot/purposes":
                return Answer(200, {}, msgspec.json.encode(PageView(items=(), cursors=(), has_next=False)))
            case "POST", "/internal/contacts/by-ids":
                assert dict(headers)["authorization"].startswith("Bearer ")
                present = [self.aliases.get(UUID(each)) for each in orjson.loads(body)["ids"]]
                return Answer(200, {}, orjson.dumps([None if each is None else {"id": str(each), "name": None} for each in present]))
            case _:
                message = f"identity is not asked for {method} {path}"
                raise AssertionError(message)

    async def close(self) -> None:
        """Nothing to give back."""
