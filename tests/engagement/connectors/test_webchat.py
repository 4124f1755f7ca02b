"""What cases cannot say of web chat: look-ups are exact, edits and deletions reach the mailbox, secrets are long, a site scopes people."""

from datetime import UTC, datetime

import msgspec
import pytest

from services.contracts.interaction import Author
from services.contracts.vocabulary import Kind
from services.engagement.connectors import connectors
from services.engagement.connectors.webchat.connector import WebchatConnector
from services.engagement.protocol import ChannelAccess, ChannelFacts, Deletes, Delivery, Edits, Found, LooksUp, MakesSecrets, OutboundReply
from services.engagement.visitors.identities import SHORTEST_SECRET_BYTES
from tests.engagement.connectors.case_files import ScriptedMailbox, ScriptedNet

AT = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
REPLY = OutboundReply(id="r-1", kind=Kind.DIRECT, attempted_at=AT, text="Yes.", recipient=Author(network="webchat", external_id="v-1"))


@pytest.fixture
def connector() -> WebchatConnector:
    found = connectors()["webchat"]
    assert isinstance(found, WebchatConnector)
    return found


async def test_a_reply_in_doubt_is_there_or_certainly_not_and_a_second_time_is_harmless(connector: WebchatConnector) -> None:
    mailbox, net = ScriptedMailbox(), ScriptedNet()
    channel = ChannelAccess(platform="webchat", mailbox=mailbox)
    assert await connector.lookup(REPLY, channel=channel, net=net) == Found(there=False)
    for _ in range(2):
        await connector.send(REPLY, channel=channel, net=net)
        assert await connector.lookup(REPLY, channel=channel, net=net) == Found(there=True, external_id="r-1")
    assert len(mailbox.letters) == 1
    assert net.requests == []


async def test_edits_and_deletions_reach_the_mailbox(connector: WebchatConnector) -> None:
    mailbox, net = ScriptedMailbox(), ScriptedNet()
    channel = ChannelAccess(platform="webchat", mailbox=mailbox)
    await connector.send(REPLY, channel=channel, net=net)
    await connector.edit("r-1", text="No.", channel=channel, net=net)
    assert mailbox.letters["r-1"].text == "No."
    await connector.delete("r-1", channel=channel, net=net)
    assert mailbox.letters["r-1"].text == ""


def test_it_can_do_what_it_says(connector: WebchatConnector) -> None:
    assert [isinstance(connector, ability) for ability in (LooksUp, Edits, Deletes, MakesSecrets)] == [True] * 4


def test_secrets_are_long_enough_to_sign_identities_and_never_the_same(connector: WebchatConnector) -> None:
    made = {connector.make_secret() for _ in range(100)}
    assert len(made) == 100
    assert min(len(secret.encode()) for secret in made) >= SHORTEST_SECRET_BYTES


@pytest.mark.parametrize(
    ("account", "number", "scope"),
    [("shop.example", "7", "shop.example"), ("", "7", "7"), ("", "", "webchat")],
    ids=["named site", "one channel", "nothing known"],
)
def test_visitors_are_people_of_one_site(connector: WebchatConnector, account: str, number: str, scope: str) -> None:
    entry = {"id": "e-1", "kind": "message", "at": AT, "visitor": {"id": "v-1"}, "text": "Hi"}
    facts = ChannelFacts(platform="webchat", account=account, id=number)
    (event,) = connector.parse(Delivery(channel=facts, key="k", body=msgspec.json.encode(entry), received_at=AT)).events
    assert (event.author.network, event.author.scope, event.venue.external_id) == ("webchat", scope, scope)
