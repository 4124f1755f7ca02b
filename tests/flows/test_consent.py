"""W9: a keyword on a channel ends what needs a yes, with its proof, and is obeyed before a reply is written; another one lifts it."""

import time
from typing import Any

import pytest

from gateway.relay import global_id
from tests.flows.product import Desk
from tests.flows.waiting import until

pytestmark = [pytest.mark.flow]
WORDS = """
query ($id: ID!) { contact(id: $id) { consent { purpose network state source wording interaction { text } } } }
"""


async def word_of(desk: Desk, contact: str, state: str) -> dict[str, Any]:
    """What counts for marketing on Telegram, once it is so."""

    async def said() -> dict[str, Any] | None:
        found = (await desk.graphql(WORDS, id=contact))["contact"]["consent"]
        return next((each for each in found if (each["purpose"], each["state"]) == ("marketing", state)), None)

    return await until(said, seconds=30) or {}


async def test_w9_stop_is_kept_with_its_proof_and_obeyed_until_start(desk: Desk) -> None:
    bot = await desk.connect_telegram()
    person = {"id": 771, "first_name": "Ruth"}
    await desk.product.platforms.telegram_message(bot.account, person=person, text="STOP")
    thread = await desk.conversation()
    (contact,) = await until(lambda: desk.list_all("/v1/contacts"), seconds=30)
    known = global_id("Contact", contact["id"])
    word = await word_of(desk, known, "WITHDRAWN")
    assert (word["network"], word["source"], word["interaction"]["text"]) == ("telegram", "KEYWORD", "STOP")
    offer, path = {"text": "Ten per cent off", "purpose": "marketing"}, f"/v1/conversations/{thread['id']}/replies"

    async def refused() -> dict[str, Any] | None:
        answer = await desk.request("POST", path, offer)
        # Until the word has come over, the offer is refused because nobody said yes.
        return dict(answer.json()) if answer.json().get("because") == "refused" else None

    problem = await until(refused, seconds=30) or {}
    assert problem["code"] == "consent_refused", problem
    refused_at = int(time.time())

    async def a_second_later() -> bool:
        """Telegram tells whole seconds, and of two words of one second the no counts."""
        return int(time.time()) > refused_at

    await until(a_second_later)
    await desk.product.platforms.telegram_message(bot.account, person=person, text="START")
    await word_of(desk, known, "GRANTED")

    async def taken() -> str | None:
        answer = await desk.request("POST", path, offer)
        return str(answer.json()["reply"]["id"]) if answer.status_code == 201 else None

    await desk.settled(await until(taken, seconds=30) or "")
