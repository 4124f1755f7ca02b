"""A partner of the generic inlet: sends signed events, takes signed replies, may echo them and answer look-ups. Called by app.

Signatures are made and checked by the reference library of Standard Webhooks, not by our own code.
"""

import hmac
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
from aiohttp import web
from standardwebhooks.webhooks import Webhook as Signer

from rapport.simulation.answers import answer, misbehave
from rapport.simulation.deliveries import Deliveries, Webhook
from rapport.simulation.faults import Faults
from rapport.simulation.ledger import Ledger

EVENTS_A_PAGE = 50


@dataclass
class Partner:
    """One system behind an inlet. `taken` maps our reply ids to its own."""

    name: str
    webhook_url: str
    secret: str
    echo: bool = False
    taken: dict[str, str] = field(default_factory=dict)
    happened: list[dict[str, Any]] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def signed_headers(self, message_id: str, *, body: bytes) -> dict[str, str]:
        """The three headers, as of now."""
        at = datetime.now(UTC)
        signature = Signer(self.secret).sign(message_id, at, body.decode())
        stamps = {"webhook-id": message_id, "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}
        return {"content-type": "application/json", **stamps}

    def is_signed(self, request: web.Request, *, body: bytes) -> bool:
        """Whether a call of ours is proven. Its age is not judged: tests move our clock."""
        try:
            at = datetime.fromtimestamp(int(request.headers["webhook-timestamp"]), tz=UTC)
            expected = Signer(self.secret).sign(request.headers["webhook-id"], at, body.decode())
        except (KeyError, ValueError, OverflowError):
            return False
        given = request.headers.get("webhook-signature", "").split()
        return any(hmac.compare_digest(signature.encode(), expected.encode()) for signature in given)


@dataclass
class Inlet:
    """All partners."""

    ledger: Ledger
    faults: Faults
    deliveries: Deliveries
    partners: dict[str, Partner] = field(default_factory=dict)

    def add_partner(self, name: str, *, webhook_url: str, secret: str, echo: bool = False) -> Partner:
        """A partner that knows the secret."""
        self.partners[name] = Partner(name=name, webhook_url=webhook_url, secret=secret, echo=echo)
        return self.partners[name]

    def deliver(self, partner: Partner, *, events: list[dict[str, Any]], attempts: int = 300) -> Webhook:
        """One webhook with one event, or with several as a batch."""
        partner.happened.extend(events)
        body = orjson.dumps(events[0] if len(events) == 1 else {"events": events})
        message_id = f"msg_{partner.name}_{next(partner.numbers)}"
        keys = [str(event.get("id")) for event in events]
        facts = {"channel": partner.name, "key": keys[0], "keys": keys, "text": events[0].get("text")}
        return Webhook(
            platform="inlet",
            url=partner.webhook_url,
            body=body,
            headers=lambda: partner.signed_headers(message_id, body=body),
            facts=facts,
            attempts=attempts,
        )

    async def take_reply(self, request: web.Request) -> web.StreamResponse:
        """POST /inlet/<partner>/replies: a reply of ours."""
        partner, body = self.partners.get(request.match_info["partner"]), await request.read()
        if partner is None:
            return answer(404, {"error": "no such partner"})
        if not partner.is_signed(request, body=body):
            self.ledger.write("reply", platform="inlet", channel=partner.name, accepted=False, fault="bad signature")
            return answer(401, {"error": "bad signature"})
        reply = orjson.loads(body)
        fault = self.faults.next_for("inlet")
        if fault and not fault.takes_the_call:
            self._record(partner, reply=reply, accepted=False, fault=fault.kind)
        if fault and fault.kind == "rate_limited":
            return answer(429, {"error": "slow down"}, retry_after=str(int(fault.retry_after)))
        if fault and fault.kind == "forbidden":
            return answer(422, {"error": "the person has left"})

        def sound() -> web.Response:
            return self._take(partner, reply=reply, fault=fault.kind if fault else None)

        return await misbehave(fault, request=request, sound=sound) if fault else sound()

    async def look_up(self, request: web.Request) -> web.Response:
        """GET /inlet/<partner>/replies/<reply id>: whether it was taken."""
        partner = self.partners.get(request.match_info["partner"])
        if partner is None or not partner.is_signed(request, body=b""):
            return answer(401, {"error": "bad signature"})
        known = partner.taken.get(request.match_info["reply"])
        return answer(200, {"external_id": known}) if known else answer(404, {"error": "never seen"})

    def show_events(self, request: web.Request) -> web.Response:
        """GET /inlet/<partner>/events?since=: what happened since then, delivered or not, in small pages."""
        partner = self.partners.get(request.match_info["partner"])
        if partner is None or not partner.is_signed(request, body=b""):
            return answer(401, {"error": "bad signature"})
        since = datetime.fromisoformat(request.query["since"])
        begin = int(request.query.get("after", "0"))
        known = {event["id"]: event for event in partner.happened if datetime.fromisoformat(event["occurred_at"]) >= since}
        events = sorted(known.values(), key=lambda event: str(event["occurred_at"]))
        following = begin + EVENTS_A_PAGE
        return answer(200, {"events": events[begin:following], "next": str(following) if following < len(events) else None})

    def _take(self, partner: Partner, *, reply: dict[str, Any], fault: str | None) -> web.Response:
        """Take a reply once; the same id again is answered as the first time, and noted as repeated."""
        reply_id = str(reply.get("id"))
        repeated = reply_id in partner.taken
        external_id = partner.taken.setdefault(reply_id, f"{partner.name}-{next(partner.numbers)}")
        self._record(partner, reply=reply, accepted=True, fault=fault, external_id=external_id, repeated=repeated)
        if partner.echo and not repeated:
            self.deliveries.begin(self.deliver(partner, events=[_echo(partner, reply=reply, external_id=external_id)]))
        return answer(200, {"external_id": external_id})

    def _record(
        self,
        partner: Partner,
        *,
        reply: dict[str, Any],
        accepted: bool,
        fault: str | None,
        external_id: str | None = None,
        repeated: bool = False,
    ) -> None:
        self.ledger.write(
            "reply",
            platform="inlet",
            channel=partner.name,
            reply_id=reply.get("id"),
            text=reply.get("text"),
            attachments=reply.get("attachments", []),
            recipient=reply.get("recipient"),
            answers=(reply.get("in_reply_to") or {}).get("external_id"),
            accepted=accepted,
            repeated=repeated,
            fault=fault,
            external_id=external_id,
        )


def _echo(partner: Partner, *, reply: dict[str, Any], external_id: str) -> dict[str, Any]:
    """What a partner that reports everything says of a reply that it took."""
    return {
        "id": external_id,
        "kind": reply["kind"],
        "occurred_at": datetime.now(UTC).isoformat(),
        "direction": "outbound",
        "author": {"network": partner.name, "external_id": "us"},
        "recipient": reply.get("recipient"),
        "text": reply.get("text"),
        "echo_of": reply["id"],
    }
