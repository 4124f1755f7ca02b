"""Reading and entering people (W1, W2, W3, W4) over HTTP, batch routes included; their pages, their searches, their old ids."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from services.contracts.ids import WorkspaceId
from services.contracts.interaction import Author
from services.kit.db import Database
from services.kit.ids import new_id
from tests.identity.people import author, learn, sighting
from tests.identity.service import Service, Told

KIM = "kim@example.com"
PROFILE = {
    "network": "CRM",
    "external_id": "1",
    "name": "Kim Lu",
    "emails": [{"value": "Kim@Example.com", "verified": True}],
    "phones": [{"value": "+34 600 111 222"}],
}


async def test_a_crm_row_is_entered_and_links_by_its_verified_email(service: Service) -> None:
    token = await service.begin("acme")

    crm = await service.ask("POST", "/v1/profiles", PROFILE, token=token)
    service.clock.advance(timedelta(seconds=1))  # of two verified at one instant, the smaller id counts as the first
    mail = await service.ask("POST", "/v1/profiles", {"network": "inlet", "external_id": "9", "emails": PROFILE["emails"]}, token=token)

    assert crm.status == mail.status == 200
    assert crm.body["network"] == "crm"
    seen = {"first_seen_at": crm.body["first_seen_at"], "source": "entered", "unfit": ""}
    assert crm.body["identifiers"] == [
        {"type": "email", "value": KIM, "verified": True, "verified_at": seen["first_seen_at"]} | seen,
        {"type": "phone", "value": "+34600111222", "verified": False, "verified_at": None} | seen,
    ]
    assert (crm.body["linked_by"], mail.body["linked_by"]) == ("first_seen", "verified_email")
    contact = await service.ask("GET", f"/v1/contacts/{crm.body['contact_id']}", token=token)
    assert contact.body["name"] == "Kim Lu"
    assert contact.body["profiles"] == [crm.body, mail.body]
    assert (await service.ask("GET", f"/v1/profiles/{mail.body['id']}", token=token)).body == mail.body


async def test_entering_a_profile_again_updates_it(service: Service) -> None:
    token = await service.begin("acme")
    first = await service.ask("POST", "/v1/profiles", PROFILE, token=token)

    again = await service.ask("POST", "/v1/profiles", PROFILE | {"name": "Kim Park"}, token=token)

    assert again.body == first.body | {"name": "Kim Park"}
    assert len((await service.ask("GET", "/v1/contacts", token=token)).body["items"]) == 1


async def test_w2_what_a_profile_was_called_before_is_shown_with_its_date(service: Service) -> None:
    token = await service.begin("acme")
    first = await service.ask("POST", "/v1/profiles", PROFILE, token=token)
    service.clock.advance(timedelta(seconds=1))
    await service.ask("POST", "/v1/profiles", PROFILE | {"name": "Kim Park"}, token=token)

    values = await service.ask("GET", f"/v1/profiles/{first.body['id']}/values", token=token)
    batch = await _batch(service, token, "profile-values/by-profile-ids", UUID(int=1), first.body["id"])

    names = [(each["value"], each["first_seen_at"]) for each in values.body["items"] if each["attribute"] == "name"]
    assert [name for name, _ in names] == ["Kim Park", "Kim Lu"]
    assert names[1][1] == first.body["first_seen_at"] < names[0][1]
    assert batch.body == [[], values.body["items"]]
    assert (await service.ask("GET", f"/v1/profiles/{UUID(int=1)}/values", token=token)).status == 404


async def test_a_page_of_the_batch_route_is_searched_or_changed_since_not_both(service: Service) -> None:
    token = await service.begin("acme")
    kim = await service.ask("POST", "/v1/profiles", PROFILE, token=token)
    await service.ask("POST", "/v1/profiles", {"network": "crm", "external_id": "2", "name": "Ann"}, token=token)
    since = {"updated_since": "2020-01-01T00:00:00Z"}

    async def ask(asked: object) -> Told:
        return await service.ask("POST", "/internal/contacts/page", asked, token=token)

    assert [each["id"] for each in (await ask({"search": "kim"})).body["items"]] == [kim.body["contact_id"]]
    assert [each["name"] for each in (await ask(since)).body["items"]] == ["Kim Lu", "Ann"]
    refused = await ask(since | {"search": "kim"})
    assert (refused.status, "updated_since" in refused.body["detail"]) == (422, True)
    assert (await ask({"updated_since": "2020-01-01T00:00:00"})).status == 422


@pytest.mark.parametrize(
    "wrong",
    [
        {"network": ""},
        {"network": "no spaces"},
        {"external_id": " "},
        {"emails": [{"value": "kim"}]},
        {"phones": [{"value": "600111222"}]},
        {"emails": [{"value": KIM, "verified": True, "by": "me"}]},
        {"contact_id": "01a2f7c0-0000-7000-8000-000000000000"},
    ],
)
async def test_a_malformed_profile_is_refused_and_not_written(service: Service, wrong: dict[str, object]) -> None:
    token = await service.begin("acme")

    told = await service.ask("POST", "/v1/profiles", PROFILE | wrong, token=token)

    assert told.status == 422
    assert (await service.ask("GET", "/v1/contacts", token=token)).body["items"] == []


async def test_an_old_contact_id_answers_as_the_contact_that_took_it_in(service: Service, database: Database) -> None:
    token, workspace = await _begun(service)
    await learn(database, workspace, sighting(author("Kim", KIM)))
    (before,) = await learn(database, workspace, sighting(author("Lu"), minute=1))
    (after,) = await learn(database, workspace, sighting(author("Lu", KIM), minute=2))
    old, new = str(before.contact_id), str(after.contact_id)

    shown = await service.ask("GET", f"/v1/contacts/{old}", token=token)
    batch = await _batch(service, token, "contacts/by-ids", old, new)
    profiles = await _batch(service, token, "profiles/by-contact-ids", old, new)

    assert old != new
    assert shown.body["id"] == new
    assert [each["id"] for each in batch.body] == [new, new]
    assert [[each["external_id"] for each in group] for group in profiles.body] == [["kim", "lu"]] * 2
    assert [each["id"] for each in (await service.ask("GET", "/v1/contacts", token=token)).body["items"]] == [new]


async def test_batches_are_aligned_with_what_was_asked_for(service: Service, database: Database) -> None:
    token, workspace = await _begun(service)
    kim, lu = await learn(database, workspace, sighting(author("Kim", KIM)), sighting(author("Lu")))
    unknown = str(new_id())
    me = (await service.ask("GET", "/v1/me", token=token)).body["member"]

    contacts = await _batch(service, token, "contacts/by-ids", lu.contact_id, unknown, kim.contact_id, lu.contact_id)
    owners = await _batch(service, token, "contacts/by-profile-ids", kim.profile_id, unknown, lu.profile_id)
    profiles = await _batch(service, token, "profiles/by-ids", unknown, kim.profile_id)
    members = await _batch(service, token, "members/by-ids", unknown, me["id"])

    assert _ids(contacts) == [str(lu.contact_id), None, str(kim.contact_id), str(lu.contact_id)]
    assert _ids(owners) == [str(kim.contact_id), None, str(lu.contact_id)]
    assert _ids(profiles) == [None, str(kim.profile_id)]
    assert members.body == [None, me]
    assert (await _batch(service, token, "contacts/by-ids")).body == []


@pytest.mark.parametrize("body", [{}, {"ids": ["x"]}, {"ids": [str(new_id())] * 201}, {"ids": [], "more": 1}, []])
async def test_a_malformed_batch_is_refused(service: Service, body: object) -> None:
    token = await service.begin("acme")

    assert (await service.ask("POST", "/internal/contacts/by-ids", body, token=token)).status == 422


async def test_pages_of_contacts_run_from_the_newest_and_show_each_once(service: Service, database: Database) -> None:
    token, workspace = await _begun(service)
    for number in range(7):
        await learn(database, workspace, sighting(author(f"P{number}")))

    rest, bare = [], []
    after = cursor = None
    while True:
        told = await service.ask("GET", f"/v1/contacts?limit=3{f'&after={after}' if after else ''}", token=token)
        rest += [each["name"] for each in told.body["items"]]
        after = told.body["next_cursor"]
        page = await service.ask("POST", "/internal/contacts/page", {"limit": 3, "after": cursor}, token=token)
        bare += [each["name"] for each in page.body["items"]]
        cursor = page.body["cursors"][-1]
        assert page.body["has_next"] == (after is not None)
        if after is None:
            break

    assert rest == bare == [f"P{number}" for number in reversed(range(7))]


async def test_a_forged_cursor_is_refused(service: Service) -> None:
    token = await service.begin("acme")

    statuses = [
        (await service.ask("GET", f"{path}after=bm9uc2Vuc2U", token=token)).status
        for path in ("/v1/contacts?", "/v1/members?", "/v1/api-keys?", "/internal/snapshot/profiles?")
    ]

    assert statuses == [400] * 4


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("kim", ["Kim Park", "Kim Lu"]),
        ("KIM  l", ["Kim Lu"]),
        ("@kimmy", ["Kim Park"]),
        ("Kim@Example.com", ["Kim Lu"]),
        ("lu", []),
        ("k_m", []),
        ("%25", []),
    ],
)
async def test_contacts_are_found_by_beginning_or_address(service: Service, database: Database, search: str, found: list[str]) -> None:
    token, workspace = await _begun(service)
    people = [
        replace(author("Kim Lu", unverified=[KIM])),
        Author(network="x", external_id="2", name="Kim Park", handle="Kimmy"),
        author("Ana"),
    ]
    for person in people:
        await learn(database, workspace, sighting(person))

    told = await service.ask("GET", f"/v1/contacts?q={search.replace(' ', '%20')}", token=token)

    assert [each["name"] for each in told.body["items"]] == found


async def test_the_name_comes_from_the_crm_first_and_a_handle_stands_in(service: Service, database: Database) -> None:
    token, workspace = await _begun(service)
    seen = [
        replace(author("x", KIM, network="x"), name=None, handle="kimmy"),
        replace(author("y", KIM, network="y"), name="Kimmy L."),
        replace(author("1", KIM, network="crm"), name="Kim Lu"),
    ]

    names = []
    for minute, person in enumerate(seen):
        await learn(database, workspace, sighting(person, minute=minute))
        names += [each["name"] for each in (await service.ask("GET", "/v1/contacts", token=token)).body["items"]]

    assert names == ["kimmy", "Kimmy L.", "Kim Lu"]


async def test_the_snapshot_tells_every_membership_as_its_event_did(service: Service, database: Database) -> None:
    token, workspace = await _begun(service)
    events = await learn(database, workspace, *(sighting(author(f"P{n}", KIM), minute=n) for n in range(5)))

    first = await service.ask("GET", "/internal/snapshot/profiles?limit=3", token=token)
    rest = await service.ask("GET", f"/internal/snapshot/profiles?limit=3&after={first.body['cursors'][-1]}", token=token)

    told = [*first.body["items"], *rest.body["items"]]
    assert (first.body["has_next"], rest.body["has_next"]) == (True, False)
    assert [each["profile_id"] for each in told] == sorted(str(event.profile_id) for event in events)
    by_id = {str(event.profile_id): event for event in events}
    for each in told:
        event = by_id[each["profile_id"]]
        assert (each["contact_id"], each["version"], each["rule"]) == (str(event.contact_id), 1, event.rule)
    assert (await service.ask("GET", "/internal/snapshot/profiles?limit=0", token=token)).status == 422


async def _begun(service: Service) -> tuple[str, WorkspaceId]:
    token = await service.begin("acme")
    me = await service.ask("GET", "/v1/me", token=token)
    return token, WorkspaceId(UUID(me.body["workspace"]["id"]))


async def _batch(service: Service, token: str, path: str, *ids: object) -> Told:
    return await service.ask("POST", f"/internal/{path}", {"ids": [str(each) for each in ids]}, token=token)


def _ids(told: Told) -> list[str | None]:
    return [each and each["id"] for each in told.body]
