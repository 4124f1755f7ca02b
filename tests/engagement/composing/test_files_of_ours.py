"""Replies with files that we keep: checked when they are written, handed over as each channel takes them, named in the history."""

from typing import Any
from uuid import uuid4

import pytest

from tests.engagement.composing.desk import Desk
from tests.engagement.conftest import Service
from tests.engagement.media.test_media import PICTURE, path_of, upload
from tests.engagement.media.test_sniffing import png
from tests.engagement.waiting import conversations, journal_settled, messages
from tests.engagement.widget import Site

GIF = b"GIF89a\x10\x00\x10\x00 a picture that moves"


async def kept(service: Service, content: bytes = PICTURE, *, name: str = "lamp.png") -> str:
    """The id of a file that a member has uploaded."""
    answer = await upload(service, content, name=name)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_a_partner_is_handed_a_link_that_gives_the_file(desk: Desk) -> None:
    thread, media = await desk.hear(), await kept(desk.service)
    posted = await desk.reply(thread, "This one", attachments=[{"media_id": media}])
    assert posted.status_code == 201, posted.text
    await desk.state_of(posted.json()["reply"]["id"], "sent")
    (taken,) = desk.taken()[0]["attachments"]
    told = {name: taken[name] for name in ("kind", "name", "content_type", "size_bytes")}
    assert told == {"kind": "image", "name": "lamp.png", "content_type": "image/png", "size_bytes": len(PICTURE)}
    assert "media_id" not in taken
    assert (await desk.service.http.get(path_of(taken["url"]))).content == PICTURE
    (ours,) = [each for each in await messages(desk.service, thread["id"]) if each["direction"] == "outbound"]
    assert [(each["media_id"], each["url"]) for each in ours["attachments"]] == [(media, None)]


async def test_a_file_that_is_not_ours_not_there_or_named_twice_is_refused_and_nothing_is_written(desk: Desk) -> None:
    thread, media = await desk.hear(), await kept(desk.service)
    made = await desk.service.http.post("/v1/media", content=PICTURE, headers=desk.service.headers(uuid4()))
    for wrong in (
        {"media_id": str(uuid4())},
        {"media_id": made.json()["id"]},
        {"media_id": media, "url": "https://shop.example/lamp.jpg", "kind": "image"},
        {"media_id": media, "interaction_id": str(uuid4())},
    ):
        refused = await desk.reply(thread, "Look", attachments=[wrong])
        assert (refused.status_code, refused.json()["code"]) == (422, "attachment_refused"), wrong
        assert refused.json()["detail"]
    assert (await desk.reply(thread, "Look", attachments=[{"media_id": "x"}])).status_code == 422
    assert (await conversations(desk.service))[0]["message_count"] == 1


async def test_a_file_that_was_removed_can_no_longer_be_attached(desk: Desk) -> None:
    thread, media = await desk.hear(), await kept(desk.service)
    removed = await desk.service.http.delete(f"/v1/media/{media}", headers=desk.service.headers())
    assert removed.status_code == 204
    refused = await desk.reply(thread, "Look", attachments=[{"media_id": media}])
    assert (refused.status_code, refused.json()["code"]) == (422, "attachment_refused")


@pytest.mark.parametrize(
    ("content", "asked", "said"),
    [
        (GIF, {"kind": "image"}, "image/gif cannot go as image"),
        (b"%PDF-1.7", {"kind": "video"}, "application/pdf cannot go as video"),
        (png(640, 480) + bytes(10_000_001), {"kind": "image"}, "at most 10000000 can go"),
    ],
)
async def test_what_telegram_would_not_take_is_refused_when_it_is_written(
    service: Service, content: bytes, asked: dict[str, Any], said: str
) -> None:
    thread, media = await telegram_thread(service), await kept(service, content)
    body = {"text": "Look", "attachments": [{"media_id": media, **asked}]}
    refused = await service.post(f"/v1/conversations/{thread}/replies", body)
    assert (refused.status_code, refused.json()["code"]) == (422, "unsendable_reply"), refused.text
    assert said in refused.json()["detail"]


async def test_what_a_channel_takes_no_picture_of_goes_as_a_file(service: Service) -> None:
    thread, media = await telegram_thread(service), await kept(service, GIF, name="wave.gif")
    posted = await service.post(f"/v1/conversations/{thread}/replies", {"attachments": [{"media_id": media}], "delay_seconds": 30})
    assert posted.status_code == 201, posted.text
    assert [each["kind"] for each in posted.json()["reply"]["attachments"]] == ["file"]


async def telegram_thread(service: Service) -> str:
    """A conversation on Telegram; the bot's server is nobody."""
    made: Any = await service.connect("telegram", credentials={"token": "1:bot"}, config={"api_base": "http://127.0.0.1:9"})
    update = {
        "update_id": 1,
        "message": {
            "message_id": 5,
            "date": 1_767_225_600,
            "text": "Hello",
            "chat": {"id": 9, "type": "private"},
            "from": {"id": 9, "is_bot": False, "first_name": "Ines"},
        },
    }
    token = {"x-telegram-bot-api-secret-token": made["signing_secret"]}
    assert (await service.http.post(made["channel"]["webhook_path"], json=update, headers=token)).status_code == 200
    await journal_settled(service, count=1)
    return str((await conversations(service))[0]["id"])


async def test_a_visitor_of_web_chat_gets_a_fresh_link_whenever_the_page_is_opened(service: Service) -> None:
    browser = (await Site.connected(service)).browser()
    await browser.open()
    await browser.write("Which lamp?")
    await journal_settled(service, count=1)
    thread, media = (await conversations(service))[0]["id"], await kept(service)
    posted = await service.post(f"/v1/conversations/{thread}/replies", {"text": "This", "attachments": [{"media_id": media}]})
    assert posted.status_code == 201, posted.text
    entries: list[dict[str, Any]] = []
    while len(entries) < 2:
        await browser.fetch(wait=8, recorded=1)
        entries = sorted(browser.entries.values(), key=lambda entry: entry["position"])
    (attachment,) = entries[1]["attachments"]
    assert set(attachment) == {"kind", "url", "name", "content_type"}
    assert (attachment["kind"], attachment["name"]) == ("image", "lamp.png")
    assert (await service.http.get(path_of(attachment["url"]))).content == PICTURE
