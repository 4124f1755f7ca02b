"""Drafts: a member's own, one per conversation, guarded by a version, gone once a reply is posted."""

from tests.engagement.composing.desk import Desk


async def test_e6_a_draft_is_kept_changed_listed_and_gone_once_sent(desk: Desk) -> None:
    thread = await desk.hear()
    path = f"/v1/conversations/{thread['id']}/draft"
    first = await desk.ask("PUT", path, {"text": "We are", "version": 0})
    assert (first.status_code, first.json()["version"]) == (200, 1)
    second = await desk.ask("PUT", path, {"text": "We are on it.", "version": 1})
    assert (second.json()["text"], second.json()["version"]) == ("We are on it.", 2)
    assert [each["text"] for each in (await desk.ask("GET", "/v1/drafts")).json()["items"]] == ["We are on it."]
    assert (await desk.reply(thread, "We are on it.")).status_code == 201
    gone = await desk.ask("GET", path)
    assert (gone.status_code, gone.json()["code"]) == (404, "draft_not_found")


async def test_another_screen_of_the_same_member_is_not_overwritten(desk: Desk) -> None:
    thread = await desk.hear()
    path = f"/v1/conversations/{thread['id']}/draft"
    await desk.ask("PUT", path, {"text": "at the desk", "version": 0})
    for late in (0, 2):
        refused = await desk.ask("PUT", path, {"text": "on the phone", "version": late})
        assert (refused.status_code, refused.json()["code"], refused.json()["version"]) == (409, "version_conflict", 1)
    assert (await desk.ask("GET", path)).json()["text"] == "at the desk"
    assert (await desk.ask("PUT", path, {"text": "on the phone"})).json()["version"] == 2


async def test_a_draft_that_never_was_has_no_version(desk: Desk) -> None:
    thread = await desk.hear()
    refused = await desk.ask("PUT", f"/v1/conversations/{thread['id']}/draft", {"text": "x", "version": 4})
    assert (refused.status_code, refused.json()["version"]) == (409, 0)


async def test_nobody_else_sees_a_draft_and_an_api_key_has_none(desk: Desk) -> None:
    thread = await desk.hear()
    path = f"/v1/conversations/{thread['id']}/draft"
    await desk.ask("PUT", path, {"text": "mine"})
    assert (await desk.ask("GET", path, member=desk.max)).status_code == 404
    assert (await desk.ask("GET", "/v1/drafts", member=desk.max)).json()["items"] == []
    assert (await desk.reply(thread, "Hi", member=desk.max)).status_code == 201
    assert (await desk.ask("GET", path)).json()["text"] == "mine"
    assert (await desk.ask("DELETE", path)).status_code == 204
    assert (await desk.ask("DELETE", path)).status_code == 404


async def test_a_draft_needs_its_conversation(desk: Desk) -> None:
    refused = await desk.ask("PUT", "/v1/conversations/0197a000-0000-7000-8000-00000000ffff/draft", {"text": "x"})
    assert (refused.status_code, refused.json()["code"]) == (404, "conversation_not_found")
