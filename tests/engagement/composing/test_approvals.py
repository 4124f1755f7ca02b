"""Four eyes: a public reply waits for another member, who approves, changes or rejects it; nothing goes out before."""

from typing import Any
from uuid import uuid4

from tests.engagement.composing.desk import Desk
from tests.engagement.waiting import conversations, journal_settled, ledger, messages


async def rule(desk: Desk, **body: Any) -> dict[str, Any]:
    answer = await desk.ask("PUT", f"/v1/channels/{desk.partner.channel_id}/approval-rule", body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def proposed(desk: Desk, text: str = "Yes, in black too.") -> tuple[dict[str, Any], dict[str, Any]]:
    """A public comment and Sol's reply to it, which waits."""
    await rule(desk, all=True)
    thread = await desk.hear_comment()
    posted = await desk.reply(thread, text)
    assert posted.status_code == 201, posted.text
    reply: dict[str, Any] = posted.json()["reply"]
    assert reply["state"] == "proposed"
    return thread, reply


async def waiting(desk: Desk) -> list[str]:
    return [each["id"] for each in (await desk.service.get("/v1/approvals")).json()["items"]]


async def test_e6_a_public_reply_waits_and_goes_out_once_approved(desk: Desk) -> None:
    _, reply = await proposed(desk)
    assert await waiting(desk) == [reply["id"]]
    own = await desk.ask("POST", f"/v1/replies/{reply['id']}/approve", {})
    assert (own.status_code, own.json()["code"]) == (409, "own_reply")
    approved = await desk.ask("POST", f"/v1/replies/{reply['id']}/approve", {}, member=desk.max)
    assert approved.status_code == 200, approved.text
    assert approved.json()["reply"]["decided_by"] == str(desk.max)
    sent = await desk.state_of(reply["id"], "sent")
    assert sent["member_id"] == str(desk.sol)
    assert [each["text"] for each in desk.taken()] == ["Yes, in black too."]
    assert await waiting(desk) == []
    assert (await ledger(desk.service))["answered"] == 1
    assert [each["reply_id"] for each in await desk.events("engagement.reply.proposed")] == [reply["id"]]
    again = await desk.ask("POST", f"/v1/replies/{reply['id']}/approve", {}, member=desk.max)
    assert (again.status_code, again.json()["code"]) == (409, "reply_settled")


async def test_a_rejected_reply_never_goes_out_and_tells_why(desk: Desk) -> None:
    thread, reply = await proposed(desk)
    rejected = await desk.ask("POST", f"/v1/replies/{reply['id']}/reject", {"reason": "We say matt black."}, member=desk.max)
    assert (rejected.json()["state"], rejected.json()["reason"]) == ("rejected", "We say matt black.")
    (told,) = await desk.events("engagement.reply.rejected")
    assert (told["decided_by"], told["reason"], told["member_id"]) == (str(desk.max), "We say matt black.", str(desk.sol))
    assert (await ledger(desk.service))["owed"] == 1
    # What was rejected makes nobody's reply stale.
    second = await desk.reply(thread, "In matt black.", member=desk.max, version=thread["version"])
    assert second.status_code == 201
    await desk.ask("POST", f"/v1/replies/{second.json()['reply']['id']}/approve", {})
    await desk.state_of(second.json()["reply"]["id"], "sent")
    assert [each["text"] for each in desk.taken()] == ["In matt black."]


async def test_the_approving_member_may_say_it_in_other_words(desk: Desk) -> None:
    thread, reply = await proposed(desk)
    too_long = await desk.ask("POST", f"/v1/replies/{reply['id']}/approve", {"text": "x" * 20_001}, member=desk.max)
    assert (too_long.status_code, too_long.json()["code"]) == (422, "unsendable_reply")
    assert await waiting(desk) == [reply["id"]]
    await desk.ask("POST", f"/v1/replies/{reply['id']}/approve", {"text": "In matt black."}, member=desk.max)
    await desk.state_of(reply["id"], "sent")
    assert [each["text"] for each in desk.taken()] == ["In matt black."]
    assert [each["text"] for each in await messages(desk.service, thread["id"]) if each["direction"] == "outbound"] == ["In matt black."]


async def test_what_has_become_stale_is_not_approved_unseen(desk: Desk) -> None:
    thread, reply = await proposed(desk)
    await rule(desk)
    faster = await desk.reply(thread, "It does!", member=desk.max)
    assert faster.json()["reply"]["state"] == "queued"
    third = uuid4()
    stale = await desk.ask("POST", f"/v1/replies/{reply['id']}/approve", {}, member=third)
    assert (stale.status_code, stale.json()["code"], stale.json()["reason"]) == (409, "stale_reply", "answered")
    assert stale.json()["items"] == [faster.json()["reply"]["interaction_id"]]
    assert await waiting(desk) == [reply["id"]]
    unseen = {"version": stale.json()["version"] + 1}
    assert (await desk.ask("POST", f"/v1/replies/{reply['id']}/approve", unseen, member=third)).json()["code"] == "unseen_version"
    seen = {"version": stale.json()["version"]}
    assert (await desk.ask("POST", f"/v1/replies/{reply['id']}/approve", seen, member=third)).status_code == 200
    await desk.state_of(reply["id"], "sent")


async def test_what_the_person_wrote_meanwhile_only_warns(desk: Desk) -> None:
    _, reply = await proposed(desk)
    await desk.hear_comment("And in white?")
    approved = await desk.ask("POST", f"/v1/replies/{reply['id']}/approve", {}, member=desk.max)
    assert len(approved.json()["warning"]["newer_messages"]) == 1


async def test_a_deleted_comment_is_not_answered_any_more(desk: Desk) -> None:
    _, reply = await proposed(desk)
    deletion = {"id": "c-9", "kind": "deletion", "occurred_at": "2026-05-04T12:00:00Z", "target": "e-1"}
    await desk.partner.deliver(deletion)
    await journal_settled(desk.service, count=2)
    stale = await desk.ask("POST", f"/v1/replies/{reply['id']}/approve", {}, member=desk.max)
    assert (stale.status_code, stale.json()["reason"]) == (409, "deleted")


async def test_private_replies_and_other_disciplines_do_not_wait(desk: Desk) -> None:
    assert await rule(desk, disciplines=["pr"]) == {"channel_id": desk.partner.channel_id, "all": False, "disciplines": ["pr"]}
    private = await desk.hear("psst")
    assert (await desk.reply(private)).json()["reply"]["state"] == "queued"
    # Nobody has said yet whose matter the comment is: it might be one that waits.
    public = await desk.hear_comment()
    assert (await desk.reply(public)).json()["reply"]["state"] == "proposed"
    assert (await rule(desk))["disciplines"] == []
    assert (await desk.reply(public)).json()["reply"]["state"] == "queued"


async def test_a_proposed_reply_can_be_cancelled_by_its_author(desk: Desk) -> None:
    _, reply = await proposed(desk)
    cancelled = await desk.ask("POST", f"/v1/replies/{reply['id']}/cancel")
    assert cancelled.status_code == 200, cancelled.text
    late = await desk.ask("POST", f"/v1/replies/{reply['id']}/approve", {}, member=desk.max)
    assert (late.status_code, late.json()["code"]) == (409, "reply_settled")
    assert desk.taken() == []


async def test_agents_do_not_change_the_rule_and_strange_ids_are_not_found(desk: Desk) -> None:
    path = f"/v1/channels/{desk.partner.channel_id}/approval-rule"
    assert (await desk.ask("PUT", path, {"all": True}, role="agent")).status_code == 403
    nowhere = "0197a000-0000-7000-8000-00000000ffff"
    assert (await desk.ask("PUT", f"/v1/channels/{nowhere}/approval-rule", {"all": True})).status_code == 404
    assert (await desk.ask("POST", f"/v1/replies/{nowhere}/approve", {})).status_code == 404
    assert (await desk.ask("POST", f"/v1/replies/{nowhere}/reject", {"reason": "no"})).status_code == 404
    assert await conversations(desk.service) == []
