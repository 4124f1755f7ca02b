"""The page behind a preference link: seen by anybody who holds it, changed by a post alone, closed to everything else (W9)."""

import base64
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import pytest

from services.contracts.ids import ProfileId, WorkspaceId
from services.contracts.preference_links import GOOD_FOR, PreferenceLink, read_token, token_of
from services.kit.port import Answer
from tests.identity.consent.said import FORM, person, record
from tests.identity.service import NOW, Service

BOXES = re.compile(r'name="allow" value="([^"]+)"( checked)?')


async def link_of(service: Service, token: str, contact: str) -> str:
    told = await service.ask("PUT", f"/v1/contacts/{contact}/preference-link", token=token)
    assert told.status == 200, told
    return str(urlsplit(told.body["url"]).path)


async def see(service: Service, path: str, *, language: str = "en") -> Answer:
    return await service.port.call("GET", path, headers=[("accept-language", language)], timeout_seconds=20)


async def send(service: Service, path: str, fields: Sequence[tuple[str, str]], *, headers: Sequence[tuple[str, str]] = ()) -> Answer:
    return await service.port.call("POST", path, body=urlencode(fields).encode(), headers=[*FORM, *headers], timeout_seconds=20)


async def history(service: Service, token: str, contact: str) -> list[dict[str, Any]]:
    return list((await service.ask("GET", f"/v1/contacts/{contact}/consent/history", token=token)).body["items"])


def boxes(answer: Answer) -> dict[str, bool]:
    return {value: bool(ticked) for value, ticked in BOXES.findall(answer.body.decode())}


def form(shown: dict[str, bool], **ticked: bool) -> list[tuple[str, str]]:
    wanted = {**shown, **{name.replace("_on_", "|"): value for name, value in ticked.items()}}
    was = [("was", each) for each, ticked in shown.items() if ticked]
    return [("shown", each) for each in shown] + was + [("allow", each) for each, ticked in wanted.items() if ticked]


async def test_w9_a_person_sees_and_changes_purposes_without_an_account(service: Service) -> None:
    token = await service.begin("acme")
    contact = (await person(service, token))["contact_id"]
    path = await link_of(service, token, contact)

    first = await see(service, path)
    assert boxes(first) == {"service|telegram": True, "marketing|telegram": False, "research|telegram": True}
    assert await history(service, token, contact) == []
    saved = await send(service, path, form(boxes(first), marketing_on_telegram=True, research_on_telegram=False))

    assert (saved.status, boxes(saved)) == (200, {"service|telegram": True, "marketing|telegram": True, "research|telegram": False})
    assert b'role="status"' in saved.body
    told = {
        (each["purpose"], each["network"], each["state"], each["source"], each["wording"])
        for each in await history(service, token, contact)
    }
    assert told == {
        ("marketing", "telegram", "granted", "preference_page", "Offers and news"),
        ("research", "telegram", "withdrawn", "preference_page", "Questions about how satisfied I am"),
    }
    await send(service, path, form(boxes(saved)))
    assert len(await history(service, token, contact)) == 2


INTERESTS = re.compile(r'name="label" value="([^"]+)"( checked)? ?> ([^<]+)<')


async def test_w9_a_person_joins_and_leaves_what_is_offered_and_nothing_else(service: Service) -> None:
    token = await service.begin("acme")
    contact = (await person(service, token))["contact_id"]
    made = [
        (await service.ask("POST", "/v1/contact-labels", {"name": name, "offered": offered}, token=token)).body["id"]
        for name, offered in (("Cats & dogs", True), ("Birds", True), ("Difficult", False))
    ]
    cats, birds, difficult = made
    await service.ask("PUT", f"/v1/contacts/{contact}/labels/{birds}", token=token)
    await service.ask("PUT", f"/v1/contacts/{contact}/labels/{difficult}", token=token)
    path = await link_of(service, token, contact)

    first = await see(service, path)
    assert INTERESTS.findall(first.body.decode()) == [(birds, " checked", "Birds"), (cats, "", "Cats &amp; dogs")]
    assert b"Difficult" not in first.body
    version = (await service.ask("GET", f"/v1/contacts/{contact}", token=token)).body["version"]
    chosen = [("was_label", birds), ("label", cats), ("label", difficult), ("was_label", difficult), ("label", "made up")]
    saved = await send(service, path, form(boxes(first)) + chosen)

    assert (saved.status, INTERESTS.findall(saved.body.decode())) == (200, [(birds, "", "Birds"), (cats, " checked", "Cats &amp; dogs")])
    held = await service.ask("GET", f"/v1/contacts/{contact}/labels", token=token)
    assert [each["name"] for each in held.body["items"]] == ["Cats & dogs", "Difficult"]
    assert (await service.ask("GET", f"/v1/contacts/{contact}", token=token)).body["version"] == version + 1
    # An old page changes only what was changed on it.
    await send(service, path, [*form(boxes(first)), ("was_label", birds), ("label", birds)])
    assert [each["name"] for each in (await service.ask("GET", f"/v1/contacts/{contact}/labels", token=token)).body["items"]] == [
        "Cats & dogs",
        "Difficult",
    ]


async def test_w9_people_choose_from_fifty_labels_at_most(service: Service) -> None:
    token = await service.begin("acme")
    made = [await service.ask("POST", "/v1/contact-labels", {"name": f"Label {n}", "offered": True}, token=token) for n in range(51)]
    assert [each.status for each in made] == [201] * 50 + [409]
    plain = await service.ask("POST", "/v1/contact-labels", {"name": "Plain"}, token=token)
    offer = await service.ask("PATCH", f"/v1/contact-labels/{plain.body['id']}", {"offered": True}, token=token)
    assert (plain.body["offered"], offer.status) == (False, 409)
    again = await service.ask("PATCH", f"/v1/contact-labels/{made[0].body['id']}", {"offered": True, "colour": "#ff0000"}, token=token)
    assert (again.status, again.body["offered"], again.body["colour"]) == (200, True, "#ff0000")


async def test_w9_one_button_ends_everything_and_a_box_takes_it_back(service: Service) -> None:
    token = await service.begin("acme")
    contact = (await person(service, token))["contact_id"]
    path = await link_of(service, token, contact)

    nothing = await send(service, path, [("nothing", "1")])
    assert not any(boxes(nothing).values())
    assert b'name="never" value="1" checked' in nothing.body
    shown = await service.ask("GET", f"/v1/contacts/{contact}/consent", token=token)
    assert len(shown.body["do_not_contact"]) == 1
    service.clock.advance(timedelta(seconds=1))
    assert b'name="was_never"' in nothing.body
    await send(service, path, [*form(boxes(nothing), service_on_telegram=True), ("was_never", "1")])

    shown = await service.ask("GET", f"/v1/contacts/{contact}/consent", token=token)
    assert shown.body["do_not_contact"] == []
    assert boxes(await see(service, path))["service|telegram"]


async def test_w9_a_page_that_was_open_meanwhile_says_no_yes_that_nobody_said(service: Service) -> None:
    token = await service.begin("acme")
    contact = (await person(service, token))["contact_id"]
    path = await link_of(service, token, contact)
    await record(service, token, contact, network="telegram")
    opened = await see(service, path)
    assert boxes(opened)["marketing|telegram"]
    assert opened.body.count(b'name="was"') == 3
    service.clock.advance(timedelta(seconds=1))
    at = f"/v1/contacts/{contact}"
    said = {"purpose": "marketing", "state": "withdrawn", "how": "said so by phone", "network": "telegram"}
    assert (await service.ask("POST", f"{at}/consent", said, token=token)).status < 300
    assert (await service.ask("POST", f"{at}/do-not-contact", {"reason": "asked by phone"}, token=token)).status < 300
    service.clock.advance(timedelta(seconds=1))

    saved = await send(service, path, form(boxes(opened)))

    assert saved.status == 200
    assert not boxes(saved)["marketing|telegram"]
    shown = await service.ask("GET", f"{at}/consent", token=token)
    assert len(shown.body["do_not_contact"]) == 1


async def test_w9_a_mail_program_unsubscribes_with_one_click(service: Service) -> None:
    token = await service.begin("acme")
    contact = (await person(service, token, "kim@example.org", network="email"))["contact_id"]
    await record(service, token, contact, network="email")
    path = await link_of(service, token, contact)
    service.clock.advance(timedelta(seconds=1))
    parts = b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'

    done = await send(service, path, [("List-Unsubscribe", "One-Click")])
    again = await service.port.call(
        "POST", path, body=parts, headers=[("content-type", "multipart/form-data; boundary=x")], timeout_seconds=20
    )

    assert (done.status, again.status) == (200, 200)
    said = [(each["purpose"], each["state"], each["source"]) for each in await history(service, token, contact)]
    assert sorted(said) == [
        ("marketing", "granted", "member"),
        ("marketing", "withdrawn", "one_click"),
        ("research", "withdrawn", "one_click"),
    ]


@pytest.mark.parametrize(
    ("language", "word"),
    [("en", "Offers and news"), ("es", "Ofertas y novedades"), ("fr", "Offres et nouveaut"), ("de", "Angebote und Neuigkeiten")],
)
async def test_w9_the_page_speaks_the_reader_s_language_and_loads_nothing(service: Service, language: str, word: str) -> None:
    token = await service.begin("acme")
    path = await link_of(service, token, (await person(service, token))["contact_id"])

    page = await see(service, path, language=language)

    text = page.body.decode()
    assert (f'<html lang="{language}">' in text, word in text) == (True, True)
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert not re.search(r"<script|https?://|src=|Kim", text)
    assert text.count("<label>") == 4


def forged(token: str) -> str:
    raw = bytearray(base64.urlsafe_b64decode(token))
    raw[20] ^= 1
    return base64.urlsafe_b64encode(raw).decode()


@pytest.mark.parametrize("wrong", ["forged", "short", "odd", "revoked", "expired"])
async def test_w9_a_link_that_is_not_good_shows_and_changes_nothing(service: Service, wrong: str) -> None:
    token = await service.begin("acme")
    contact = (await person(service, token))["contact_id"]
    path = await link_of(service, token, contact)
    head, _, good = path.rpartition("/")
    bad = {"forged": forged(good), "short": good[:-4], "odd": "%C3%BC" * 80}.get(wrong, good)
    if wrong == "revoked":
        assert (await service.ask("DELETE", f"/v1/contacts/{contact}/preference-link", token=token)).status == 204
    if wrong == "expired":
        service.clock.advance(GOOD_FOR)

    seen, sent = await see(service, f"{head}/{bad}"), await send(service, f"{head}/{bad}", [("nothing", "1")])

    assert (seen.status, sent.status) == (404, 404)
    if wrong != "expired":
        assert await history(service, token, contact) == []
    if wrong == "revoked":
        assert (await see(service, await link_of(service, token, contact))).status == 200


async def test_w9_a_link_of_one_workspace_is_nobody_s_in_another(service: Service) -> None:
    token = await service.begin("acme")
    contact = (await person(service, token))["contact_id"]
    path = await link_of(service, token, contact)
    other = await service.begin("bolt")
    theirs = (await person(service, other))["contact_id"]
    their_path = await link_of(service, other, theirs)
    head, _, mine = path.rpartition("/")
    their_token = their_path.rpartition("/")[2]
    one, two = base64.urlsafe_b64decode(mine), base64.urlsafe_b64decode(their_token)

    mixed = base64.urlsafe_b64encode(two[:16] + one[16:]).decode()

    assert (await see(service, f"{head}/{mixed}")).status == 404
    await send(service, path, [("nothing", "1")])
    assert await history(service, other, theirs) == []


@pytest.mark.parametrize(
    ("fields", "headers", "status"),
    [
        ([], [], 422),
        ([("other", "1")], [], 422),
        ([("shown", "x")] * 1200, [], 422),
        ([("nothing", "1")], [("sec-fetch-site", "cross-site")], 403),
        ([("shown", "service|mars"), ("allow", "hunting|telegram")], [], 200),
    ],
)
async def test_w9_a_post_that_no_form_of_ours_sent_changes_nothing(
    service: Service, fields: list[tuple[str, str]], headers: list[tuple[str, str]], status: int
) -> None:
    token = await service.begin("acme")
    contact = (await person(service, token))["contact_id"]
    path = await link_of(service, token, contact)

    assert (await send(service, path, fields, headers=headers)).status == status
    assert await history(service, token, contact) == []


def test_w9_a_token_names_what_was_signed_and_under_no_other_key() -> None:
    link = PreferenceLink(workspace=WorkspaceId(UUID(int=1)), profile=ProfileId(UUID(int=2)), made_at=NOW)
    token = token_of(b"k" * 32, link)
    assert read_token(b"k" * 32, token, now=NOW) == link
    assert read_token(b"x" * 32, token, now=NOW) is None
    assert read_token(b"k" * 32, token, now=NOW + GOOD_FOR) is None
