"""What of profiles can be compared, and the keys by which they are found: derived anew when a profile changed. Called by `profiles`."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from services.contracts.ids import ProfileId, WorkspaceId
from services.identity.matching.circles import keys_of
from services.identity.matching.facts import Facts, Key, read_facts
from services.identity.matching.values import key_hash
from services.identity.resolving.reaching import Changed
from services.identity.statements import keys, people
from services.identity.statements.people import Written
from services.kit.db import Connection

_decode = msgspec.json.Decoder(Facts).decode
_encode = msgspec.json.Encoder(order="deterministic").encode


async def refresh_facts(connection: Connection, workspace: WorkspaceId, ids: Sequence[ProfileId], *, new: Written | None = None) -> Changed:
    """Read what is known of these profiles; gives those of which something that can be compared is new, as they are and as they were.

    Those that this transaction made are `new`: what is known of them was told with them.
    """
    changed = Changed(born=dict(new.born) if new else {})
    texts: dict[ProfileId, str] = {}
    for described in new.described if new else ():
        facts = read_facts(described)
        texts[ProfileId(UUID(facts.id))] = _encode(facts).decode()
        changed.now[facts.id] = facts
    for told in await people.described_profiles(connection, workspace, ids) if ids else ():
        facts = read_facts(told.described)
        text = _encode(facts).decode()
        if text != told.compared:
            texts[ProfileId(UUID(facts.id))] = text
            changed.now[facts.id] = facts
            if told.compared is not None:
                changed.before[facts.id] = decoded(told.compared)
    if texts:
        gained, lost = _keys(changed)
        await keys.written_facts(connection, workspace, texts, gained=gained, lost=lost)
    return changed


def decoded(text: str) -> Facts:
    """Facts as they were written."""
    return _decode(text)


def _keys(changed: Changed) -> tuple[list[keys.Held], list[keys.Held]]:
    """The keys that profiles have now and had not before, and the other way round."""
    gained: list[keys.Held] = []
    lost: list[keys.Held] = []
    for profile, now in changed.now.items():
        id_ = ProfileId(UUID(profile))
        before = changed.before.get(profile)
        held: set[Key] = set(keys_of(now))
        earlier: set[Key] = set(keys_of(before)) if before else set()
        gained += [(key_hash(key.kind, key.value), id_) for key in held - earlier]
        lost += [(key_hash(key.kind, key.value), id_) for key in earlier - held]
    return gained, lost
