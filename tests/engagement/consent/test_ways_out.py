"""The way out beside what we send: a mail program's own button, and a person's link in a prepared text (W9)."""

from datetime import UTC, datetime
from email import message_from_bytes
from uuid import UUID

import pytest

from services.contracts.ids import ProfileId, WorkspaceId
from services.contracts.interaction import Author
from services.contracts.preference_links import PATH, read_token
from services.contracts.vocabulary import Kind
from services.engagement.connectors.email.composing import compose
from services.engagement.consent.links import PreferenceLinks
from services.engagement.placeholders import fill, unknown_places
from services.engagement.protocol import ChannelAccess, OutboundReply

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY = b"k" * 32
WORKSPACE, KIM = WorkspaceId(UUID(int=1)), ProfileId(UUID(int=2))


def link_at(public_url: str) -> str:
    return PreferenceLinks(key=KEY, public_url=public_url).link(WORKSPACE, KIM, now=NOW)


def sent(unsubscribe: str | None) -> dict[str, str]:
    """The headers of a mail that we begin."""
    kim = Author(network="email", external_id="kim@example.org")
    reply = OutboundReply(
        id="r-1", kind=Kind.DIRECT, attempted_at=NOW, text="News\n\nHere they are.", recipient=kim, unsubscribe=unsubscribe
    )
    channel = ChannelAccess(platform="email", account="shop@acme.example", config={}, credentials={})
    return dict(message_from_bytes(compose(reply, channel=channel, enclosed=()).raw).items())


def test_w9_a_link_of_engagement_is_one_that_identity_reads() -> None:
    link = link_at("https://rapport.example/")
    head, _, token = link.rpartition("/")
    assert f"{head}/" == f"https://rapport.example{PATH}"
    found = read_token(KEY, token, now=NOW)
    assert found is not None
    assert (found.workspace, found.profile, found.made_at) == (WORKSPACE, KIM, NOW)


@pytest.mark.parametrize(
    ("public_url", "one_click"), [("https://rapport.example", "List-Unsubscribe=One-Click"), ("http://127.0.0.1:8080", None)]
)
def test_w9_a_mail_for_another_purpose_than_service_says_how_to_end_it(public_url: str, one_click: str | None) -> None:
    link = link_at(public_url)
    headers = sent(link)
    assert (headers["List-Unsubscribe"], headers.get("List-Unsubscribe-Post")) == (f"<{link}>", one_click)


def test_w9_a_mail_about_a_person_s_own_matters_has_no_such_button() -> None:
    assert not {"List-Unsubscribe", "List-Unsubscribe-Post"} & sent(None).keys()


def test_w9_a_prepared_text_may_hold_the_person_s_link() -> None:
    text = "Choose what you want: {{contact.preference_link}}"
    assert unknown_places(text) == []
    assert fill(text, {"contact.preference_link": "https://x.example/p"}).text == "Choose what you want: https://x.example/p"
