"""A partner of the generic inlet: signs deliveries with the public library and posts them. Used by tests of engagement."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
from standardwebhooks.webhooks import Webhook

from tests.engagement.conftest import Service

START = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)


@dataclass
class Partner:
    """One inlet channel, from the other side."""

    service: Service
    path: str
    secret: str
    channel_id: str

    @classmethod
    async def connected(cls, service: Service, **config: str) -> "Partner":
        """A channel just connected, with these settings."""
        made = await service.connect("inlet", config=config)
        channel: Any = made["channel"]
        return cls(service, channel["webhook_path"], str(made["signing_secret"]), channel["id"])

    async def deliver(self, *events: dict[str, Any]) -> httpx.Response:
        """One signed delivery of these events."""
        return await self.send(json.dumps({"events": events}))

    async def send(self, body: str) -> httpx.Response:
        """A signed delivery with this body, whatever it is."""
        identifier, moment = f"msg_{uuid4().hex}", self.service.clock.now()
        signature = Webhook(self.secret).sign(identifier, moment, body)
        headers = {
            "content-type": "application/json",
            "webhook-id": identifier,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": signature,
        }
        return await self.service.http.post(self.path, content=body, headers=headers)


def event(number: int, text: str | None = "Hello", **parts: Any) -> dict[str, Any]:
    """A direct message of one person, `number` minutes after ten; parts replace or add fields."""
    return {
        "id": f"e-{number}",
        "kind": "direct",
        "occurred_at": (START + timedelta(minutes=number)).isoformat(),
        "author": {"network": "shop", "external_id": "person-1", "name": "Ines Ferrer"},
        **({"text": text} if text is not None else {}),
        **parts,
    }


def change(number: int, kind: str, target: str, **parts: Any) -> dict[str, Any]:
    """An edit or deletion of an earlier event."""
    moment = (START + timedelta(minutes=number)).isoformat()
    return {"id": f"c-{number}", "kind": kind, "occurred_at": moment, "target": target, **parts}
