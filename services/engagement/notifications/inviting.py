"""Writes to people who were invited to join, in one mail with the link. Hears identity; keeps nothing of it, not even the token.

A server that is away is asked again as events are, at the end a dead letter. A mail may go out twice after a crash, under one id.
"""

from collections.abc import Sequence
from html import escape
from uuid import uuid5

import structlog

from services.contracts.events import MemberInvited
from services.contracts.ids import WorkspaceId
from services.contracts.invitations import invitation_link, invitation_token
from services.engagement.notifications.errors import NotDeliverableError
from services.engagement.notifications.mail import Mail, MailServer, send_mail
from services.kit.bus import Received
from services.kit.clock import Clock
from services.kit.subscriptions import Subscription

DURABLE = "engagement-invitations"
log = structlog.get_logger()


class Inviter:
    """`server` is None where this deployment sends no mail; `key` is what tokens are computed with, `link` where they lead."""

    def __init__(self, server: MailServer | None, *, key: bytes, link: str, clock: Clock) -> None:
        self._server = server
        self._key = key
        self._link = link
        self._clock = clock

    def subscription(self) -> Subscription:
        """One at a time: a mail that does not go out holds up no other."""
        return Subscription(durable=DURABLE, service="identity", events=(MemberInvited,), handler=self.write, batch=1)

    async def write(self, workspace: WorkspaceId, batch: Sequence[Received]) -> None:
        """Write to the invited. Raises NotDeliveredError where that may work later."""
        for received in batch:
            event = received.event
            if isinstance(event, MemberInvited) and event.expires_at > self._clock.now():
                await self._write(workspace, event)

    async def _write(self, workspace: WorkspaceId, event: MemberInvited) -> None:
        if self._server is None:
            log.info("invitation_not_mailed", invitation_id=str(event.invitation_id), reason="no mail server")
            return
        token = invitation_token(self._key, workspace=workspace, invitation=event.invitation_id, sendings=event.sendings)
        paragraphs = _paragraphs(event, way=invitation_link(self._link, token) or token)
        mail = Mail(
            to=event.email,
            subject=_one_line(f"Join {event.workspace_name}"),
            text="\n\n".join(paragraphs) + "\n",
            html="".join(f"<p>{escape(each)}</p>" for each in paragraphs),
            batch=uuid5(event.invitation_id, str(event.sendings)),
            at=self._clock.now(),
        )
        try:
            await send_mail(self._server, mail)
        except NotDeliverableError as error:
            log.warning("invitation_given_up", invitation_id=str(event.invitation_id), reason=str(error))


def _paragraphs(event: MemberInvited, *, way: str) -> list[str]:
    who = f"{event.inviter} invites you" if event.inviter else "You are invited"
    return [
        _one_line(f"{who} to join {event.workspace_name}."),
        f"Choose your password here: {way}",
        f"This works once, until {event.expires_at:%d %B %Y, %H:%M} UTC. If you expected no invitation, do nothing.",
    ]


def _one_line(text: str) -> str:
    return " ".join(text.split())
