"""The sample workspace of a first start: one admin, an inlet and a web chat, a handful of invented messages through the real door.

Called by `up`. Never touches a deployment that already has a workspace.
"""

import base64
import json
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import digest
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import aiohttp

import services.engagement.admin as engagement
import services.identity.admin as identity
from rapport.deployment import Running
from rapport.folders import write_private
from services.contracts.ids import WorkspaceId
from services.contracts.views import ChannelView
from services.contracts.vocabulary import Discipline, Role
from services.engagement.settings import EngagementSettings
from services.identity.settings import IdentitySettings

SLUG = "sample"
EMAIL = "you@example.com"
FILE = "sign-in.txt"
CHAT = "webchat"
DELIVER_TIMEOUT_SECONDS = 10

_STORY = (
    (190, "chat", "lena-moor", "Lena Moor", "lena.moor@example.com", "Hi! Which of your kettles copes with very hard water?"),
    (150, "reviews", "lm-77", "Lena M.", "lena.moor@example.com", "Bought the K2 in the end. Best kettle I ever had, I tell everyone."),
    (90, "chat", "otto-brandt", "Otto Brandt", None, "My order 4417 still has not arrived and this is the third time I write."),
    (45, "forum", "teafan", "teafan", None, "How much is the large one, and do you ship to Lisbon?"),
    (20, "chat", "otto-brandt", "Otto Brandt", None, "Hello? Is anybody there?"),
)


@dataclass(frozen=True, slots=True)
class SignIn:
    """How to get in. `password` is None where the sample was made at an earlier start, `chat` the path of the page to try the web chat."""

    workspace: str
    email: str
    password: str | None = field(repr=False)
    file: Path
    chat: str | None = None


async def ensure_sample(running: Running) -> SignIn | None:
    """Make the sample workspace at the first start; None where somebody made workspaces of their own."""
    file = running.deployment.folder / FILE
    env = running.environment()
    settings = IdentitySettings.model_validate(
        {"database_url": env["DATABASE_URL_IDENTITY"], "nats_url": env["NATS_URL"], "secret_key": env["RAPPORT_SECRET_KEY"]}
    )
    async with identity.admin(settings) as admin:
        workspace = await admin.find_workspace(SLUG)
        if workspace is not None:
            return SignIn(SLUG, EMAIL, None, file, await _find_chat(running, workspace))
        if await admin.list_workspaces():
            return None
        password = secrets.token_urlsafe(12)
        made = await admin.create_workspace(slug=SLUG, name="Sample workspace")
        await admin.create_member(
            workspace=SLUG,
            email=EMAIL,
            name="You",
            password=password,
            role=Role.ADMIN,
            disciplines=(Discipline.SERVICE, Discipline.MARKETING),
            languages=("en",),
        )
    write_private(file, f"workspace {SLUG}\ne-mail    {EMAIL}\npassword  {password}\n")
    async with engagement.admin(_engagement_settings(running)) as channels:
        channel = await channels.connect_channel(made.id, platform="inlet", name="Sample inlet", credentials={}, config={})
        chat = await channels.connect_channel(made.id, platform=CHAT, name="Sample chat", credentials={}, config=_chat_config(running))
    if channel.signing_secret is not None:
        await _deliver(running.deployment.local_url + channel.channel.webhook_path, secret=channel.signing_secret)
    return SignIn(SLUG, EMAIL, password, file, _demo_path(chat.channel))


def _engagement_settings(running: Running) -> EngagementSettings:
    env = running.environment()
    return EngagementSettings.model_validate(
        {"database_url": env["DATABASE_URL_ENGAGEMENT"], "nats_url": env["NATS_URL"], "secret_key": env["RAPPORT_SECRET_KEY"]}
    )


def _chat_config(running: Running) -> dict[str, str]:
    """The page to try it is served by the deployment itself, under whichever of its names one opens it."""
    local = urlsplit(running.deployment.local_url)
    own = {running.url.rstrip("/"), running.deployment.local_url, f"{local.scheme}://localhost:{local.port}"}
    return {"origins": " ".join(sorted(own)), "title": "Talk to us", "demo": "true"}


def _demo_path(chat: ChannelView) -> str:
    return chat.webhook_path.replace("/webhooks/", "/webchat/") + "/demo"


async def _find_chat(running: Running, workspace: WorkspaceId) -> str | None:
    async with engagement.admin(_engagement_settings(running)) as channels:
        found = [each for each in await channels.list_channels(workspace) if each.platform == CHAT and each.active]
    return _demo_path(found[0]) if found else None


async def _deliver(url: str, *, secret: str) -> None:
    """Send the story as a partner would: one signed delivery, per Standard Webhooks."""
    body = json.dumps({"events": [_event(*line) for line in _STORY]}).encode()
    identifier, moment = f"msg_{uuid4().hex}", str(int(time.time()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = base64.b64encode(digest(key, f"{identifier}.{moment}.".encode() + body, sha256)).decode()
    headers = {
        "content-type": "application/json",
        "webhook-id": identifier,
        "webhook-timestamp": moment,
        "webhook-signature": f"v1,{signed}",
    }
    timeout = aiohttp.ClientTimeout(total=DELIVER_TIMEOUT_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as session, session.post(url, data=body, headers=headers) as answer:
        if answer.status != 200:
            print(f"The sample messages were not taken ({answer.status}): {await answer.text()}")


def _event(minutes_ago: int, network: str, handle: str, name: str, email: str | None, text: str) -> dict[str, object]:
    kind = {"reviews": "review", "forum": "mention"}.get(network, "direct")
    author: dict[str, object] = {"network": network, "external_id": handle, "handle": handle, "name": name}
    if email:
        author["emails"] = [{"value": email, "verified": True}]
    return {
        "id": f"sample-{handle}-{minutes_ago}",
        "kind": kind,
        "public": kind != "direct",
        "occurred_at": (datetime.now(UTC) - timedelta(minutes=minutes_ago)).isoformat(),
        "author": author,
        "text": text,
        **({"rating": 5} if kind == "review" else {}),
    }
