"""Standing links to other systems (W14): upsert by reference, look-up, what changed since; companies and buying groups (W8)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.identity.service import Service, Told
from tests.identity.test_facts import changed, person

MARIA = {
    "name": "Maria Lopez",
    "emails": [{"value": "maria@example.com", "verified": True}],
    "phones": [{"value": "+34600111222"}],
    "url": "https://crm.example/42",
}
REFERENCE = "/v1/contacts/by-reference/hubspot/contact/42"


async def test_w14_a_contact_is_entered_and_found_by_what_another_system_calls_it(service: Service) -> None:
    token = await service.begin("acme")
    await service.ask("POST", "/v1/contact-attributes", {"key": "tier", "label": "Tier", "type": "text"}, token=token)

    first = await changed(service, token, "PUT", REFERENCE, MARIA | {"attributes": {"tier": "gold"}})
    again = await changed(service, token, "PUT", REFERENCE, {"name": "Maria Ruiz"})
    references = await service.ask("GET", f"/v1/contacts/{first.body['id']}/references", token=token)

    assert (first.status, again.status, again.body["id"]) == (201, 200, first.body["id"])
    assert (first.body["name"], again.body["name"]) == ("Maria Lopez", "Maria Ruiz")
    assert again.headers["etag"] == f'"{again.body["version"]}"'
    assert references.body["items"] == [{"system": "hubspot", "type": "contact", "external_id": "42", "url": MARIA["url"]}]
    for query in (
        "system=hubspot&type=contact&external_id=42",
        "email=Maria@Example.com",
        "phone=%2B34600111222",
        "network=crm&scope=hubspot/contact&external_id=42",
    ):
        assert await found(service, token, query) == [first.body["id"]], query
    assert await found(service, token, "email=nobody@example.com") == []
    stale = await changed(service, token, "PUT", REFERENCE, MARIA, seen=1)
    assert (stale.status, stale.body["version"]) == (412, again.body["version"])


async def found(service: Service, token: str, query: str) -> list[str]:
    told = await service.ask("GET", f"/v1/contacts/lookup?{query}", token=token)
    assert told.status == 200, told.body
    return [each["id"] for each in told.body["items"]]


@pytest.mark.parametrize("query", ["", "email=a@b.example&handle=x", "external_id=1", "system=hubspot&type=contact"])
async def test_a_look_up_names_exactly_one_thing(service: Service, query: str) -> None:
    token = await service.begin("acme")
    assert (await service.ask("GET", f"/v1/contacts/lookup?{query}", token=token)).status == 422


async def test_w14_a_handle_is_looked_up_on_one_network_or_on_any(service: Service) -> None:
    token = await service.begin("acme")
    one = await service.ask("POST", "/v1/profiles", {"network": "x", "external_id": "1", "handle": "Kimmy"}, token=token)
    two = await service.ask("POST", "/v1/profiles", {"network": "mastodon", "external_id": "2", "handle": "kimmy"}, token=token)

    both = sorted([one.body["contact_id"], two.body["contact_id"]])
    assert await found(service, token, "handle=@kimmy") == both
    assert await found(service, token, "handle=KIMMY&network=X") == [one.body["contact_id"]]


async def test_w14_a_reference_set_by_hand_is_upserted_by_and_is_one_contact_s(service: Service) -> None:
    token = await service.begin("acme")
    one, other = await person(service, token, "1", name="Kim"), await person(service, token, "2")
    path = f"/v1/contacts/{one}/references/hubspot/contact/42"

    told = await changed(service, token, "PUT", path, {"url": "https://crm.example/42"}, seen=1)
    taken = await changed(service, token, "PUT", f"/v1/contacts/{other}/references/hubspot/contact/42", {})
    entered = await changed(service, token, "PUT", REFERENCE, {"emails": MARIA["emails"]})

    assert [each["url"] for each in told.body["items"]] == ["https://crm.example/42"]
    assert (taken.status, taken.body["contact_id"]) == (409, one)
    assert (entered.status, entered.body["id"], entered.body["name"]) == (200, one, "Kim")
    assert await found(service, token, "email=maria@example.com") == [one]
    assert (await changed(service, token, "DELETE", path)).body["items"] == []
    assert (await changed(service, token, "DELETE", path)).status == 404


async def test_w14_a_list_tells_what_changed_since_each_once(service: Service) -> None:
    """Newly entered, changed by a fact, and grown by a merge."""
    token = await service.begin("acme")
    networks = {"old": "crm", "kept": "crm", "merged": "inlet"}
    old, kept, merged = [await person(service, token, each, network=network) for each, network in networks.items()]
    since = (await service.ask("GET", f"/v1/contacts/{merged}", token=token)).body["changed_at"]
    await changed(service, token, "PUT", f"/v1/contacts/{old}/kinds/press", {})
    email = [{"value": "kim@example.com", "verified": True}]
    for each in ("kept", "merged"):
        service.clock.advance(timedelta(seconds=1))
        await person(service, token, each, network=networks[each], emails=email)
    new = await person(service, token, "new")

    listed: list[str] = []
    after: str | None = ""
    while after is not None:
        query = f"updated_since={since.replace('+', '%2B')}&limit=2" + (f"&after={after}" if after else "")
        page = await service.ask("GET", f"/v1/contacts?{query}", token=token)
        assert page.status == 200
        listed += [each["id"] for each in page.body["items"]]
        after = page.body["next_cursor"]

    survivor = (await service.ask("GET", f"/v1/contacts/{merged}", token=token)).body["id"]
    assert survivor in {kept, merged}
    assert [each for each in listed if each != merged or survivor == merged] == [old, survivor, new]
    future = (datetime.now(UTC) + timedelta(hours=1)).isoformat().replace("+", "%2B")
    assert (await service.ask("GET", f"/v1/contacts?updated_since={future}", token=token)).body["items"] == []
    assert (await service.ask("GET", f"/v1/contacts?q=kim&updated_since={future}", token=token)).status == 422


BOLT: dict[str, Any] = {"name": "Bolt Ltd", "domains": ["www.Bolt.example", "bolt.org"], "attributes": {"size": "40"}}


async def company(service: Service, token: str, **changes: object) -> Told:
    return await service.ask("POST", "/v1/companies", BOLT | changes, token=token)


async def test_w8_a_company_has_domains_and_is_changed_at_the_version_seen(service: Service) -> None:
    token = await service.begin("acme")
    bolt = (await company(service, token)).body
    path = f"/v1/companies/{bolt['id']}"

    taken = await company(service, token, name="Other", domains=["bolt.org"])
    wrong = await company(service, token, domains=["not a domain"])
    renamed = await changed(service, token, "PATCH", path, {"name": "Bolt", "domains": ["bolt.org"]}, seen=1)
    stale = await changed(service, token, "PATCH", path, {"name": "Nut"}, seen=1)

    assert (bolt["domains"], bolt["attributes"], bolt["version"]) == (["bolt.example", "bolt.org"], {"size": "40"}, 1)
    assert (taken.status, taken.body["companies"], wrong.status) == (409, {"bolt.org": bolt["id"]}, 422)
    assert (renamed.body["name"], renamed.body["domains"], renamed.body["attributes"]) == ("Bolt", ["bolt.org"], {"size": "40"})
    assert (stale.status, stale.body["version"]) == (412, 2)
    assert [each["id"] for each in (await service.ask("GET", "/v1/companies", token=token)).body["items"]] == [bolt["id"]]
    assert (await service.ask("GET", "/v1/companies?domain=bolt.org", token=token)).body["items"] == [renamed.body]
    assert (await service.ask("GET", "/v1/companies?domain=bolt.example", token=token)).body["items"] == []
    assert (await changed(service, token, "DELETE", path)).status == 204
    assert (await service.ask("GET", path, token=token)).status == 404


async def test_w14_a_company_is_entered_by_reference(service: Service) -> None:
    token = await service.begin("acme")
    path = "/v1/companies/by-reference/hubspot/company/7"

    first = await changed(service, token, "PUT", path, {"name": "Bolt", "url": "https://crm.example/c/7"})
    again = await changed(service, token, "PUT", path, {"name": "Bolt Ltd", "domains": ["bolt.example"]}, seen=1)

    assert (first.status, again.status, again.body["id"], again.body["name"]) == (201, 200, first.body["id"], "Bolt Ltd")
    assert first.body["references"] == [{"system": "hubspot", "type": "company", "external_id": "7", "url": "https://crm.example/c/7"}]
    assert (await changed(service, token, "PUT", path, {"name": "x"}, seen=1)).status == 412


async def test_w8_a_company_lists_its_buying_group_each_person_once(service: Service) -> None:
    token = await service.begin("acme")
    bolt = (await company(service, token)).body["id"]
    email = [{"value": "kim@example.com", "verified": True}]
    networks = {"kim": "crm", "same": "inlet", "lena": "crm"}
    kim, same, lena = [await person(service, token, each, network=network) for each, network in networks.items()]
    path = f"/v1/companies/{bolt}/people"
    for number, (contact, role) in enumerate(((kim, "user"), (same, "blocker"), (lena, "champion"))):
        service.clock.advance(timedelta(seconds=number))
        told = await changed(service, token, "PUT", f"{path}/{contact}", {"role": " CTO ", "buying_role": role}, seen=1)
        assert [(each["role"], each["buying_role"]) for each in told.body["items"]] == [("CTO", role)]
    for each in ("kim", "same"):
        survivor = await person(service, token, each, network=networks[each], emails=email)

    group = [each for after in ("", "&after=") for each in await _people(service, token, path, after)]

    assert {each["contact_id"]: each["buying_role"] for each in group} == {survivor: "blocker", lena: "champion"}
    assert len(group) == 2
    both = await service.ask("POST", "/internal/people/by-company-ids", {"ids": [bolt, kim], "limit": 1}, token=token)
    assert [(len(each["items"]), each["has_next"]) for each in both.body] == [(1, True), (0, False)]
    of_kim = await service.ask("GET", f"/v1/contacts/{kim}/companies", token=token)
    assert [(each["company_id"], each["buying_role"]) for each in of_kim.body["items"]] == [(bolt, "blocker")]
    assert (await changed(service, token, "DELETE", f"{path}/{kim}")).body["items"] == []
    assert [each["contact_id"] for each in await _people(service, token, path, "")] == [lena]
    assert (await changed(service, token, "PUT", f"{path}/{kim}", {"buying_role": "king"})).status == 422


async def _people(service: Service, token: str, path: str, after: str) -> list[dict[str, Any]]:
    """One person a page: the first page, or with `after` the rest."""
    first = await service.ask("GET", f"{path}?limit=1", token=token)
    if not after:
        return list(first.body["items"])
    return list((await service.ask("GET", f"{path}?limit=9{after}{first.body['next_cursor']}", token=token)).body["items"])
