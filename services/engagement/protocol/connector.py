"""What a connector is: five duties that all have, and capabilities that some have. Found by scanning the connectors folder.

Engagement asks `isinstance(connector, Listens)` and the like; a connector inherits from none of these.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol, runtime_checkable

from services.contracts.interaction import Author
from services.engagement.protocol.declaration import Declaration
from services.engagement.protocol.deliveries import Delivery, HandshakeAnswer, Parsed, RawItem, Request, Secrets
from services.engagement.protocol.sending import ChannelAccess, Net, OutboundReply, Sent


@runtime_checkable
class Connector(Protocol):
    """One platform. The route calls handshake, verify and split in this order; the worker parse; the sender send."""

    @property
    def declaration(self) -> Declaration:
        """What the platform can do."""

    def handshake(self, request: Request, *, secrets: Secrets, now: datetime) -> HandshakeAnswer | None:
        """The answer to a challenge or ping, or None for a delivery. Raises `SignatureRefusedError` for an unproven challenge."""

    def verify(self, request: Request, *, secrets: Secrets, now: datetime) -> None:
        """Raise `SignatureRefusedError` unless the request is proven, in constant time, by the current or the previous secret."""

    def split(self, request: Request, *, secrets: Secrets) -> list[RawItem]:
        """The events of a verified delivery: pure and cheap. An empty list is a delivery of nothing: 200.

        Decrypts where the platform encrypts. Raises `MalformedDeliveryError` where the body is nothing the platform could send.
        """

    def parse(self, delivery: Delivery) -> Parsed:
        """What one item means. Pure, deterministic, and never raises: what it does not understand is `unknown`."""

    async def send(self, reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> Sent:
        """Hand one reply to the platform, once. Raises the tree of `SendError`; checks the declaration before the network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Items from a stream or a poll, and the cursor to store with them in one transaction.

    `rest_seconds` is how long a poller wants to be left alone before it is asked for more: it says so here and never sleeps itself.
    """

    items: tuple[RawItem, ...]
    cursor: str | None = None
    rest_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a look-up saw: there (with its id), certainly absent, or not to be told (`there` is None)."""

    there: bool | None
    external_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account of ours on the platform, as the platform names it; `config` goes to the channel."""

    account: str
    name: str
    config: Mapping[str, str] = field(default_factory=dict)
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """Credentials and when they end (None: never); `accounts` to pick from where one sign-in opens several."""

    credentials: Mapping[str, str] = field(repr=False)
    expires_at: datetime | None = None
    accounts: tuple[Account, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """Where to send the owner's browser, and what to keep until the callback (PKCE verifier, DPoP key)."""

    url: str
    keep: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedKeys:
    """Public keys by key id, and until when they may be used."""

    keys: Mapping[str, bytes]
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaAddress:
    """Where a file lies at this moment, and the headers that open it; both are for one fetch, and never stored or logged."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovedButton:
    """A button of an approved template: `kind` as in TemplateButton (other: none of these), and whether it has to be given a value."""

    label: str
    kind: Literal["reply", "address", "code", "other"] = "other"
    takes_value: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovedTemplate:
    """A template that may be sent now. `places` are those of its text, by name (`named`) or number, in the order in which they are given.

    `heading` is what it has there: words (`heading_text`, with `heading_place` where they have one), or the kind of file that goes along.
    """

    name: str
    language: str
    text: str
    category: str = ""
    named: bool = False
    places: tuple[str, ...] = ()
    heading: Literal["none", "text", "image", "video", "file", "other"] = "none"
    heading_text: str = ""
    heading_place: str | None = None
    buttons: tuple[ApprovedButton, ...] = ()


@runtime_checkable
class Listens(Protocol):
    """Hears by itself: polling, streaming, sockets. One lease per channel."""

    def listen(self, *, channel: ChannelAccess, cursor: str | None, net: Net) -> AsyncIterator[Heard]:
        """Items as they come, beginning after `cursor`; ends only by being closed or by raising."""


@runtime_checkable
class Backfills(Protocol):
    """Can read what happened before we listened, or while we were away."""

    def backfill(self, *, channel: ChannelAccess, since: datetime, net: Net) -> AsyncIterator[Heard]:
        """Everything since then, oldest page first, with the keys that live items have."""


@runtime_checkable
class LooksUp(Protocol):
    """Can tell whether a reply in doubt arrived."""

    async def lookup(self, reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> Found:
        """Ask the platform; `there=None` where it will not tell."""


@runtime_checkable
class NamesThreads(Protocol):
    """Knows beforehand what the answers to a message that we begin with will be filed under."""

    def thread_of(self, reply: OutboundReply, *, channel: ChannelAccess) -> str | None:
        """The `thread` of the events that answer it; None where it is the person's own. Pure."""


@runtime_checkable
class Authorizes(Protocol):
    """Is connected by signing in (OAuth); `Declaration.sign_in` says what that needs.

    `app` holds our registration (`client_id`, `client_secret`, or what `sign_in.registration` names) and, by their names, the
    settings given beforehand (`sign_in.asks`). Both raise the tree of `SendError`; a person who said no, and a code that does not
    count, are `RejectedError` in the platform's words.
    """

    async def begin(self, *, app: Mapping[str, str], state: str, redirect_url: str, net: Net) -> Authorization:
        """Begin a sign-in. `state` goes along as it is; a PKCE verifier is made here and put into `keep`."""

    async def exchange(
        self, *, app: Mapping[str, str], keep: Mapping[str, str], query: Mapping[str, str], redirect_url: str, net: Net
    ) -> Granted:
        """Turn the callback into credentials and accounts. `query` is the callback's, with `code` or `error`; its state is checked.

        The credentials (with `signing_secret`, where the platform makes it and the registration tells it), those of the account
        picked, and its config together are what the channel's declaration asks for.
        """


@runtime_checkable
class Describes(Protocol):
    """Registers nowhere: servers read who we are in a document that the house serves, at PUBLIC_URL + /oauth/<platform>.json.

    That address is our client id: `app` holds it as `client_id`, and as `client_key` 32 secret bytes in base64url, always the same ones.
    """

    def describe(self, *, app: Mapping[str, str], redirect_url: str) -> Mapping[str, object]:
        """The document, for everybody to read. Pure."""


@runtime_checkable
class Refreshes(Protocol):
    """Has credentials that end. One refresher per channel, under a lease; it asks early, and again where the platform was away."""

    async def refresh(self, *, channel: ChannelAccess, net: Net) -> Granted:
        """New credentials for the old ones: those that changed, with their end. `channel.app` is our registration.

        Also asked once after credentials were given by hand, to learn their end; where there is nothing to renew, give
        `Granted(credentials={})`. Raises `CredentialsExpiredError` where only the owner can help, else the tree of `SendError`.
        """


@runtime_checkable
class Checks(Protocol):
    """Can say whether credentials work, and whose they are."""

    async def check(self, *, channel: ChannelAccess, net: Net) -> Account:
        """The account behind the credentials. Raises `CredentialsExpiredError` where they do not work."""


@runtime_checkable
class OffersTemplates(Protocol):
    """Can say which templates the platform has approved (`Declaration.templates`)."""

    async def list_templates(self, *, channel: ChannelAccess, net: Net) -> tuple[ApprovedTemplate, ...]:
        """Those that may be sent now, some hundreds at most. Raises the tree of `SendError`."""


@runtime_checkable
class Subscribes(Protocol):
    """Is told by a call where to deliver."""

    async def subscribe(self, *, channel: ChannelAccess, webhook_url: str, secret: str, net: Net) -> timedelta | None:
        """Point the platform at `webhook_url`; calling it again changes nothing, or the secret. How long it holds; None: for good.

        Where the platform says later how long, `Parsed.lease` tells, and goes before what is answered here.
        """

    async def unsubscribe(self, *, channel: ChannelAccess, net: Net) -> None:
        """Stop deliveries."""


@runtime_checkable
class LetsGo(Protocol):
    """Is asked by the platform whether a disconnected channel really wants nothing any more."""

    def let_go(self, request: Request) -> HandshakeAnswer | None:
        """The answer that says so; None for any other request. The channel's secrets and settings are gone by then."""


@runtime_checkable
class MakesSecrets(Protocol):
    """Signs with a secret that we make, in a form of its own."""

    def make_secret(self) -> str:
        """A new random secret in the platform's form."""


@runtime_checkable
class FetchesKeys(Protocol):
    """Proves requests by public keys that change (OIDC)."""

    async def fetch_keys(self, *, channel: ChannelAccess, net: Net) -> FetchedKeys:
        """The keys in force."""


@runtime_checkable
class Acknowledges(Protocol):
    """Wants something else than an empty object for some of the deliveries that are stored."""

    def acknowledge(self, request: Request) -> HandshakeAnswer | None:
        """What to answer once the items are committed; None: nothing but that they are."""


@runtime_checkable
class OpensMedia(Protocol):
    """Has files that are fetched with the channel's credentials, or whose addresses end soon."""

    async def open_media(self, url: str, *, channel: ChannelAccess, net: Net) -> MediaAddress:
        """What an attachment's `url` stands for at this moment; an address that is open to all is given back as it is.

        Raises the tree of `SendError`: `NotFoundError` where the file is gone, any other is tried again for a while.
        """


@runtime_checkable
class Edits(Protocol):
    """Can change what we said."""

    async def edit(self, external_id: str, *, text: str, channel: ChannelAccess, net: Net) -> None:
        """Replace the text of a message of ours."""


@runtime_checkable
class Deletes(Protocol):
    """Can take back what we said."""

    async def delete(self, external_id: str, *, channel: ChannelAccess, net: Net) -> None:
        """Delete a message of ours."""


@runtime_checkable
class Hides(Protocol):
    """Can hide what others said in our venues."""

    async def hide(self, external_id: str, *, hidden: bool, channel: ChannelAccess, net: Net) -> None:
        """Hide it, or show it again."""


@runtime_checkable
class Likes(Protocol):
    """Can react to what people said."""

    async def like(self, external_id: str, *, author: Author | None, liked: bool, channel: ChannelAccess, net: Net) -> None:
        """Like it, or take the like back."""
