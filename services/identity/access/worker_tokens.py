"""Tokens for our own services, by which they read snapshots and nothing else. Called by the batch routes.

Given to whoever proves to hold the deployment's secret (kit.access.workers); bound to one workspace, good for five minutes.
"""

from services.contracts.ids import WorkspaceId
from services.identity.access.signing_keys import SigningKeys
from services.identity.access.tokens import AccessToken, Grant, signed_token
from services.identity.errors import WorkerRefusedError
from services.kit.access import ROLE_SCOPES, WorkerTokenRequest, is_proven
from services.kit.clock import Clock

ROLE = "worker"


class WorkerEntrance:
    """Issues the tokens. `key` is what proofs are made with."""

    def __init__(self, keys: SigningKeys, *, key: bytes, clock: Clock) -> None:
        self._keys = keys
        self._key = key
        self._clock = clock

    async def admit(self, asked: WorkerTokenRequest) -> AccessToken:
        """A token of role `worker`. Raises WorkerRefusedError."""
        now = self._clock.now()
        if not is_proven(asked, key=self._key, now=now.timestamp()):
            raise WorkerRefusedError
        workspace = WorkspaceId(asked.workspace_id)
        grant = Grant(subject=workspace, workspace=workspace, role=ROLE, scopes=tuple(sorted(ROLE_SCOPES[ROLE])))
        return await signed_token(self._keys, grant, now=now)
