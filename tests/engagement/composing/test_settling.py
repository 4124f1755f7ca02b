"""The ledger by hand: answered elsewhere, by a peer, a decline taken back; it adds up after any history."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engagement.composing.desk import Desk
from tests.engagement.waiting import ledger, messages, until


async def said(desk: Desk, thread: dict[str, Any]) -> list[dict[str, Any]]:
    """What people wrote in a thread, the first first."""
    return [each for each in reversed(await messages(desk.service, thread["id"])) if each["direction"] == "inbound"]


async def settle(desk: Desk, interaction: str, verb: str, body: object = None) -> tuple[int, dict[str, Any]]:
    answer = await desk.ask("POST", f"/v1/interactions/{interaction}/{verb}", body)
    found: dict[str, Any] = answer.json()
    return answer.status_code, found


async def test_e7_what_was_answered_elsewhere_owes_nothing_and_says_where(desk: Desk) -> None:
    (message,) = await said(desk, await desk.hear("Call me"))
    status, settled = await settle(desk, message["id"], "answered-elsewhere", {"where": "by telephone"})
    assert (status, settled["ledger"], settled["ledger_reason"]) == (200, "answered", "answered elsewhere: by telephone")
    assert settled["member_id"] == str(desk.sol)
    (told,) = await desk.events("engagement.interaction.settled")
    assert (told["ledger"], told["by"]) == ("answered", str(desk.sol))
    again = await settle(desk, message["id"], "answered-elsewhere", {"where": "https://shop.example/faq"})
    assert (again[0], again[1]["code"]) == (409, "already_settled")
    assert (await settle(desk, message["id"], "answered-elsewhere", {"where": " "}))[0] == 422


async def test_e7_another_persons_words_in_the_thread_are_accepted_as_the_answer(desk: Desk) -> None:
    await desk.hear_comment("Does it come in black?", person="ines")
    thread = await desk.hear_comment("It does, I have one.", person="ruth")
    question, answer = await said(desk, thread)
    for wrong in (question["id"], "0197a000-0000-7000-8000-00000000ffff"):
        status, problem = await settle(desk, question["id"], "accept-peer-answer", {"answer_id": wrong})
        assert (status, problem["code"]) == (422, "no_peer_answer")
    # What came before cannot answer what came after.
    assert (await settle(desk, answer["id"], "accept-peer-answer", {"answer_id": question["id"]}))[0] == 422
    status, settled = await settle(desk, question["id"], "accept-peer-answer", {"answer_id": answer["id"]})
    assert (status, settled["ledger"], settled["ledger_reason"]) == (200, "answered", f"answered by a peer: {answer['id']}")
    assert (settled["answer_id"], settled["member_id"]) == (answer["id"], str(desk.sol))
    assert await ledger(desk.service) == {"inbound": 2, "owed": 1, "answered": 1, "declined": 0, "exempt": 0, "alarm": 0}


async def test_a_decline_is_taken_back_once(desk: Desk) -> None:
    (message,) = await said(desk, await desk.hear())
    early = await settle(desk, message["id"], "take-back-decline")
    assert (early[0], early[1]["code"]) == (409, "not_declined")
    await settle(desk, message["id"], "decline", {"reason": "spam"})
    status, again = await settle(desk, message["id"], "take-back-decline")
    assert (status, again["ledger"], again["ledger_reason"]) == (200, "owed", "")
    (told,) = await desk.events("engagement.interaction.reopened")
    assert (told["interaction_id"], told["by"]) == (message["id"], str(desk.sol))
    assert (await settle(desk, message["id"], "take-back-decline"))[0] == 409


async def test_a_decline_says_who_when_and_why_until_it_is_taken_back(desk: Desk) -> None:
    (message,) = await said(desk, await desk.hear())
    assert (message["member_id"], message["settled_at"], message["ledger_reason"]) == (None, None, "")
    status, declined = await settle(desk, message["id"], "decline", {"reason": "it is about another shop"})
    assert (status, declined["member_id"], declined["ledger_reason"]) == (200, str(desk.sol), "it is about another shop")
    assert declined["settled_at"] is not None
    assert (await settle(desk, message["id"], "decline", {"reason": " "}))[0] == 422
    _, again = await settle(desk, message["id"], "take-back-decline")
    assert (again["member_id"], again["settled_at"]) == (None, None)


async def test_a_decline_that_is_taken_back_opens_its_thread(desk: Desk) -> None:
    thread = await desk.hear()
    (message,) = await said(desk, thread)
    await settle(desk, message["id"], "decline", {"reason": "no"})
    present = (await desk.ask("GET", f"/v1/conversations/{thread['id']}")).json()
    await desk.ask("PATCH", f"/v1/conversations/{thread['id']}", {"version": present["version"], "status": "closed"})
    await settle(desk, message["id"], "take-back-decline")
    assert (await desk.ask("GET", f"/v1/conversations/{thread['id']}")).json()["status"] == "open"


async def test_nothing_is_owed_again_to_the_blocked_or_in_spam(desk: Desk) -> None:
    thread = await desk.hear()
    (message,) = await said(desk, thread)
    await settle(desk, message["id"], "decline", {"reason": "no"})
    blocked = await desk.ask("PUT", f"/v1/blocked-profiles/{message['profile_id']}", {"reason": "rude"})
    assert blocked.status_code == 200, blocked.text
    status, problem = await settle(desk, message["id"], "take-back-decline")
    assert (status, problem["code"], problem["withheld_by"]) == (409, "withheld", "block")
    await desk.ask("DELETE", f"/v1/blocked-profiles/{message['profile_id']}")
    present = (await desk.ask("GET", f"/v1/conversations/{thread['id']}")).json()
    await desk.ask("POST", f"/v1/conversations/{thread['id']}/spam", {"version": present["version"]})
    status, problem = await settle(desk, message["id"], "take-back-decline")
    assert (status, problem["code"], problem["withheld_by"]) == (409, "withheld", "spam")
    assert await desk.events("engagement.interaction.reopened") == []
    assert await ledger(desk.service) == {"inbound": 1, "owed": 0, "answered": 0, "declined": 1, "exempt": 0, "alarm": 0}


async def test_what_was_answered_names_its_answer_and_who_gave_it(desk: Desk) -> None:
    thread = await desk.hear("Is it open?")
    await desk.reply(thread, "Until six.")

    async def answered() -> dict[str, Any] | None:
        (message,) = await said(desk, thread)
        return message if message["ledger"] == "answered" else None

    message = await until(answered, within_seconds=30)
    ours = next(each for each in await messages(desk.service, thread["id"]) if each["direction"] == "outbound")
    assert (message["answer_id"], message["member_id"]) == (ours["id"], str(desk.sol))


async def test_what_does_not_exist_is_not_found(desk: Desk) -> None:
    nowhere = "0197a000-0000-7000-8000-00000000ffff"
    for verb, body in (("answered-elsewhere", {"where": "x"}), ("accept-peer-answer", {"answer_id": nowhere}), ("take-back-decline", None)):
        status, problem = await settle(desk, nowhere, verb, body)
        assert (status, problem["code"]) == (404, "interaction_not_found")


VERBS = st.sampled_from(["decline", "take-back-decline", "answered-elsewhere", "accept-peer-answer"])


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(history=st.lists(st.tuples(VERBS, st.integers(0, 2)), max_size=6))
async def test_the_ledger_adds_up_after_any_history(desk: Desk, history: list[tuple[str, int]]) -> None:
    number = desk.delivered
    for person in ("ines", "ruth", "maria"):
        thread = await desk.hear_comment("And this?", person=person, root=f"post-{number}")
    rows = await said(desk, thread)
    states = ["owed"] * 3
    for verb, at in history:
        body = {"decline": {"reason": "no"}, "answered-elsewhere": {"where": "here"}, "accept-peer-answer": {"answer_id": rows[-1]["id"]}}
        status, answer = await settle(desk, rows[at]["id"], verb, body.get(verb))
        if status == 200:
            states[at] = answer["ledger"]
    found = {each["id"]: each["ledger"] for each in await said(desk, thread)}
    assert [found[row["id"]] for row in rows] == states
    sums = await ledger(desk.service)
    assert sums.pop("inbound") == sum(sums.values()) == desk.delivered
