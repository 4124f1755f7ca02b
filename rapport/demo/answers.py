"""What the product answers over GraphQL and REST, as far as the demo looks at it. Typed at the edge; read by playing, checking, showing."""

from datetime import datetime

import msgspec

from services.contracts.vocabulary import Direction, Discipline, Kind, Ledger, Phase, ReplyState, TaskState, Urgency


class Answer(msgspec.Struct, rename="camel", kw_only=True):
    """Base: GraphQL's names are in camel case."""


class Named(Answer):
    """Anything of which only the name matters."""

    name: str


class Identifier(Answer):
    """An address, and whether its source vouches for it."""

    type: str
    value: str
    verified: bool


class Profile(Answer):
    """One account of a person."""

    network: str
    external_id: str
    name: str | None
    handle: str | None
    linked_by: str
    explanation: str
    identifiers: list[Identifier]


class Reply(Answer):
    """A reply and where it stands."""

    id: str
    text: str
    state: ReplyState
    attempt: int
    external_id: str | None
    queued_at: datetime
    sent_at: datetime | None
    reason: str
    member: Named | None


class Task(Answer):
    """A piece of work."""

    id: str
    discipline: Discipline
    phase: Phase
    urgency: Urgency
    state: TaskState
    why: str
    guidance: str
    due_at: datetime


class Conversation(Answer):
    """The thread that something belongs to."""

    id: str
    version: int


class Channel(Answer):
    """The channel it came by."""

    name: str
    platform: str


class Interaction(Answer):
    """One entry of a timeline. `reply` is set where it is ours, `task` where it calls for work."""

    id: str
    occurred_at: datetime
    kind: Kind
    direction: Direction
    text: str | None
    ledger: Ledger | None
    discipline: Discipline | None
    channel: Channel | None
    conversation: Conversation | None
    task: Task | None
    reply: Reply | None


class Timeline(Answer):
    """A page of it."""

    nodes: list[Interaction]


class Contact(Answer):
    """A person with all accounts and all that was said, newest first."""

    id: str
    name: str | None
    profiles: list[Profile]
    timeline: Timeline

    @property
    def inbound(self) -> list[Interaction]:
        """What the person said, oldest first."""
        return [entry for entry in reversed(self.timeline.nodes) if entry.direction is Direction.INBOUND]

    @property
    def replies(self) -> list[Reply]:
        """What we said, oldest first."""
        return [entry.reply for entry in reversed(self.timeline.nodes) if entry.reply is not None]


class LedgerCounts(Answer):
    """Every inbound interaction by its state."""

    inbound: int
    owed: int
    answered: int
    declined: int
    exempt: int
    alarm: int

    @property
    def adds_up(self) -> bool:
        """Whether each interaction has exactly one state."""
        return self.inbound == self.owed + self.answered + self.declined + self.exempt + self.alarm


class Picture(Answer):
    """All that there is to see: the answer to PICTURE."""

    contacts: list[Contact]
    ledger: LedgerCounts


class Moved(Answer):
    """A reply moving on, as a subscription told it."""

    reply_id: str
    state: ReplyState
    at: datetime


PICTURE = """
query Demo {
  contacts(first: 10) {
    nodes {
      id
      name
      profiles { network externalId name handle linkedBy explanation identifiers { type value verified } }
      timeline(first: 20) {
        nodes {
          id occurredAt kind direction text ledger discipline
          channel { name platform }
          conversation { id version }
          task { id discipline phase urgency state why guidance dueAt }
          reply { id text state attempt externalId queuedAt sentAt reason member { name } }
        }
      }
    }
  }
  ledger { inbound owed answered declined exempt alarm }
}
"""
SIGN_IN = """
mutation SignIn($input: SignInInput!) {
  signIn(input: $input) { __typename ... on SignedIn { accessToken } ... on Problem { code message } }
}
"""
POST_REPLY = """
mutation PostReply($input: PostReplyInput!) {
  postReply(input: $input) { __typename ... on ReplyPosted { reply { id } } ... on Problem { code message } }
}
"""
REPLY_CHANGED = """
subscription Replies { replyChanged { __typename ... on ReplyChanged { state at reply { id } } } }
"""
