"""How one of our own services gets a token of role `worker`: it proves to identity that it holds the deployment's secret.

Called by services that rebuild projections (`WorkerTokens`) and by identity, which checks the proof (`is_proven`). The proof is an
HMAC over workspace and time under a key of its own, good for a minute; the gateway passes nothing to identity's internal routes.
"""

import hashlib
import hmac
from uuid import UUID

import msgspec

from services.contracts.ids import WorkspaceId
from services.kit.clock import Clock
from services.kit.crypto import equal
from services.kit.port import Port, PortUnavailableError

PURPOSE = "worker-tokens"
PATH = "/internal/worker-tokens"
PROOF_SECONDS = 60
RENEW_BEFORE_SECONDS = 30
KEPT = 1000


class WorkerTokenRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose data, when it was asked (seconds since 1970), and the proof of both."""

    workspace_id: UUID
    at: int
    proof: str


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    access_token: str
    expires_in: int


class WorkerTokens:
    """Tokens by workspace, kept as long as they are good. `key` is `settings.key_for(PURPOSE)`."""

    def __init__(self, identity: Port, *, key: bytes, clock: Clock) -> None:
        self._identity = identity
        self._key = key
        self._clock = clock
        self._kept: dict[WorkspaceId, tuple[float, float, str]] = {}

    async def token(self, workspace: WorkspaceId) -> str:
        """A token for reading this workspace's snapshots. Raises PortUnavailableError."""
        now = self._clock.now().timestamp()
        since, until, token = self._kept.get(workspace, (0.0, 0.0, ""))
        # A clock that was set back is before its token's beginning: nobody would take it.
        if since <= now < until:
            return token
        answer = await self._ask(workspace, at=int(now))
        if len(self._kept) >= KEPT:
            self._kept.clear()
        self._kept[workspace] = (now, now + answer.expires_in - RENEW_BEFORE_SECONDS, answer.access_token)
        return answer.access_token

    async def _ask(self, workspace: WorkspaceId, *, at: int) -> _Answer:
        asked = WorkerTokenRequest(workspace_id=workspace, at=at, proof=proof_of(self._key, workspace=workspace, at=at))
        headers = [("content-type", "application/json")]
        answer = await self._identity.call("POST", PATH, body=msgspec.json.encode(asked), headers=headers)
        if answer.status != 200:
            raise PortUnavailableError(f"a worker's token was answered with {answer.status}")
        try:
            return msgspec.json.decode(answer.body, type=_Answer)
        except msgspec.MsgspecError as error:
            raise PortUnavailableError("a worker's token could not be read") from error


def proof_of(key: bytes, *, workspace: UUID, at: int) -> str:
    """What only a holder of the deployment's secret can say about this workspace at this second."""
    return hmac.new(key, f"rapport.worker:{workspace}:{at}".encode(), hashlib.sha256).hexdigest()


def is_proven(asked: WorkerTokenRequest, *, key: bytes, now: float) -> bool:
    """Whether a request comes from one of ours, and is fresh."""
    fresh = abs(now - asked.at) <= PROOF_SECONDS
    return equal(proof_of(key, workspace=asked.workspace_id, at=asked.at), asked.proof) and fresh
