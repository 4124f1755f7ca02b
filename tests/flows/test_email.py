"""A mailbox through the whole product: mail in, one person's history, an answer in its thread, bounces and doubt; real mail servers."""

from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.engagement.connectors.mail import ADDRESS, PASSWORD, Mail, mail_of, mail_servers
from tests.engagement.media.test_media import PICTURE
from tests.flows.product import Desk
from tests.flows.waiting import until

pytestmark = [pytest.mark.flow, pytest.mark.timeout(240)]

PATIENCE = 60.0
VOUCHED = "Authentication-Results: mx.acme.example; dmarc=pass header.from=ferrer.example\r\n"
HISTORY = """
{ contacts(first: 10) { nodes { name profiles { network externalId } timeline(first: 10) { nodes {
    platform kind text ledger conversation { id }
} } } } }
"""
CONVERSATIONS = "{ conversations(first: 10) { nodes { id version messages(first: 10) { nodes { text reply { state } } } } } }"
POST = """
mutation ($input: PostReplyInput!) { postReply(input: $input) {
    __typename ... on ReplyPosted { reply { id } } ... on Problem { message }
} }
"""


@pytest.fixture
async def mail(tmp_path: Path, desk: Desk) -> AsyncIterator[Mail]:
    """Mail servers, and a channel that listens to them already."""
    async with mail_servers(tmp_path) as servers:
        await servers.put(folder="Sent")
        body = {"platform": "email", "name": "Help", "credentials": {"password": PASSWORD}, "config": servers.config}
        made = await desk.request("POST", "/v1/channels", body)
        assert made.status_code == 201, made.text

        async def listening() -> bool:
            await servers.put(
                mail_of("Knock, knock.", From="Porter <porter@door.example>", Subject="Door", Message_ID="<knock@door.example>")
            )
            return bool(await desk.messages())

        await until(listening, seconds=PATIENCE)
        yield servers
        stopped = await desk.request("PATCH", f"/v1/channels/{made.json()['channel']['id']}", {"active": False})
        assert stopped.status_code == 200, stopped.text


async def history(desk: Desk, *, count: int) -> dict[str, Any]:
    """Ines as GraphQL shows her, once so much was said."""

    async def there() -> dict[str, Any] | None:
        contacts = (await desk.graphql(HISTORY))["contacts"]["nodes"]
        ines = next((each for each in contacts if each["name"] == "Ines Ferrer"), None)
        return ines if ines and len(ines["timeline"]["nodes"]) == count else None

    return await until(there, seconds=PATIENCE) or {}


async def answer(desk: Desk, text: str, *, conversation: str) -> str:
    """Post a reply by GraphQL; gives its id as REST knows it."""
    nodes = (await desk.graphql(CONVERSATIONS))["conversations"]["nodes"]
    version = next(each["version"] for each in nodes if each["id"] == conversation)
    wanted = {"conversationId": conversation, "text": text, "version": version, "clientMutationId": uuid4().hex}
    posted = (await desk.graphql(POST, input=wanted))["postReply"]
    assert posted["__typename"] == "ReplyPosted", posted
    found = [each["reply"]["id"] for each in await desk.messages() if each.get("reply") and each["text"] == text]
    return str(found[0])


async def sent(mail: Mail, count: int) -> list[EmailMessage]:
    """What the SMTP server took, once it is so much."""

    async def there() -> bool:
        return len(mail.post.taken) >= count

    await until(there, seconds=PATIENCE)
    assert len(mail.post.taken) == count
    return mail.post.taken


async def test_mail_becomes_history_and_the_answer_arrives_in_its_thread(desk: Desk, mail: Mail) -> None:
    first = VOUCHED.encode() + mail_of("Do you ship to Oslo?\r\n-- \r\nInes")
    await mail.put(first, first)
    ines = await history(desk, count=1)
    (node,) = ines["timeline"]["nodes"]
    assert (node["platform"], node["kind"], node["text"], node["ledger"]) == ("email", "DIRECT", "Shipping\n\nDo you ship to Oslo?", "OWED")
    assert ines["profiles"] == [{"network": "email", "externalId": "ines@ferrer.example"}]
    thread = node["conversation"]["id"]

    reply = await answer(desk, "Yes, to Oslo too.", conversation=thread)
    (taken,) = await sent(mail, 1)
    assert (taken["In-Reply-To"], taken["References"], taken["Subject"]) == ("<m1@ferrer.example>", "<m1@ferrer.example>", "Re: Shipping")
    assert (taken["To"], taken.get_content().strip()) == ("Ines Ferrer <ines@ferrer.example>", "Yes, to Oslo too.")
    assert (await desk.settled(reply))["external_id"] == taken["Message-ID"].strip("<>")

    by_reference = mail_of(
        "When will it arrive?", Subject="Something else", Message_ID="<m2@ferrer.example>", In_Reply_To=taken["Message-ID"]
    )
    by_subject = mail_of("And to Bergen?", Subject="RE: shipping", Message_ID="<m3@ferrer.example>")
    away = mail_of(
        "Back soon.", Subject="Away", Message_ID="<m4@ferrer.example>", Auto_Submitted="auto-replied", References=taken["Message-ID"]
    )
    await mail.put(by_reference, by_subject, away)
    nodes = (await history(desk, count=5))["timeline"]["nodes"]
    assert {each["conversation"]["id"] for each in nodes} == {thread}
    assert {each["text"]: each["ledger"] for each in nodes} == {
        "Shipping\n\nDo you ship to Oslo?": "ANSWERED",
        "Yes, to Oslo too.": None,
        "When will it arrive?": "OWED",
        "And to Bergen?": "OWED",
        "Back soon.": "EXEMPT",
    }


async def test_files_of_ours_are_enclosed_and_too_large_ones_refused(desk: Desk, mail: Mail) -> None:
    await mail.put(mail_of())
    thread = (await history(desk, count=1))["timeline"]["nodes"][0]["conversation"]["id"]
    files = {"offer ä.pdf": b"%PDF-1.7 an offer", "lamp.png": PICTURE, "large.bin": b"%PDF" + bytes(10 * 1024 * 1024)}
    ids = {}
    for name, content in files.items():
        uploaded = await desk.product.http.post("/v1/media", params={"name": name}, content=content, headers=await desk.headers())
        assert uploaded.status_code == 201, uploaded.text
        ids[name] = uploaded.json()["id"]
    named = lambda *names: {"conversationId": thread, "text": "Enclosed.", "attachments": [{"mediaId": ids[each]} for each in names]}  # noqa: E731 - short and local
    refused = (await desk.graphql(POST, input=named("large.bin")))["postReply"]
    assert refused["__typename"] != "ReplyPosted"
    assert "at most 10485760 can go" in refused["message"]
    assert (await desk.graphql(POST, input=named("offer ä.pdf", "lamp.png")))["postReply"]["__typename"] == "ReplyPosted"
    (taken,) = await sent(mail, 1)
    enclosed = [(each.get_filename(), each.get_content_type(), each.get_content()) for each in taken.iter_attachments()]
    assert enclosed == [("offer ä.pdf", "application/pdf", files["offer ä.pdf"]), ("lamp.png", "image/png", PICTURE)]


async def test_a_bounce_fails_the_reply_it_speaks_of(desk: Desk, mail: Mail) -> None:
    await mail.put(mail_of())
    (node,) = (await history(desk, count=1))["timeline"]["nodes"]
    reply = await answer(desk, "Yes.", conversation=node["conversation"]["id"])
    (taken,) = await sent(mail, 1)
    await desk.settled(reply)
    report = mail_of(
        f"The mail {taken['Message-ID']} could not be delivered.",
        From="mailer-daemon@mx.acme.example",
        Subject="Undelivered",
        Message_ID="<dsn@mx.acme.example>",
        X_Failed_Recipients="ines@ferrer.example",
    )
    await mail.put(report)
    await desk.settled(reply, states=("failed",), seconds=PATIENCE)
    assert len(mail.post.taken) == 1


async def test_a_reply_in_doubt_is_settled_by_sent_mail_and_goes_out_once(desk: Desk, mail: Mail) -> None:
    await mail.put(mail_of())
    (node,) = (await history(desk, count=1))["timeline"]["nodes"]
    mail.post.cuts_after_data = 1
    reply = await answer(desk, "Perhaps.", conversation=node["conversation"]["id"])
    (taken,) = await sent(mail, 1)
    await desk.settled(reply, states=("unknown",), seconds=PATIENCE)
    await mail.put(taken.as_bytes(), folder="Sent")
    await desk.settled(reply, states=("sent",), seconds=PATIENCE)
    assert len(mail.post.taken) == 1


async def test_what_a_colleague_sends_from_the_mailbox_is_an_answer(desk: Desk, mail: Mail) -> None:
    await mail.put(mail_of())
    (node,) = (await history(desk, count=1))["timeline"]["nodes"]
    native = mail_of(
        "I called you.",
        From=ADDRESS,
        To="Ines Ferrer <ines@ferrer.example>",
        Message_ID="<n1@acme.example>",
        In_Reply_To="<m1@ferrer.example>",
    )
    await mail.put(native, folder="Sent")
    await mail.put(mail_of("Thanks.", Subject="Re: Shipping", Message_ID="<m2@ferrer.example>", References="<m1@ferrer.example>"))
    nodes = (await history(desk, count=3))["timeline"]["nodes"]
    assert {each["conversation"]["id"] for each in nodes} == {node["conversation"]["id"]}
    assert next(each["ledger"] for each in nodes if each["text"].startswith("Shipping")) == "ANSWERED"
    assert mail.post.taken == []
