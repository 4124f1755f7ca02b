"""Who calls, and what a caller may do: scopes, and which of them a role can hold at most.

A plain table. Disciplines and roles are text here, because the kit does not know the domain.
"""

from dataclasses import dataclass
from uuid import UUID

from services.contracts.ids import KeyId, MemberId, SessionId, WorkspaceId
from services.kit.errors import ForbiddenError

SCOPES = {
    "contacts:read": "See contacts and their profiles.",
    "contacts:write": "Create and change contacts and profiles.",
    "conversations:read": "See conversations, messages, timelines and the ledger.",
    "conversations:write": "Reply, decline, settle, open and close conversations.",
    "channels:read": "See channels and connectors.",
    "channels:write": "Connect, change and remove channels.",
    "tasks:read": "See tasks, triage and the playbook.",
    "tasks:write": "Take, change and finish tasks.",
    "people:erase": "Erase and export people, hold them back from it, and set how long things are kept.",
    "members:read": "See the members of the workspace.",
    "members:write": "Invite and change members.",
    "audit:read": "See what was done about members and access, and by whom.",
    "keys:write": "Make and revoke API keys.",
    "playbook:write": "Edit the playbook.",
    "attributes:write": "Define the attributes that people have.",
    "operations:write": "Replay the journal, redrive dead letters.",
    "inlet:write": "Hand in interactions through the generic inlet.",
    "projection:read": "Read snapshots from which projections are rebuilt (between services).",
}
_DAILY_WORK = frozenset(
    {
        "contacts:read",
        "contacts:write",
        "conversations:read",
        "conversations:write",
        "channels:read",
        "tasks:read",
        "tasks:write",
        "members:read",
    }
)
ROLE_SCOPES = {
    "admin": frozenset(SCOPES),
    "marketer": _DAILY_WORK | {"channels:write", "playbook:write", "attributes:write"},
    "agent": _DAILY_WORK,
    "partner": frozenset({"contacts:read", "conversations:read", "channels:read", "tasks:read", "inlet:write"}),
    "worker": frozenset({"projection:read"}),
}
_NO_SCOPES: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Caller:
    """A verified caller: a member with a session, an API key, or (neither) one of our own workers."""

    workspace_id: WorkspaceId
    member_id: MemberId | None
    key_id: KeyId | None
    session_id: SessionId | None
    role: str
    scopes: frozenset[str]
    disciplines: frozenset[str]
    name: str = ""

    @property
    def caller_id(self) -> UUID:
        """The member's id, else the API key's. A worker has none and is refused."""
        found = self.member_id or self.key_id
        if found is None:
            raise ForbiddenError("Only a member or an API key may do this.")
        return found


def scopes_of_role(role: str) -> frozenset[str]:
    """The most a role may hold; nothing for a role that is not known."""
    return ROLE_SCOPES.get(role, _NO_SCOPES)


def permit(caller: Caller, scope: str) -> None:
    """Raise ForbiddenError unless the caller holds `scope`."""
    if scope not in caller.scopes:
        raise ForbiddenError(f"This needs the scope {scope}.", scope=scope)
