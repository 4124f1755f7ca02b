"""Members at work on one channel whose replies go to a simulated partner. Used by the tests beside it; holds no tests."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx

from rapport.simulation.client import SimulatedPlatforms
from tests.engagement.conftest import Service
from tests.engagement.partner import Partner, event
from tests.engagement.waiting import conversations, journal_settled, messages, until

SECRET = "whsec_" + "c2VjcmV0LW9mLXRoZS1zaW11bGF0ZWQtcGFydG5lci0x"


@dataclass
class Desk:
    """One channel, its partner, and two members."""

    service: Service
    platforms: SimulatedPlatforms
    partner: Partner
    sol: UUID = field(default_factory=uuid4)
    max: UUID = field(default_factory=uuid4)
    delivered: int = 0

    @classmethod
    async def opened(cls, service: Service, platforms: SimulatedPlatforms) -> "Desk":
        """A channel just connected."""
        reply_url = await platforms.add_partner("shop", webhook_url=service.url, secret=SECRET)
        made = await service.connect("inlet", credentials={"signing_secret": SECRET}, config={"reply_url": reply_url})
        channel: Any = made["channel"]
        return cls(service, platforms, Partner(service, channel["webhook_path"], SECRET, channel["id"]))

    async def hear(self, text: str = "Hello", **parts: Any) -> dict[str, Any]:
        """A message of the person; gives its conversation."""
        self.delivered += 1
        answer = await self.partner.deliver(event(self.delivered, text, **parts))
        assert answer.status_code == 200, answer.text
        await journal_settled(self.service, count=self.delivered)
        for thread in await conversations(self.service):
            if any(each["external_id"] == f"e-{self.delivered}" for each in await messages(self.service, thread["id"])):
                return thread
        raise AssertionError("it is in no conversation")

    async def hear_comment(self, text: str = "Does it come in black?", *, person: str = "person-1", root: str = "post-1") -> dict[str, Any]:
        """A comment in public beneath one post, in one thread."""
        author = {"network": "shop", "external_id": person, "name": person}
        return await self.hear(text, kind="comment", author=author, root=root, thread="top", venue={"network": "shop", "external_id": root})

    async def ask(
        self, method: str, path: str, body: object = None, *, member: UUID | None = None, role: str = "admin", key: str | None = None
    ) -> httpx.Response:
        """A request of a member; `key` is its Idempotency-Key."""
        headers = self.service.headers(member=member or self.sol, role=role) | ({"idempotency-key": key} if key else {})
        return await self.service.http.request(method, path, json=body, headers=headers)

    async def reply(self, thread: dict[str, Any], text: str = "Hi", *, member: UUID | None = None, **body: Any) -> httpx.Response:
        """A member posts a reply."""
        return await self.ask("POST", f"/v1/conversations/{thread['id']}/replies", {"text": text, **body}, member=member)

    async def state_of(self, reply: str, *wanted: str) -> dict[str, Any]:
        """The reply, once it is in one of these states."""

        async def there() -> dict[str, Any] | None:
            found: dict[str, Any] = (await self.service.get(f"/v1/replies/{reply}")).json()
            return found if found["state"] in wanted else None

        found: dict[str, Any] = await until(there, within_seconds=30)
        return found

    async def events(self, kind: str) -> list[dict[str, Any]]:
        """The events of a kind so far, the oldest first."""
        found: list[dict[str, Any]] = (await self.service.get("/internal/events?limit=100")).json()["events"]
        return [each["data"] for each in found if each["type"] == kind]

    def taken(self) -> list[Any]:
        """What the partner took, in order."""
        return list(self.platforms.accepted_replies("inlet"))
