"""Which channels a run has, what each platform does in it, and by what its doubts are settled. Called by the run and the traffic."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from tests.flows.product import Connected, Desk
from tests.flows.waiting import until

LISTENING_SECONDS = 60.0
ORIGIN = "https://shop.example"
VISITED = "chat.example"


class Settled(Enum):
    """Which doubts end by themselves: all, by a look-up; those about what was taken, by an echo or a look-up; or none."""

    ALL = "all"
    TAKEN = "taken"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class Part:
    """What a platform of the table does. `pushes`: it delivers; else it is polled. It gets a reply in every so many rounds (0: none).

    `base` is the setting that points at the simulation, `path` what the address has there.
    """

    settled: Settled = Settled.NONE
    pushes: bool = False
    every_rounds: int = 1
    account: str
    base: str = "api_base"
    path: str
    credentials: tuple[str, ...] = ("token",)
    config: Mapping[str, str] = field(default_factory=dict)
    # What Meta asks for is told in whole minutes: too long for a short run.
    waits_long: bool = False


PARTS: Mapping[str, Part] = {
    "facebook": Part(pushes=True, settled=Settled.ALL, account="100100", path="/facebook", waits_long=True),
    "instagram": Part(
        pushes=True, settled=Settled.TAKEN, account="200200", path="/instagram", config={"username": "acme"}, waits_long=True
    ),
    "whatsapp": Part(
        pushes=True,
        settled=Settled.TAKEN,
        account="300300",
        path="/whatsapp",
        credentials=("token", "verify_token"),
        waits_long=True,
    ),
    # What a site's server posts; its answers would go to visitors with a session, who are another channel's.
    "webchat": Part(pushes=True, every_rounds=0, account="shop.example", base="", path="", credentials=(), config={"origins": ORIGIN}),
    # 300 in three hours, some of them at once.
    "mastodon": Part(
        settled=Settled.ALL,
        every_rounds=4,
        account="400400",
        base="instance",
        path="",
        credentials=("access_token",),
        config={"acct": "acme"},
    ),
    "bluesky": Part(
        settled=Settled.ALL,
        account="did:plc:acme",
        base="service",
        path="/bluesky",
        credentials=("app_password",),
        config={"identifier": "acme.example"},
    ),
    "youtube": Part(
        settled=Settled.TAKEN,
        account="UCacme",
        path="/youtube",
        credentials=("access_token", "refresh_token"),
        config={"poll_seconds": "15"},
    ),
    # One reply for each review, and ten a minute.
    "google_business": Part(
        settled=Settled.ALL,
        every_rounds=4,
        account="accounts/1/locations/2",
        path="/google_business",
        credentials=("access_token", "refresh_token"),
        config={"poll_seconds": "15"},
    ),
    "feeds": Part(every_rounds=0, account="forum", base="url", path="/feeds/{token}.xml", credentials=(), config={"every_minutes": "1"}),
}


@dataclass(frozen=True)
class Side:
    """One channel of a run. `name` is what its line in the end is called, `account` what the ledger calls it."""

    name: str
    platform: str
    channel: Connected
    account: str
    settled: Settled
    pushes: bool = True
    every_rounds: int = 1
    waits_long: bool = False
    # By browsers on a site, which the harness plays (see visitors.py).
    visited: bool = False


@dataclass(frozen=True)
class Channels:
    """All channels of one workspace."""

    sides: tuple[Side, ...]

    @classmethod
    async def connected(cls, desk: Desk) -> "Channels":
        """A bot, two partners, and one account on every platform of the table; those that are polled are being listened to."""
        bot = await desk.connect_telegram()
        asked = await desk.connect_inlet(lookup=True)
        echoing = await desk.connect_inlet(lookup=False, echo=True)
        sides = [
            Side("telegram", "telegram", bot, bot.account.partition(":")[0], Settled.NONE),
            Side("inlet, asked", "inlet", asked, asked.account, Settled.ALL),
            Side("inlet, echoing", "inlet", echoing, echoing.account, Settled.TAKEN),
            await _visited(desk),
            *[await _played(desk, platform, part) for platform, part in PARTS.items()],
        ]
        made = cls(tuple(sides))
        await made.listened_to(desk)
        return made

    async def listened_to(self, desk: Desk) -> None:
        """Wait until every page was asked for twice: then it is kept where the first visit began."""

        async def heard() -> bool:
            polls = {side.platform: await desk.product.platforms.polls(side.platform) for side in self.polled()}
            return all(count >= 2 for each in polls.values() for count in each.values())

        await until(heard, seconds=LISTENING_SECONDS)

    def accounts(self) -> set[str]:
        """What the ledger calls them."""
        return {side.account for side in self.sides}

    def of(self, channel_id: str) -> Side:
        """The side of a channel."""
        return next(side for side in self.sides if side.channel.id == channel_id)

    def pushing(self) -> list[Side]:
        """Those that deliver webhooks."""
        return [side for side in self.sides if side.pushes]

    def polled(self) -> list[Side]:
        """Those whose pages are asked for."""
        return [side for side in self.sides if not side.pushes and not side.visited]

    def answering(self) -> list[Side]:
        """Those that take replies."""
        return [side for side in self.sides if side.every_rounds]


async def _visited(desk: Desk) -> Side:
    made = await desk.connect("webchat", credentials={}, config={"account": VISITED, "origins": ORIGIN})
    channel = Connected(made["channel"]["id"], desk.product.url + made["channel"]["webhook_path"], made["signing_secret"], VISITED)
    return Side("webchat, visitors", "webchat", channel, VISITED, Settled.ALL, pushes=False, visited=True)


async def _played(desk: Desk, platform: str, part: Part) -> Side:
    platforms, token, secret = desk.product.platforms, secrets.token_hex(12), secrets.token_hex(16)
    credentials = dict.fromkeys(part.credentials, token)
    if part.pushes and part.base:
        credentials["signing_secret"] = secret
    place = {part.base: platforms.url + part.path.format(token=token)} if part.base else {}
    made = await desk.connect(platform, credentials=credentials, config={"account": part.account, **place, **part.config})
    channel = Connected(made["channel"]["id"], desk.product.url + made["channel"]["webhook_path"], secret, part.account)
    secret = made["signing_secret"] or secret
    await platforms.add_account(platform, id_=part.account, token=token, webhook_url=channel.webhook_url, secret=secret)
    return Side(platform, platform, channel, part.account, part.settled, part.pushes, part.every_rounds, part.waits_long)
