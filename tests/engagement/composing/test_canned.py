"""Canned replies: found by shortcut, one per language, filled per conversation; no placeholder ever goes out."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.engagement.placeholders import KNOWN, fill, open_places, unknown_places
from tests.engagement.composing.desk import Desk

THANKS = {
    "shortcut": "thanks",
    "language": "en",
    "title": "Thanks",
    "text": "Hello {{contact.first_name|there}}, thank you. {{member.name}} of {{conversation.channel}}",
}


async def keep(desk: Desk, **changes: Any) -> dict[str, Any]:
    answer = await desk.ask("POST", "/v1/canned-replies", {**THANKS, **changes})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def render(desk: Desk, thread: dict[str, Any], shortcut: str, **body: Any) -> dict[str, Any]:
    answer = await desk.ask("POST", f"/v1/conversations/{thread['id']}/canned-replies/render", {"shortcut": shortcut, **body})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_canned_reply_is_kept_found_changed_and_removed(desk: Desk) -> None:
    kept = await keep(desk)
    taken = await desk.ask("POST", "/v1/canned-replies", THANKS)
    assert (taken.status_code, taken.json()["code"]) == (409, "canned_reply_exists")
    path = f"/v1/canned-replies/{kept['id']}"
    changed = await desk.ask("PUT", path, {**THANKS, "title": "Many thanks", "version": 1})
    assert (changed.json()["title"], changed.json()["version"]) == ("Many thanks", 2)
    late = await desk.ask("PUT", path, {**THANKS, "version": 1})
    assert (late.status_code, late.json()["version"]) == (409, 2)
    await keep(desk, shortcut="hours")
    clash = await desk.ask("PUT", path, {**THANKS, "shortcut": "hours", "version": 2})
    assert (clash.status_code, clash.json()["code"]) == (409, "canned_reply_exists")
    assert (await desk.ask("GET", path)).json()["changed_by"] == str(desk.sol)
    assert (await desk.ask("DELETE", path)).status_code == 204
    assert (await desk.ask("GET", path)).json()["code"] == "canned_reply_not_found"


async def test_they_are_found_by_the_beginning_of_the_shortcut_page_by_page(desk: Desk) -> None:
    for shortcut, language in (("a", "en"), ("ab", "de"), ("ab", "en"), ("ab.c", "en"), ("ac", "en"), ("b", "en")):
        await keep(desk, shortcut=shortcut, language=language)
    found: list[tuple[str, str]] = []
    path = "/v1/canned-replies?prefix=ab&limit=2"
    while path:
        page = (await desk.ask("GET", path)).json()
        found += [(each["shortcut"], each["language"]) for each in page["items"]]
        path = f"/v1/canned-replies?prefix=ab&limit=2&after={page['next_cursor']}" if page["next_cursor"] else ""
    assert found == [("ab", "de"), ("ab", "en"), ("ab.c", "en")]
    german = (await desk.ask("GET", "/v1/canned-replies?language=de")).json()["items"]
    assert [each["shortcut"] for each in german] == ["ab"]
    assert (await desk.ask("GET", "/v1/canned-replies?prefix=A%25")).status_code == 422
    assert (await desk.ask("GET", "/v1/canned-replies?after=nonsense")).status_code == 400


async def test_e6_it_is_filled_for_the_conversation_and_says_what_is_missing(desk: Desk) -> None:
    await keep(desk)
    await keep(desk, shortcut="handle", text="Hi {{contact.handle}}!")
    thread = await desk.hear()
    filled = await render(desk, thread, "thanks")
    assert filled["text"].startswith("Hello Ines, ")
    assert filled["text"].endswith("thank you. of inlet")
    # Nobody has told engagement of this member.
    assert filled["unfilled"] == ["member.name"]
    missing = await render(desk, thread, "handle")
    assert (missing["text"], missing["unfilled"]) == ("Hi!", ["contact.handle"])


async def test_the_language_is_the_one_asked_for_or_the_nearest(desk: Desk) -> None:
    for language in ("de", "en", "pt-br"):
        await keep(desk, language=language, text=language)
    thread = await desk.hear()
    found = {asked: (await render(desk, thread, "thanks", language=asked))["language"] for asked in ("en", "de-AT", "pt", "pt-pt", "fr")}
    assert found == {"en": "en", "de-AT": "de", "pt": "pt-br", "pt-pt": "pt-br", "fr": "de"}


async def test_what_nothing_fills_is_refused_and_what_nobody_filled_never_goes_out(desk: Desk) -> None:
    refused = await desk.ask("POST", "/v1/canned-replies", {**THANKS, "text": "Dear {{contact.salary}}"})
    assert (refused.status_code, refused.json()["code"], refused.json()["unknown"]) == (422, "placeholder_unknown", ["contact.salary"])
    assert "contact.first_name" in refused.json()["detail"]
    single = await desk.ask("POST", "/v1/canned-replies", {**THANKS, "text": "Dear {{name|friend}}"})
    assert (single.status_code, single.json()["unknown"]) == (422, ["name"])
    thread = await desk.hear()
    raw = await desk.reply(thread, "Hello {{ contact.first_name }}")
    assert (raw.status_code, raw.json()["code"], raw.json()["unfilled"]) == (422, "unsendable_reply", ["contact.first_name"])
    assert (await desk.reply(thread, "Write {{name}} in your template")).status_code == 201


async def test_unknown_shortcuts_and_conversations_are_not_found(desk: Desk) -> None:
    thread = await desk.hear()
    path = f"/v1/conversations/{thread['id']}/canned-replies/render"
    assert (await desk.ask("POST", path, {"shortcut": "nothing"})).json()["code"] == "canned_reply_not_found"
    nowhere = "/v1/conversations/0197a000-0000-7000-8000-00000000ffff/canned-replies/render"
    assert (await desk.ask("POST", nowhere, {"shortcut": "nothing"})).json()["code"] == "conversation_not_found"


@given(st.text(), st.dictionaries(st.sampled_from(KNOWN), st.one_of(st.none(), st.text(st.characters(exclude_characters="{}")))))
def test_no_known_place_is_left_whatever_the_text(text: str, values: dict[str, str | None]) -> None:
    assert open_places(fill(text, values).text) == []


@given(st.lists(st.sampled_from(KNOWN), max_size=5))
def test_every_place_is_either_filled_or_told(names: list[str]) -> None:
    text = " and ".join(f"{{{{{name}}}}}" for name in names)
    assert unknown_places(text) == []
    values = {name: name.upper() for name in KNOWN[::2]}
    filled = fill(text, values)
    assert set(filled.unfilled) == set(names) - set(values)
    assert all(values[name] in filled.text for name in names if name in values)
