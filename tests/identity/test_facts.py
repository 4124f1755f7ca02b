"""What members say of people, over HTTP: kinds (W7), attributes, labels and notes; and that merges move none of it (W6)."""

from datetime import timedelta
from typing import Any

import pytest

from services.contracts.vocabulary import Role
from tests.identity.service import Service, Told

BEGUN = "2026-01-01T00:00:00Z"


async def person(service: Service, token: str, external_id: str = "1", **more: object) -> str:
    """A contact entered by hand; gives its id."""
    told = await service.ask("POST", "/v1/profiles", {"network": "crm", "external_id": external_id, **more}, token=token)
    return str(told.body["contact_id"])


async def changed(service: Service, token: str, method: str, path: str, body: object = None, *, seen: int | None = None) -> Told:
    headers = () if seen is None else (("if-match", f'"{seen}"'),)
    return await service.ask(method, path, body, token=token, headers=headers)


async def test_w7_a_contact_is_of_several_kinds_also_per_network(service: Service) -> None:
    token = await service.begin("acme")
    contact = await person(service, token)
    path = f"/v1/contacts/{contact}/kinds"

    await changed(service, token, "PUT", f"{path}/customer", {"since": BEGUN, "source": "crm"})
    told = await changed(service, token, "PUT", f"{path}/influencer", {"network": "Instagram"}, seen=2)

    kinds = {(each["kind"], each["network"]): each for each in told.body["items"]}
    assert kinds.keys() == {("customer", ""), ("influencer", "instagram")}
    assert kinds["customer", ""]["source"] == "crm"
    assert kinds["customer", ""]["since"] == BEGUN
    assert "urgent" in kinds["influencer", "instagram"]["treatment"]
    assert told.headers["etag"] == '"3"'
    left = await changed(service, token, "DELETE", f"{path}/influencer?network=instagram")
    assert [each["kind"] for each in left.body["items"]] == ["customer"]
    assert (await service.ask("GET", path, token=token)).body == left.body


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("celebrity", {}),
        ("press", {"network": "not one"}),
        ("press", {"since": "2026-02-01T00:00:00Z", "until": BEGUN}),
        ("press", {"since": "2026-02-01T00:00:00"}),
    ],
)
async def test_a_kind_that_cannot_be_is_refused(service: Service, path: str, body: object) -> None:
    token = await service.begin("acme")
    contact = await person(service, token)

    told = await changed(service, token, "PUT", f"/v1/contacts/{contact}/kinds/{path}", body)

    assert told.status == 422
    assert (await service.ask("GET", f"/v1/contacts/{contact}/kinds", token=token)).body["items"] == []


async def test_a_change_of_what_was_changed_meanwhile_answers_412_with_the_present_version(service: Service) -> None:
    token = await service.begin("acme")
    contact = await person(service, token)
    seen = await service.ask("GET", f"/v1/contacts/{contact}", token=token)
    assert seen.headers["etag"] == '"1"'
    await changed(service, token, "PUT", f"/v1/contacts/{contact}/kinds/press", {}, seen=1)

    stale = await changed(service, token, "PUT", f"/v1/contacts/{contact}/kinds/partner", {}, seen=1)
    broken = await service.ask("PUT", f"/v1/contacts/{contact}/kinds/partner", {}, token=token, headers=[("if-match", "one")])

    assert (stale.status, stale.body["code"], stale.body["version"], stale.headers["etag"]) == (412, "precondition_failed", 2, '"2"')
    assert broken.status == 400
    kinds = await service.ask("GET", f"/v1/contacts/{contact}/kinds", token=token)
    assert [each["kind"] for each in kinds.body["items"]] == ["press"]


DEFINITIONS = [
    {"key": "tier", "label": "Tier", "type": "choice", "options": ["Gold", "Silver"]},
    {"key": "budget", "label": "Budget", "type": "number"},
    {"key": "vip", "label": "VIP", "type": "boolean"},
    {"key": "born", "label": "Born", "type": "date"},
    {"key": "site", "label": "Site", "type": "url"},
    {"key": "pet", "label": "Pet", "type": "text"},
]


async def defined(service: Service, token: str) -> None:
    for each in DEFINITIONS:
        assert (await service.ask("POST", "/v1/contact-attributes", each, token=token)).status == 201


async def test_attributes_are_typed_and_kept_in_one_form(service: Service) -> None:
    token = await service.begin("acme")
    await defined(service, token)
    contact = await person(service, token)
    values = {"tier": "gold", "budget": "1200.50", "vip": True, "born": "1990-02-28", "site": "https://kim.example/x", "pet": " cat "}

    told = await changed(service, token, "PATCH", f"/v1/contacts/{contact}/attributes", {"values": values}, seen=1)

    assert {each["key"]: each["value"] for each in told.body["items"]} == {
        "tier": "Gold",
        "budget": "1200.5",
        "vip": "true",
        "born": "1990-02-28",
        "site": "https://kim.example/x",
        "pet": "cat",
    }
    left = await changed(service, token, "PATCH", f"/v1/contacts/{contact}/attributes", {"values": dict.fromkeys(values) | {"budget": 7}})
    assert [(each["key"], each["value"]) for each in left.body["items"]] == [("budget", "7")]


@pytest.mark.parametrize(
    ("key", "value", "wanted"),
    [
        ("tier", "Bronze", "one of: Gold, Silver"),
        ("budget", "a lot", "a number"),
        ("budget", True, "a number"),
        ("budget", 1e300, "a number"),
        ("vip", "perhaps", "true or false"),
        ("born", "30/01/1990", "YYYY-MM-DD"),
        ("born", "2026-02-30", "YYYY-MM-DD"),
        ("site", "javascript:alert(1)", "http"),
        ("pet", "", "text of 1"),
        ("pet", 5, "text of 1"),
    ],
)
async def test_a_value_that_does_not_fit_is_refused_and_nothing_is_set(service: Service, key: str, value: object, wanted: str) -> None:
    token = await service.begin("acme")
    await defined(service, token)
    contact = await person(service, token)
    other = "pet" if key != "pet" else "vip"

    told = await changed(service, token, "PATCH", f"/v1/contacts/{contact}/attributes", {"values": {key: value, other: "true"}})

    assert (told.status, told.body["code"], told.body["attribute"]) == (422, "attribute_value", key)
    assert wanted in told.body["detail"]
    assert (await service.ask("GET", f"/v1/contacts/{contact}/attributes", token=token)).body["items"] == []


async def test_definitions_keep_their_type_and_the_options_that_somebody_has(service: Service) -> None:
    token = await service.begin("acme")
    await defined(service, token)
    contact = await person(service, token)
    await changed(service, token, "PATCH", f"/v1/contacts/{contact}/attributes", {"values": {"tier": "Gold"}})

    twice = await service.ask("POST", "/v1/contact-attributes", DEFINITIONS[0], token=token)
    lone = await service.ask("POST", "/v1/contact-attributes", DEFINITIONS[0] | {"key": "x", "options": []}, token=token)
    used = await changed(service, token, "PATCH", "/v1/contact-attributes/tier", {"options": ["Silver"]})
    grown = await changed(service, token, "PATCH", "/v1/contact-attributes/tier", {"options": ["Gold", "Bronze"], "label": "Level"}, seen=1)
    unknown = await changed(service, token, "PATCH", f"/v1/contacts/{contact}/attributes", {"values": {"shoe": "42"}})

    assert (twice.status, lone.status, used.status, used.body["options"], unknown.status) == (409, 422, 409, ["Gold"], 404)
    assert (grown.body["label"], grown.body["options"], grown.headers["etag"]) == ("Level", ["Gold", "Bronze"], '"2"')
    assert (await changed(service, token, "DELETE", "/v1/contact-attributes/tier")).status == 204
    assert (await service.ask("GET", f"/v1/contacts/{contact}/attributes", token=token)).body["items"] == []


async def test_who_may_not_define_attributes_may_set_them(service: Service) -> None:
    token = await service.begin("acme")
    await defined(service, token)
    await service.add_member("acme", "ana", Role.AGENT)
    ana = await service.token("acme", "ana")
    contact = await person(service, token)

    refused = await service.ask("POST", "/v1/contact-attributes", DEFINITIONS[0] | {"key": "more"}, token=ana)
    told = await changed(service, ana, "PATCH", f"/v1/contacts/{contact}/attributes", {"values": {"pet": "dog"}})

    assert (refused.status, told.status) == (403, 200)


async def test_labels_are_listed_given_renamed_and_taken(service: Service) -> None:
    token = await service.begin("acme")
    contact = await person(service, token)
    vip = (await service.ask("POST", "/v1/contact-labels", {"name": " VIP ", "colour": "#FF0000"}, token=token)).body
    old = (await service.ask("POST", "/v1/contact-labels", {"name": "Old friend"}, token=token)).body

    assert (await service.ask("POST", "/v1/contact-labels", {"name": "vip"}, token=token)).status == 409
    given = await changed(service, token, "PUT", f"/v1/contacts/{contact}/labels/{vip['id']}", seen=1)
    again = await changed(service, token, "PUT", f"/v1/contacts/{contact}/labels/{vip['id']}", seen=2)
    renamed = await changed(service, token, "PATCH", f"/v1/contact-labels/{vip['id']}", {"name": "Important"}, seen=1)
    clash = await changed(service, token, "PATCH", f"/v1/contact-labels/{old['id']}", {"name": "important"})
    shown = await service.ask("GET", f"/v1/contacts/{contact}/labels", token=token)

    assert given.headers["etag"] == again.headers["etag"] == '"2"'
    assert (renamed.body["name"], renamed.body["colour"], clash.status) == ("Important", "#ff0000", 409)
    assert [each["name"] for each in shown.body["items"]] == ["Important"]
    taken = await changed(service, token, "DELETE", f"/v1/contacts/{contact}/labels/{vip['id']}")
    assert (taken.body["items"], taken.headers["etag"]) == ([], '"3"')
    assert (await changed(service, token, "DELETE", f"/v1/contact-labels/{vip['id']}")).status == 204
    assert (await changed(service, token, "PUT", f"/v1/contacts/{contact}/labels/{vip['id']}")).status == 404


async def test_notes_are_pinned_by_anybody_and_rewritten_by_their_author(service: Service) -> None:
    admin = await service.begin("acme")
    contact = await person(service, admin)
    path = f"/v1/contacts/{contact}/notes"
    await service.add_member("acme", "ana", Role.AGENT)
    ana = await service.token("acme", "ana")
    first = (await service.ask("POST", path, {"text": " Likes tea "}, token=ana)).body
    second = (await service.ask("POST", path, {"text": "Called"}, token=admin)).body

    pinned = await changed(service, admin, "PATCH", f"{path}/{first['id']}", {"pinned": True}, seen=1)
    refused = await changed(service, admin, "PATCH", f"{path}/{first['id']}", {"text": "Hates tea"})
    stale = await changed(service, ana, "PATCH", f"{path}/{first['id']}", {"text": "Loves tea"}, seen=1)
    service.clock.advance(timedelta(minutes=1))
    edited = await changed(service, ana, "PATCH", f"{path}/{first['id']}", {"text": "Loves tea"}, seen=2)
    listed = await service.ask("GET", path, token=ana)

    assert (first["text"], pinned.body["edited_at"], refused.status) == ("Likes tea", None, 403)
    assert (stale.status, stale.body["version"]) == (412, 2)
    assert (edited.body["version"], edited.body["edited_at"] is not None) == (3, True)
    assert [each["text"] for each in listed.body["items"]] == ["Loves tea", "Called"]
    assert (await changed(service, ana, "DELETE", f"{path}/{second['id']}")).status == 403
    assert (await changed(service, admin, "DELETE", f"{path}/{first['id']}", seen=3)).status == 204
    assert (await changed(service, admin, "DELETE", f"{path}/{first['id']}")).status == 404
    assert [each["text"] for each in (await service.ask("GET", path, token=ana)).body["items"]] == ["Called"]


KIM = [{"value": "kim@example.com", "verified": True}]


async def test_w6_facts_follow_their_profiles_into_another_contact(service: Service) -> None:
    """The union of kinds, labels and notes, the value set last, and nothing twice; taking away takes from all profiles."""
    token = await service.begin("acme")
    await defined(service, token)
    label = (await service.ask("POST", "/v1/contact-labels", {"name": "VIP"}, token=token)).body["id"]
    one = await person(service, token, "1", emails=KIM)
    other = await person(service, token, "2", network="inlet")
    for contact, kind, pet in ((one, "customer", "cat"), (other, "press", "dog")):
        service.clock.advance(timedelta(minutes=1))
        for each in (kind, "partner"):
            await changed(service, token, "PUT", f"/v1/contacts/{contact}/kinds/{each}", {})
        await changed(service, token, "PUT", f"/v1/contacts/{contact}/labels/{label}")
        await changed(service, token, "PATCH", f"/v1/contacts/{contact}/attributes", {"values": {"pet": pet}})
        await service.ask("POST", f"/v1/contacts/{contact}/notes", {"text": pet}, token=token)

    assert await person(service, token, "2", network="inlet", emails=KIM) == one

    facts = [await _batch(service, token, each, other, one) for each in ("kinds", "contact-labels", "attributes", "notes")]
    for found in facts:
        assert found[0] == found[1]
    kinds, labels, attributes, notes = (found[0] for found in facts)
    assert [each["kind"] for each in kinds] == ["customer", "partner", "press"]
    assert [each["name"] for each in labels] == ["VIP"]
    assert [each["value"] for each in attributes] == ["dog"]
    assert [(each["text"], each["contact_id"]) for each in notes] == [("dog", one), ("cat", one)]
    left = await changed(service, token, "DELETE", f"/v1/contacts/{other}/kinds/partner")
    assert [each["kind"] for each in left.body["items"]] == ["customer", "press"]


async def _batch(service: Service, token: str, path: str, *ids: str) -> Any:
    return (await service.ask("POST", f"/internal/{path}/by-contact-ids", {"ids": ids}, token=token)).body
