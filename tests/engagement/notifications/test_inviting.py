"""Invited people get one mail with the link, and nobody keeps the token (G5)."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from services.contracts.events import MemberInvited
from services.contracts.ids import InvitationId, WorkspaceId
from services.contracts.invitations import invitation_token
from services.engagement.notifications.errors import NotDeliveredError
from services.engagement.notifications.inviting import Inviter
from services.engagement.notifications.mail import MailServer as Way
from services.kit.bus import Received
from services.kit.clock import FixedClock
from tests.engagement.notifications.office import NOON
from tests.engagement.notifications.post import MailServer, free_port
from tests.routing.desk import header

KEY = b"k" * 32
LINK = "https://app.acme.example/join?with={token}"
PLACE = WorkspaceId(UUID(int=7))


def invited(*, sendings: int = 1, **parts: str) -> MemberInvited:
    texts = {"workspace_name": "Acme <b>", "inviter": "Sol\r\nBcc: x@evil.example"} | parts
    return MemberInvited(
        invitation_id=InvitationId(UUID(int=9)),
        email="ana@acme.example",
        sendings=sendings,
        expires_at=NOON + timedelta(days=7),
        **texts,
    )


def inviter(port: int | None, *, at: datetime = NOON) -> Inviter:
    server = None if port is None else Way(host="127.0.0.1", port=port, sender="rapport@acme.example", security="none")
    return Inviter(server, key=KEY, link=LINK, clock=FixedClock(at))


async def write(way: Inviter, event: MemberInvited) -> None:
    await way.write(PLACE, [Received(header(event, PLACE), event)])


async def test_the_mail_has_the_link_of_this_sending_and_an_id_for_each() -> None:
    mails = MailServer()
    async with mails.open():
        for sendings in (1, 1, 2):
            await write(inviter(mails.port), invited(sendings=sendings))

    assert mails.recipients == ["ana@acme.example"] * 3
    first, again, second = mails.messages
    assert first["Message-ID"] == again["Message-ID"] != second["Message-ID"]
    assert (first["Subject"], first["Bcc"]) == ("Join Acme <b>", None)
    for message, sendings in ((first, 1), (second, 2)):
        token = invitation_token(KEY, workspace=PLACE, invitation=InvitationId(UUID(int=9)), sendings=sendings)
        for part in ("plain", "html"):
            body = message.get_body((part,))
            assert body is not None
            text = body.get_content()
            assert f"https://app.acme.example/join?with={token}" in text
            assert ("<b>" in text) is (part == "plain")


async def test_a_server_that_is_away_is_asked_again_and_one_that_refuses_is_not() -> None:
    with pytest.raises(NotDeliveredError):
        await write(inviter(free_port()), invited())
    mails = MailServer(refusal="550 nobody here")
    async with mails.open():
        await write(inviter(mails.port), invited())
    assert mails.messages == []


async def test_without_a_server_or_past_its_time_nothing_is_sent() -> None:
    await write(inviter(None), invited())
    await write(inviter(free_port(), at=NOON + timedelta(days=7)), invited())
