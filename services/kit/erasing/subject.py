"""Who is to be erased: ids, accounts and addresses, sealed while it travels and while a job needs it. Pure.

Only services of the deployment can open it: it names what nobody may find any more.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import msgspec

from services.contracts.ids import ProfileId, WorkspaceId
from services.kit.crypto import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account on one network, as events name it."""

    network: str
    scope: str
    external_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is to go: everything of these until `at`. `values` are addresses and numbers, `contacts` the ids that stood for all of it."""

    id: UUID
    at: datetime
    profiles: Mapping[ProfileId, int]
    accounts: tuple[Account, ...] = ()
    values: tuple[str, ...] = ()
    contacts: tuple[UUID, ...] = field(default=())

    @property
    def ids(self) -> frozenset[str]:
        """The ids by which an event or a kept answer names it."""
        return frozenset(map(str, (*self.profiles, *self.contacts)))

    def needles(self) -> list[str]:
        """Texts, one of which stands in any event that names it."""
        return [*sorted(self.ids), *(f'"external_id":{json_text(each.external_id)}' for each in self.accounts)]

    def is_account(self, told: Mapping[str, object]) -> bool:
        """Whether a part of an event is one of the accounts."""
        named = (str(told.get("network", "")).strip().lower(), str(told.get("scope") or "").strip(), str(told["external_id"]).strip())
        return any(named == (each.network, each.scope, each.external_id) for each in self.accounts)


def json_text(value: str) -> str:
    """A text as events are written: in UTF-8, with the fewest escapes."""
    return json.dumps(value, ensure_ascii=False)


def seal_subject(vault: Vault, workspace: WorkspaceId, subject: Subject) -> str:
    """As text that travels in an event."""
    profiles = [(profile, version) for profile, version in subject.profiles.items()]
    accounts = [(each.network, each.scope, each.external_id) for each in subject.accounts]
    told = msgspec.json.encode((profiles, accounts, subject.values, subject.contacts, subject.at))
    return base64.b64encode(vault.seal(told, bound_to=workspace.bytes + subject.id.bytes)).decode()


def open_subject(vault: Vault, workspace: WorkspaceId, erasure: UUID, sealed: str) -> Subject:
    """Raises SealBrokenError where it was sealed for another erasure or under another key."""
    told = vault.open(base64.b64decode(sealed), bound_to=workspace.bytes + erasure.bytes)
    profiles, accounts, values, contacts, at = msgspec.json.decode(told, type=_Told)
    return Subject(
        id=erasure,
        at=at,
        profiles={ProfileId(profile): version for profile, version in profiles},
        accounts=tuple(Account(network=network, scope=scope, external_id=external_id) for network, scope, external_id in accounts),
        values=tuple(values),
        contacts=tuple(contacts),
    )


_Told = tuple[Sequence[tuple[UUID, int]], Sequence[tuple[str, str, str]], Sequence[str], Sequence[UUID], datetime]
