"""E16 over HTTP: what was said is found within seconds, by whom it may be found, until it is edited or taken back."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.engagement.conftest import Service
from tests.engagement.partner import START, Partner, change, event
from tests.engagement.waiting import conversations, journal_settled, until


async def search(service: Service, q: str, **narrowed: str) -> list[dict[str, Any]]:
    answer = await service.http.get("/v1/search", params={"q": q, **narrowed}, headers=service.headers())
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def texts(service: Service, q: str, **narrowed: str) -> list[str]:
    return [hit["interaction"]["text"] for hit in await search(service, q, **narrowed)]


async def searchable(service: Service, q: str, *, count: int) -> None:
    async def there() -> bool:
        return len(await search(service, q)) == count

    await until(there, within_seconds=20)


@pytest.fixture
async def partner(service: Service) -> Partner:
    return await Partner.connected(service)


async def test_what_was_said_is_found_by_its_words_newest_first(service: Service, partner: Partner) -> None:
    await partner.deliver(event(1, "Where is my order?"), event(2, "My ORDER has come, thanks"), event(3, "A kettle"))
    await searchable(service, "order", count=2)
    hits = await search(service, "order")
    assert [hit["interaction"]["text"] for hit in hits] == ["My ORDER has come, thanks", "Where is my order?"]
    assert [hit["excerpt"][place["start"] : place["end"]] for hit in hits for place in hit["highlights"]] == ["ORDER", "order"]
    assert await texts(service, "order -come") == ["Where is my order?"]
    assert await texts(service, '"has come"') == ["My ORDER has come, thanks"]
    assert await texts(service, "kett*") == ["A kettle"]


async def test_an_edit_is_found_by_its_new_words_and_a_deletion_not_at_all(service: Service, partner: Partner) -> None:
    await partner.deliver(event(1, "a kettle"), event(2, "a kettle too"))
    await searchable(service, "kettle", count=2)
    await partner.deliver(change(3, "edit", "e-1", text="a teapot"), change(4, "deletion", "e-2"))
    await searchable(service, "teapot", count=1)
    await searchable(service, "kettle", count=0)
    assert await texts(service, "teapot") == ["a teapot"]


async def test_a_mail_is_found_by_its_subject_and_the_names_of_its_files(service: Service, partner: Partner) -> None:
    bill = {"kind": "file", "url": "http://127.0.0.1:9/1", "name": "Rechnung_2026-04.pdf"}
    await partner.deliver(
        event(1, "As you asked.", extra={"subject": "Re: broken samovar"}, attachments=[bill]),
        event(2, None, attachments=[{**bill, "name": "receipt of the samovar.jpg"}]),
        event(3, "samovar\n\nIt leaks.", extra={"subject": "samovar"}),
    )
    await searchable(service, "samovar", count=3)

    (mail,) = await search(service, '"broken samovar"')
    assert (mail["interaction"]["text"], mail["excerpt"]) == ("As you asked.", "Re: broken samovar")
    assert [mail["excerpt"][place["start"] : place["end"]] for place in mail["highlights"]] == ["broken samovar"]
    (file,) = await search(service, "rechnung_2026-04.pdf")
    assert (file["interaction"]["text"], file["excerpt"]) == ("As you asked.", "Rechnung_2026-04.pdf")
    (silent,) = await search(service, "receipt")
    assert (silent["interaction"]["text"], silent["excerpt"]) == (None, "receipt of the samovar.jpg")
    assert await texts(service, "asked samovar") == ["As you asked."]
    assert await texts(service, '"asked re"') == []
    assert await texts(service, '"samovar rechnung"') == []


async def test_what_is_taken_back_is_found_neither_by_its_subject_nor_by_its_files(service: Service, partner: Partner) -> None:
    file = {"kind": "file", "url": "http://127.0.0.1:9/1", "name": "teapot.pdf"}
    await partner.deliver(event(1, "Here.", extra={"subject": "teapot"}), event(2, None, attachments=[file]), event(3, "Hello teapot"))
    await searchable(service, "teapot", count=3)
    await partner.deliver(change(4, "deletion", "e-1"), change(5, "deletion", "e-2"))
    await searchable(service, "teapot", count=1)
    assert await texts(service, "teapot") == ["Hello teapot"]


async def test_pages_follow_one_another_without_gap_or_repetition(service: Service, partner: Partner) -> None:
    await partner.deliver(*(event(number, f"order {number}") for number in range(1, 8)))
    await searchable(service, "order", count=7)
    seen: list[str] = []
    path: str | None = "/v1/search?q=order&limit=3"
    while path:
        page = (await service.get(path)).json()
        seen += [hit["interaction"]["text"] for hit in page["items"]]
        path = f"/v1/search?q=order&limit=3&after={page['next_cursor']}" if page["next_cursor"] else None
    assert seen == [f"order {number}" for number in range(7, 0, -1)]


async def test_a_search_is_narrowed_by_whatever_is_known(service: Service, partner: Partner) -> None:
    other = await Partner.connected(service)
    somebody = {"network": "shop", "external_id": "person-2"}
    await partner.deliver(event(1, "order one"), event(2, "order two", author=somebody))
    await other.deliver(event(3, "order three", kind="comment", venue={"network": "shop", "external_id": "page-1"}, thread="t"))
    await searchable(service, "order", count=3)
    (first,) = await search(service, "order one")
    assert await texts(service, "order", channel_id=other.channel_id) == ["order three"]
    assert await texts(service, "order", profile_id=first["interaction"]["profile_id"], kind="direct") == ["order one"]
    assert await texts(service, "order", venue_network="shop", venue_id="page-1") == ["order three"]
    assert await texts(service, "order", kind="comment") == ["order three"]
    assert await texts(service, "order", direction="outbound") == []
    assert await texts(service, "order", until=START.replace(minute=2).isoformat()) == ["order one"]
    assert await texts(service, "order", since=START.replace(minute=3).isoformat()) == ["order three"]
    assert await texts(service, "order", contact_id=str(uuid4())) == []
    assert await texts(service, "order", label_id=str(uuid4())) == []


async def test_without_a_word_all_is_found_that_the_filter_lets_through(service: Service, partner: Partner) -> None:
    other = await Partner.connected(service)
    somebody = {"network": "shop", "external_id": "person-2"}
    await partner.deliver(event(1, "order one"), event(2, "order two", author=somebody))
    await other.deliver(event(3, "order three", kind="comment", venue={"network": "shop", "external_id": "page-1"}, thread="t"))
    await searchable(service, "order", count=3)
    (first,) = await search(service, "order one")
    assert await texts(service, "", channel_id=other.channel_id) == ["order three"]
    assert await texts(service, "", profile_id=first["interaction"]["profile_id"], kind="direct") == ["order one"]
    assert await texts(service, "", venue_network="shop", venue_id="page-1") == ["order three"]
    assert await texts(service, "", since=START.replace(minute=2).isoformat()) == ["order three", "order two"]
    assert await texts(service, "-two", direction="inbound") == ["order three", "order one"]
    assert await texts(service, "", label_id=str(uuid4())) == []
    (hit,) = await search(service, "", kind="comment")
    assert (hit["excerpt"], hit["highlights"]) == ("order three", [])


async def test_another_workspace_finds_nothing(service: Service, partner: Partner) -> None:
    await partner.deliver(event(1, "a kettle"))
    await searchable(service, "kettle", count=1)
    answer = await service.http.get("/v1/search?q=kettle", headers=service.headers(uuid4()))
    assert answer.json() == {"items": [], "next_cursor": None}


async def test_our_own_replies_are_found(service: Service, partner: Partner) -> None:
    await partner.deliver(event(1, "hello"))
    await journal_settled(service, count=1)
    (thread,) = await conversations(service)
    await service.post(f"/v1/conversations/{thread['id']}/replies", {"text": "Your voucher is on its way"})
    await searchable(service, "voucher", count=1)
    (hit,) = await search(service, "voucher")
    assert (hit["interaction"]["direction"], hit["interaction"]["text"]) == ("outbound", "Your voucher is on its way")


REFUSED = {
    "no word": ("q=%2D%2D", 422, "nothing_to_search"),
    "exclusions only": ("q=-foo", 422, "nothing_to_search"),
    "empty": ("q=", 422, "nothing_to_search"),
    "too long": ("q=" + "a" * 501, 422, "malformed"),
    "none": ("", 422, "nothing_to_search"),
    "time without offset": ("q=a&since=2026-01-01T00:00:00", 400, "bad_request"),
    "time beyond the calendar": ("q=a&since=0001-01-01T00:00:00%2B14:00", 422, "malformed"),
    "half a venue": ("q=a&venue_id=x", 400, "bad_request"),
    "foreign cursor": ("q=a&after=abc", 400, "bad_request"),
    "kind": ("q=a&kind=nonsense", 422, "malformed"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_odd_searches_are_told_what_is_wrong(service: Service, case: str) -> None:
    query, status, code = REFUSED[case]
    answer = await service.get(f"/v1/search?{query}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_operators_of_the_database_are_words_like_others(service: Service, partner: Partner) -> None:
    await partner.deliver(event(1, "100% of a_b & 'c' | d:* \\ e"))
    await searchable(service, "100", count=1)
    for odd in ("%", "a%", "_", "'", "\\", "a & b | c", "d:*", "$1", "'; DROP TABLE x; --", "(((", "!!", "<->"):
        answer: httpx.Response = await service.http.get("/v1/search", params={"q": odd}, headers=service.headers())
        assert answer.status_code in {200, 422}, odd
    assert await texts(service, '"a_b" e') == ["100% of a_b & 'c' | d:* \\ e"]
