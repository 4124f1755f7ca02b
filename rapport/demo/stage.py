"""The set of a demo: a deployment with throw-away data, simulated platforms, a workspace with members, three connected channels.

Called by performance. Everything that it makes is gone when its block is left.
"""

import random
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import services.engagement.admin as engagement
import services.identity.admin as identity
from rapport.demo.story import Place
from rapport.deployment import Deployment, Running
from rapport.folders import remembered_port
from rapport.simulation import SimulatedPlatforms
from services.contracts.ids import WorkspaceId
from services.contracts.vocabulary import Discipline, Role
from services.engagement.settings import EngagementSettings
from services.identity.settings import IdentitySettings

WORKSPACE = "demo"
BOT = "kettle_works_bot"
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_MEMBERS = {Discipline.SERVICE: "Sam", Discipline.SALES: "Ada", Discipline.MARKETING: "Noa"}


@dataclass(frozen=True, slots=True)
class Login:
    """How a member gets in."""

    name: str
    email: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What a play needs. `bot_token` opens the simulated Telegram; inlet partners are named as their place."""

    url: str
    platforms: SimulatedPlatforms
    logins: Mapping[Discipline, Login]
    api_key: str = field(repr=False)
    bot_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Secrets:
    """Secrets of a throw-away deployment: random, with the mark in each, so that a test finds them wherever they leak."""

    chance: random.SystemRandom
    mark: str

    def word(self, length: int) -> str:
        """The mark and random letters and digits, `length` characters in all."""
        return self.mark + "".join(self.chance.choices(_ALPHABET, k=length - len(self.mark)))

    def key(self) -> str:
        """44 characters that are base64 of 33 bytes."""
        return self.word(44)


def throw_away(folder: Path, *, secrets: Secrets) -> Deployment:
    """A deployment in a folder, on free ports, whose processes write their logs to `logs`."""
    logs = folder / "logs"
    logs.mkdir(mode=0o700, parents=True)
    return Deployment(
        folder=folder,
        port=remembered_port(folder / "port"),
        durable=False,
        allow_private_addresses=True,
        secret_key=secrets.key(),
        log_folder=logs,
    )


def strike(deployment: Deployment) -> None:
    """Remove the sockets' folder, which is not always below the deployment's."""
    shutil.rmtree(deployment.sockets(), ignore_errors=True)


@asynccontextmanager
async def set_up(running: Running, *, secrets: Secrets) -> AsyncIterator[Stage]:
    """Members, an API key, the platforms, the channels."""
    env = running.environment()
    settings = {"nats_url": env["NATS_URL"], "secret_key": env["RAPPORT_SECRET_KEY"]}
    ledger = running.deployment.folder / "platforms.jsonl"
    async with SimulatedPlatforms.running(ledger) as platforms:
        who = IdentitySettings.model_validate({**settings, "database_url": env["DATABASE_URL_IDENTITY"]})
        async with identity.admin(who) as people:
            workspace = (await people.create_workspace(slug=WORKSPACE, name=f"Kettle Works {secrets.mark}".strip())).id
            logins = await _employ(people, secrets=secrets)
            key = await people.create_api_key(workspace=WORKSPACE, name="partner", scopes=("conversations:read",))
        what = EngagementSettings.model_validate({**settings, "database_url": env["DATABASE_URL_ENGAGEMENT"]})
        async with engagement.admin(what) as channels:
            token = f"{secrets.chance.randrange(10**8, 10**9)}:{secrets.word(35)}"
            await _connect_bot(channels, workspace, running.url, platforms=platforms, token=token, secret=secrets.word(40))
            for place in (Place.WEB_CHAT, Place.COMMUNITY):
                await _connect_inlet(channels, workspace, running.url, platforms=platforms, place=place, secret=f"whsec_{secrets.key()}")
        yield Stage(url=running.url, platforms=platforms, logins=logins, api_key=key.token, bot_token=token)


async def _employ(people: identity.Admin, *, secrets: Secrets) -> dict[Discipline, Login]:
    logins = {}
    for discipline, first in _MEMBERS.items():
        email = f"{first}{secrets.mark}@kettles.example.com".lower()
        logins[discipline] = login = Login(first + secrets.mark, email, secrets.word(24))
        await people.create_member(
            workspace=WORKSPACE,
            email=login.email,
            name=login.name,
            password=login.password,
            role=Role.ADMIN if discipline is Discipline.SERVICE else Role.AGENT,
            disciplines=(discipline,),
            languages=("en", "es"),
        )
    return logins


async def _connect_bot(
    channels: engagement.Admin, workspace: WorkspaceId, url: str, *, platforms: SimulatedPlatforms, token: str, secret: str
) -> None:
    made = await channels.connect_channel(
        workspace,
        platform="telegram",
        name=Place.TELEGRAM.channel_name,
        credentials={"token": token, "signing_secret": secret},
        config={"api_base": platforms.url, "username": BOT},
    )
    await platforms.add_bot(token, username=BOT, webhook_url=url + made.channel.webhook_path, secret_token=secret)


async def _connect_inlet(
    channels: engagement.Admin, workspace: WorkspaceId, url: str, *, platforms: SimulatedPlatforms, place: Place, secret: str
) -> None:
    made = await channels.connect_channel(
        workspace,
        platform="inlet",
        name=place.channel_name,
        credentials={"signing_secret": secret},
        config={"reply_url": platforms.reply_url(place), "lookup": "true"},
    )
    await platforms.add_partner(place, webhook_url=url + made.channel.webhook_path, secret=secret)
