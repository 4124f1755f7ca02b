"""Three services and a bus in memory, in the shapes of the contract, with a record of every call. Holds no tests."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec

from gateway.clients import Ports
from services.contracts.envelope import Event, Header
from services.contracts.ids import (
    ChannelId,
    ContactId,
    MemberId,
    WorkspaceId,
)
from services.contracts.views import (
    ChannelView,
    ContactCountsView,
    ContactView,
    ConversationView,
    InboxCountsView,
    InteractionView,
    LabelView,
    LedgerView,
    MemberView,
    PageView,
    PlaybookCellView,
    ProfileView,
    SavedFilterView,
    TaskView,
    TriageView,
    WorkspaceView,
)
from services.contracts.views.journey import JourneyView, RunView
from services.contracts.views.media import MediaView
from services.contracts.vocabulary import (
    Discipline,
    Phase,
    Role,
)
from services.kit.bus import Received
from services.kit.clock import FixedClock
from services.kit.port import Answer, Headers, PortUnavailableError
from tests.gateway.rows import (
    MORNING,
    RECONCILED,
    channel_count,
    conversation_with,
    health_of,
    hit_of,
    inbox_count,
    inbox_item,
    interaction_in,
    profile_of,
    task_for,
    triage_of,
)
from tests.kit.sample import Issuer

ALL_SCOPES = ["contacts:read", "conversations:read", "conversations:write", "channels:read", "tasks:read", "members:read"]


@dataclass(frozen=True, slots=True)
class Call:
    """One call as a service saw it."""

    service: str
    method: str
    path: str
    body: bytes
    headers: tuple[tuple[str, str], ...]

    def header(self, name: str) -> str | None:
        """The first value of a header."""
        return next((value for key, value in self.headers if key.lower() == name), None)

    def payload(self) -> Any:
        """The JSON body."""
        return msgspec.json.decode(self.body)


Responder = Callable[[Any], object]


@dataclass
class SimulatedPort:
    """A Port to a service in memory. `away` makes it unreachable."""

    service: str
    calls: list[Call]
    responders: dict[tuple[str, str], Responder] = field(default_factory=dict)
    away: bool = False

    async def call(self, method: str, path: str, *, body: bytes = b"", headers: Headers = (), timeout_seconds: float = 5) -> Answer:
        """See Port."""
        assert timeout_seconds > 0
        self.calls.append(Call(self.service, method, path, body, tuple(headers)))
        if self.away:
            raise PortUnavailableError("ConnectionRefusedError")
        responder = self.responders.get((method, path.partition("?")[0]))
        if responder is None:
            return problem(404, "not_found", "There is nothing at this path.")
        result = responder(msgspec.json.decode(body) if body else None)
        return result if isinstance(result, Answer) else answer(result)

    async def close(self) -> None:
        """See Port."""


def answer(document: object, *, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    """A JSON answer."""
    return Answer(status, {"content-type": "application/json", **(headers or {})}, msgspec.json.encode(document))


def problem(status: int, code: str, detail: str, **extensions: object) -> Answer:
    """A problem+json answer."""
    body = {"type": f"urn:rapport:problem:{code}", "title": code, "status": status, "detail": detail, "code": code}
    return Answer(status, {"content-type": "application/problem+json"}, msgspec.json.encode({**body, **extensions}))


class SimulatedBus:
    """An event source to which tests publish."""

    def __init__(self) -> None:
        self._queues: list[asyncio.Queue[Received]] = []
        self._on_reconnect: list[Callable[[], None]] = []
        self.sequence = 1_000

    async def listen(self, *events: type[Event], ready: Callable[[], None] | None = None) -> AsyncIterator[Received]:
        """See Bus."""
        queue: asyncio.Queue[Received] = asyncio.Queue()
        self._queues.append(queue)
        if ready is not None:
            ready()
        while True:
            received = await queue.get()
            if isinstance(received.event, events):
                yield received

    def when_reconnected(self, callback: Callable[[], None]) -> None:
        """See Bus."""
        self._on_reconnect.append(callback)

    def reconnect(self) -> None:
        """The connection was lost and is back."""
        for callback in self._on_reconnect:
            callback()

    def publish(self, event: Event, *, workspace: WorkspaceId, id_: str | None = None) -> Received:
        """Let an event pass."""
        self.sequence += 1
        received = Received(header_of(event, workspace=workspace, sequence=self.sequence, id_=id_), event)
        for queue in self._queues:
            queue.put_nowait(received)
        return received


def header_of(event: Event, *, workspace: WorkspaceId, sequence: int, id_: str | None = None) -> Header:
    """An envelope for an event."""
    return Header(
        id=id_ or f"engagement-{sequence}",
        type=event.type,
        version=event.schema_version,
        workspace=workspace,
        time=MORNING,
        subject=event.address(workspace),
        sequence=sequence,
    )


class World:
    """One workspace with people, what they said, and the services that answer for it."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.identity = SimulatedPort("identity", self.calls)
        self.engagement = SimulatedPort("engagement", self.calls)
        self.routing = SimulatedPort("routing", self.calls)
        self.ports = Ports(identity=self.identity, engagement=self.engagement, routing=self.routing)
        self.bus = SimulatedBus()
        self.issuer = Issuer()
        self.issuer.clock = FixedClock(datetime.now(UTC))
        self.workspace = WorkspaceView(id=WorkspaceId(uuid4()), slug="acme", name="Acme", created_at=MORNING)
        self.member = MemberView(
            id=MemberId(uuid4()),
            name="Sol",
            email="sol@acme.example",
            role=Role.AGENT,
            disciplines=(Discipline.SERVICE,),
            languages=("es", "en"),
            active=True,
        )
        self.channel = ChannelView(
            id=ChannelId(uuid4()),
            platform="telegram",
            name="Acme on Telegram",
            active=True,
            webhook_path="/webhooks/abc",
            created_at=MORNING,
        )
        self.contacts: dict[UUID, ContactView] = {}
        self.profiles: dict[UUID, list[ProfileView]] = {}
        self.interactions: dict[UUID, list[InteractionView]] = {}
        self.conversations: dict[UUID, ConversationView] = {}
        self.labels: dict[UUID, LabelView] = {}
        self.tasks: dict[UUID, TaskView] = {}
        self.triage: dict[UUID, TriageView] = {}
        self.media: dict[UUID, MediaView] = {}
        self.filters: list[SavedFilterView] = []
        self._answer_for_identity()
        self._answer_for_engagement()
        self.runs: dict[UUID, tuple[RunView, ...]] = {}
        self._answer_for_routing()
        self.letters: dict[str, list[dict[str, Any]]] = {"identity": [], "engagement": [], "routing": []}
        self.journal: list[dict[str, Any]] = []
        self._answer_operators()

    def token(self, **claims: object) -> str:
        """The member's access token, some claims replaced."""
        given = {"sub": str(self.member.id), "ws": str(self.workspace.id), "role": "agent", "scp": ALL_SCOPES}
        return self.issuer.token(**{**given, **claims})

    def asked(self) -> list[str]:
        """Service and path of every call so far but the fetching of keys; the record starts afresh."""
        paths = [f"{call.service} {call.method} {call.path}" for call in self.calls if not call.path.startswith("/.well")]
        self.calls.clear()
        return paths

    def add_contact(self, *, messages: int = 1) -> ContactView:
        """A person with two profiles, one conversation and so many messages, each with triage; every other with a task."""
        contact = ContactView(id=ContactId(uuid4()), name="Maria Lopez", created_at=MORNING, version=1)
        profiles = [profile_of(contact.id, network=network) for network in ("telegram", "email")]
        conversation = conversation_with(profiles[0].id, self.channel.id, messages=messages)
        said = [interaction_in(conversation, number=number) for number in range(messages)]
        self.contacts[contact.id] = contact
        self.profiles[contact.id] = profiles
        self.conversations[conversation.id] = conversation
        self.interactions[contact.id] = said
        for number, interaction in enumerate(said):
            self.triage[interaction.id] = triage_of(interaction.id)
            if number % 2 == 0:
                task = task_for(interaction, member=self.member.id)
                self.tasks[interaction.id] = task
        return contact

    def conversation_of(self, contact: ContactView) -> ConversationView:
        """The person's conversation."""
        return self.conversations[self.interactions[contact.id][0].conversation_id]

    def _answer_for_identity(self) -> None:
        profiles = lambda: {profile.id: profile for each in self.profiles.values() for profile in each}  # noqa: E731 - short and local
        owners = lambda: {profile.id: self.contacts[profile.contact_id] for profile in profiles().values()}  # noqa: E731 - short and local
        batch = self.identity.responders
        batch["POST", "/internal/contacts/by-ids"] = _aligned(lambda: self.contacts)
        batch["POST", "/internal/contacts/by-profile-ids"] = _aligned(owners)
        batch["POST", "/internal/profiles/by-contact-ids"] = _aligned(lambda: self.profiles, missing=list)
        batch["POST", "/internal/profiles/by-ids"] = _aligned(profiles)
        batch["POST", "/internal/members/by-ids"] = _aligned(lambda: {self.member.id: self.member})
        batch["POST", "/internal/members/page"] = lambda asked: page([self.member], asked)
        for path in ("teams", "invitations", "audit-log"):
            batch["POST", f"/internal/{path}/page"] = lambda asked: page([], asked)
        batch["POST", "/internal/teams/by-ids"] = batch["POST", "/internal/invitations/by-ids"] = _aligned(dict)
        batch["POST", "/internal/teams/by-member-ids"] = _aligned(dict, missing=list)
        batch["POST", "/internal/contacts/page"] = lambda asked: page(list(self.contacts.values()), asked)
        facts = (
            "kinds",
            "contact-labels",
            "attributes",
            "notes",
            "references",
            "employments",
            "relations",
            "consent",
            "leads",
            "suggestions",
            "encounters",
        )
        for fact in facts:
            batch["POST", f"/internal/{fact}/by-contact-ids"] = _aligned(dict, missing=list)
        batch["POST", "/internal/notes/by-ids"] = batch["POST", "/internal/companies/by-ids"] = _aligned(dict)
        batch["POST", "/internal/leads/by-ids"] = _aligned(dict)
        batch["POST", "/internal/suggestions/by-ids"] = _aligned(dict)
        batch["POST", "/internal/suggestions/page"] = lambda asked: page([], asked)
        batch["POST", "/internal/companies/page"] = lambda asked: page([], asked)
        batch["POST", "/internal/webhook-endpoints/page"] = lambda asked: page([], asked)
        batch["POST", "/internal/webhook-endpoints/by-ids"] = _aligned(dict)
        batch["POST", "/internal/webhook-deliveries/by-endpoint-ids"] = lambda asked: [page([], asked) for _ in asked["ids"]]
        batch["GET", "/v1/webhook-endpoints/event-types"] = lambda _: {"items": []}
        batch["POST", "/internal/leads/page"] = lambda asked: page([], asked)
        batch["POST", "/internal/merges/by-ids"] = _aligned(dict)
        batch["POST", "/internal/profile-values/by-profile-ids"] = _aligned(dict, missing=list)
        for path in ("merges/by-contact-ids", "consent/history-by-contact-ids"):
            batch["POST", f"/internal/{path}"] = lambda asked: [page([], asked) for _ in asked["ids"]]
        batch["GET", "/v1/contact-labels"] = batch["GET", "/v1/contact-attributes"] = lambda _: {"items": []}
        batch["GET", "/v1/contact-counts"] = lambda _: ContactCountsView(total=len(self.contacts), capped=False, only=())
        batch["GET", "/v1/workspace"] = lambda _: self.workspace
        batch["GET", "/.well-known/jwks.json"] = lambda _: {"keys": [key.as_dict(private=False) for key in self.issuer.keys]}
        batch["POST", "/v1/auth/sign-in"] = self._sign_in
        batch["POST", "/v1/auth/refresh"] = lambda _: self._session()
        batch["POST", "/v1/auth/sign-out"] = lambda _: Answer(204, {}, b"")

    def _answer_for_engagement(self) -> None:
        rows = lambda: {row.id: row for each in self.interactions.values() for row in each}  # noqa: E731 - short and local
        batch = self.engagement.responders
        batch["POST", "/internal/timeline/by-contact-ids"] = lambda asked: [
            page(self.interactions.get(UUID(each), []), asked) for each in asked["ids"]
        ]
        batch["POST", "/internal/messages/by-conversation-ids"] = lambda asked: [
            page([row for row in rows().values() if str(row.conversation_id) == each], asked) for each in asked["ids"]
        ]
        batch["POST", "/internal/conversations/by-ids"] = _aligned(lambda: self.conversations)
        batch["POST", "/internal/conversations/by-profile-ids"] = lambda asked: [
            [one for one in self.conversations.values() if str(one.profile_id) == each] for each in asked["ids"]
        ]
        batch["POST", "/internal/conversations/page"] = lambda asked: page(list(self.conversations.values()), asked)
        batch["POST", "/internal/interactions/by-ids"] = _aligned(rows)
        batch["POST", "/internal/media/by-ids"] = _aligned(lambda: self.media)
        batch["POST", "/internal/search"] = lambda asked: page([hit_of(row) for row in rows().values()], asked)
        batch["POST", "/internal/replies/by-ids"] = _aligned(lambda: {row.reply.id: row.reply for row in rows().values() if row.reply})
        batch["POST", "/internal/channels/by-ids"] = _aligned(lambda: {self.channel.id: self.channel})
        batch["POST", "/internal/labels/by-ids"] = _aligned(lambda: self.labels)
        batch["GET", "/v1/labels"] = lambda _: {"items": list(self.labels.values())}
        batch["POST", "/internal/reconciliations/by-channel-ids"] = _aligned(lambda: {self.channel.id: RECONCILED})
        batch["POST", "/internal/channel-health/by-ids"] = _aligned(lambda: {self.channel.id: health_of(self.channel.id)})
        batch["GET", "/v1/channels"] = lambda _: {"items": [self.channel]}
        batch["POST", "/internal/ledger"] = lambda _: LedgerView(inbound=15, owed=5, answered=4, declined=3, exempt=2, alarm=1)
        batch["POST", "/internal/inbox/page"] = lambda asked: page([inbox_item(task) for task in self.tasks.values()], asked)
        batch["GET", "/v1/saved-filters"] = lambda _: {"items": self.filters}
        batch["POST", "/internal/inbox/counts"] = lambda asked: InboxCountsView(views=(inbox_count(exact=asked["exact"]),))
        batch["POST", "/internal/inbox/channels"] = lambda asked: [channel_count(ChannelId(UUID(each))) for each in asked["ids"]]
        batch["POST", "/internal/inbox/unread"] = lambda asked: [UUID(each) in self.conversations for each in asked["ids"]]

    def _answer_for_routing(self) -> None:
        batch = self.routing.responders
        batch["POST", "/internal/tasks/by-interaction-ids"] = _aligned(lambda: self.tasks)
        batch["POST", "/internal/triage/by-interaction-ids"] = _aligned(lambda: self.triage)
        batch["POST", "/internal/tasks/by-ids"] = _aligned(lambda: {task.id: task for task in self.tasks.values()})
        batch["POST", "/internal/tasks/by-profile-ids"] = lambda asked: [
            [task for task in self.tasks.values() if task.conversation_id is None and str(task.profile_id) == each] for each in asked["ids"]
        ]
        batch["POST", "/internal/tasks/by-conversation-ids"] = lambda asked: [
            [task for task in self.tasks.values() if str(task.conversation_id) == each] for each in asked["ids"]
        ]
        batch["POST", "/internal/journeys/by-contact-ids"] = lambda asked: [
            JourneyView(contact_id=UUID(each), runs=self.runs.get(UUID(each), ())) for each in asked["ids"]
        ]
        batch["POST", "/internal/tasks/page"] = lambda asked: page(list(self.tasks.values()), asked)
        batch["GET", "/v1/playbook"] = lambda _: [
            PlaybookCellView(
                phase=Phase.POST,
                discipline=Discipline.SERVICE,
                triggers=("complaint",),
                work="Answer.",
                guidance="Kindly.",
                due_minutes=60,
                approval=False,
            )
        ]

    def _answer_operators(self) -> None:
        for port in (self.identity, self.engagement, self.routing):
            port.responders["GET", f"/v1/{port.service}/dead-letters"] = lambda _, service=port.service: {"items": self.letters[service]}
        self.engagement.responders["GET", "/v1/journal"] = lambda _: {"items": self.journal}
        self.engagement.responders["POST", "/v1/journal/replay"] = lambda _: answer({"replayed": len(self.journal)}, status=202)

    def _sign_in(self, asked: Any) -> object:
        if asked["password"] != "correct horse":
            return problem(401, "sign_in_refused", "These do not fit together.")
        return self._session()

    def _session(self) -> object:
        return {
            "access_token": self.token(),
            "refresh_token": "rr_1",
            "expires_in": 300,
            "member": self.member,
            "workspace": self.workspace,
        }


def page(rows: Sequence[Any], asked: Any) -> PageView[Any]:
    """A page of rows; a cursor is the index of the row."""
    start = int(asked["after"]) + 1 if asked.get("after") else 0
    items = tuple(rows[start : start + asked["limit"]])
    cursors = tuple(str(start + index) for index in range(len(items)))
    return PageView(items=items, cursors=cursors, has_next=start + len(items) < len(rows))


def _aligned(rows: Callable[[], Any], *, missing: Callable[[], object] = lambda: None) -> Responder:
    def respond(asked: Any) -> object:
        assert len(asked["ids"]) <= 200, "a batch route takes at most 200 ids"
        found = rows()
        return [found.get(UUID(each), missing()) for each in asked["ids"]]

    return respond
