"""Begin or take up a visitor's session. Called by the visitors' door; runs in its transaction.

An anonymous session writes nothing: a row is made when somebody writes. A signed-in one is found by the site's id of the person, so
every device of theirs has the same mailbox.
"""

from datetime import datetime, timedelta
from uuid import UUID

from services.engagement.errors import IdentityReplayedError
from services.engagement.statements import visitors as statements
from services.engagement.visitors.identities import Identity
from services.engagement.visitors.messages import VISITOR_RATE
from services.engagement.visitors.tokens import Pass, Place
from services.kit.crypto import equal
from services.kit.db import Connection
from services.kit.ids import new_id

ANONYMOUS_LIFE = timedelta(days=30)
SIGNED_IN_LIFE = timedelta(days=1)
FORGET_PROOFS = 20


async def resume(connection: Connection, place: Place, presented: Pass | None, *, now: datetime) -> Pass:
    """An anonymous session begins, or goes on for another 30 days; a signed-in one ends when its token does.

    Raises VisitorRefusedError where the visitor has signed in since.
    """
    if presented is None:
        return Pass(visitor=new_id(), signed_in=False, expires_at=now + ANONYMOUS_LIFE)
    presented.refuse_stale(await statements.visitor_of(connection, place.workspace, place.channel, presented.visitor))
    if presented.signed_in:
        return presented
    return Pass(visitor=presented.visitor, signed_in=False, expires_at=now + ANONYMOUS_LIFE)


async def sign_in(
    connection: Connection, place: Place, identity: Identity, *, holder: bytes, presented: Pass | None, now: datetime
) -> Pass:
    """The session of somebody whom the site vouches for. `holder` is the hash of the browser's secret.

    Known before: theirs. New, with an anonymous session: that one becomes theirs, with what was said in it. Else a new one.
    Raises IdentityReplayedError where another browser has used the token; UniqueViolationError where two sign in at once: try again.
    """
    held = await statements.use_proof(
        connection, place.workspace, place.channel, identity.proof, holder=holder, expires_at=identity.expires_at
    )
    if not equal(held, holder):
        raise IdentityReplayedError("Another browser has used this identity: sign a new one for each page.")
    row = await statements.visitor_signed_in_as(connection, place.workspace, place.channel, identity.known.subject)
    visitor: UUID = row["id"] if row is not None else await _unclaimed(connection, place, presented)
    await statements.admit_visitor(connection, place.workspace, place.channel, visitor, allowance=VISITOR_RATE.burst, now=now)
    await statements.describe_visitor(connection, place.workspace, visitor, known=identity.known)
    await statements.forget_proofs(connection, place.workspace, place.channel, before=now, limit=FORGET_PROOFS)
    return Pass(visitor=visitor, signed_in=True, expires_at=now + SIGNED_IN_LIFE)


async def _unclaimed(connection: Connection, place: Place, presented: Pass | None) -> UUID:
    """The anonymous visitor of this browser, where nobody has signed in as them; else a new one."""
    if presented is None or presented.signed_in:
        return new_id()
    row = await statements.visitor_of(connection, place.workspace, place.channel, presented.visitor)
    return presented.visitor if row is None or row["subject"] is None else new_id()
