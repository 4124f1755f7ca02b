"""The keys that sign access tokens: Ed25519, made here, sealed in the database, rotated, published as JWKS (RFC 7517).

Called by `tokens` and the JWKS route, as the role `worker`. The private half never leaves the process unsealed.
"""

from datetime import datetime, timedelta

import orjson
from joserfc.jwk import OKPKey

from services.identity.statements import credentials
from services.identity.statements.credentials import SealedKey
from services.kit.access import ALGORITHM
from services.kit.clock import Clock
from services.kit.crypto import Vault
from services.kit.db import Connection, Database
from services.kit.ids import new_id

SIGNS_FOR = timedelta(days=30)
VERIFIES_LONGER_BY = timedelta(hours=1)
_READ_AGAIN_AFTER = timedelta(minutes=1)


class SigningKeys:
    """Gives the present signing key, making the next one where the present one is too old."""

    def __init__(self, database: Database, *, vault: Vault, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._held: tuple[datetime, OKPKey] | None = None

    async def current(self) -> OKPKey:
        """The private key to sign with; its `kid` is in the JWKS."""
        now = self._clock.now()
        if self._held is None or self._held[0] <= now:
            async with self._database.transaction() as connection:
                sealed = await credentials.current_signing_key(connection, now=now)
                sealed = sealed or await self._rotate(connection, now=now)
            self._held = (min(now + _READ_AGAIN_AFTER, sealed.signs_until), self._opened(sealed))
        return self._held[1]

    async def jwks(self) -> bytes:
        """The published document, read afresh: another process may have made a key a moment ago."""
        async with self._database.transaction() as connection:
            found = await credentials.public_keys(connection, now=self._clock.now())
        return orjson.dumps({"keys": [orjson.loads(each) for each in found]})

    async def _rotate(self, connection: Connection, *, now: datetime) -> SealedKey:
        await credentials.signing_lock(connection)
        others = await credentials.current_signing_key(connection, now=now)
        if others is not None:
            return others
        name = new_id().hex
        key = OKPKey.generate_key("Ed25519", {"kid": name, "use": "sig", "alg": ALGORITHM})
        private = orjson.dumps(key.as_dict(private=True))
        made = SealedKey(id=name, sealed=self._vault.seal(private, bound_to=_bound_to(name)), signs_until=now + SIGNS_FOR)
        public_jwk = orjson.dumps(key.as_dict(private=False)).decode()
        await credentials.inserted_signing_key(
            connection, made, public_jwk=public_jwk, now=now, verifies_until=made.signs_until + VERIFIES_LONGER_BY
        )
        return made

    def _opened(self, sealed: SealedKey) -> OKPKey:
        return OKPKey.import_key(orjson.loads(self._vault.open(sealed.sealed, bound_to=_bound_to(sealed.id))))


def _bound_to(name: str) -> bytes:
    return b"identity.signing_key:" + name.encode()
