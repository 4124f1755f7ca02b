"""People entered by hand (W1, W3): a new one, and one more address, number or account of one who is known; it can be taken back."""

from typing import Any

import pytest

from tests.identity.service import Service, Told

KIM = {"value": "kim@example.com"}


async def entered(service: Service, token: str, body: dict[str, Any], **more: Any) -> Told:
    return await service.ask("POST", "/v1/contacts", body, token=token, **more)


async def test_w1_a_person_is_entered_as_the_account_of_the_first_address(service: Service) -> None:
    token = await service.begin("acme")
    key = [("idempotency-key", "new-1")]

    told = await entered(service, token, {"name": "Kim Lu", "emails": [KIM], "phones": [{"value": "+34600111222"}]}, headers=key)
    again = await entered(service, token, {"name": "Kim Lu", "emails": [KIM], "phones": [{"value": "+34600111222"}]}, headers=key)
    named = await entered(service, token, {"name": "Ann"})

    assert (told.status, told.body["name"], again.body) == (201, "Kim Lu", told.body)
    shown = await service.ask("GET", f"/v1/contacts/{told.body['id']}", token=token)
    (profile,) = shown.body["profiles"]
    assert (profile["network"], profile["external_id"]) == ("email", "kim@example.com")
    assert [each["value"] for each in profile["identifiers"]] == ["kim@example.com", "+34600111222"]
    assert (await service.ask("GET", f"/v1/contacts/{named.body['id']}", token=token)).body["profiles"][0]["network"] == "manual"


async def test_w3_an_address_is_added_to_a_contact_and_can_be_taken_back(service: Service) -> None:
    token = await service.begin("acme")
    kim = (await entered(service, token, {"name": "Kim Lu", "emails": [KIM]})).body
    path = f"/v1/contacts/{kim['id']}"

    added = await service.ask("POST", f"{path}/profiles", {"phones": [{"value": "+34600111222"}]}, token=token)
    again = await service.ask("POST", f"{path}/profiles", {"phones": [{"value": "+34600111222"}]}, token=token)

    assert (added.status, added.body["contact_id"], added.body["linked_by"]) == (201, kim["id"], "merged_by_member")
    assert added.body["explanation"].endswith("Entered as an account of this contact.")
    assert again.body == added.body
    shown = await service.ask("GET", path, token=token)
    assert sorted(each["network"] for each in shown.body["profiles"]) == ["email", "phone"]
    (merge,) = (await service.ask("GET", f"{path}/merges", token=token)).body["items"]
    await service.ask("POST", f"/v1/merges/{merge['id']}/undo", {}, token=token)
    assert len((await service.ask("GET", path, token=token)).body["profiles"]) == 1


async def test_w3_what_is_one_of_several_accounts_of_another_is_not_taken(service: Service) -> None:
    token = await service.begin("acme")
    kim = (await entered(service, token, {"name": "Kim Lu", "emails": [KIM]})).body
    ann = (await entered(service, token, {"name": "Ann"})).body
    await service.ask("POST", f"/v1/contacts/{kim['id']}/profiles", {"network": "x", "external_id": "7", "handle": "kim"}, token=token)

    taken = await service.ask("POST", f"/v1/contacts/{ann['id']}/profiles", {"emails": [KIM], "name": "Not Kim"}, token=token)

    assert (taken.status, taken.body["code"], taken.body["contact_id"]) == (409, "profile_taken", kim["id"])
    assert (await service.ask("GET", f"/v1/contacts/{kim['id']}", token=token)).body["name"] == "Kim Lu"
    stale = await service.ask(
        "POST", f"/v1/contacts/{ann['id']}/profiles", {"phones": [{"value": "+34600111222"}]}, token=token, headers=[("if-match", '"9"')]
    )
    assert stale.status == 412


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "address_needed"),
        ({"network": "x", "name": "Kim"}, "account_needed"),
        ({"external_id": "7"}, "account_needed"),
        ({"emails": [{"value": "kim"}]}, "not_an_email"),
        ({"phones": [{"value": "600"}]}, "malformed"),
    ],
)
async def test_who_cannot_be_told_from_others_is_refused_and_not_written(service: Service, body: dict[str, Any], code: str) -> None:
    token = await service.begin("acme")

    told = await entered(service, token, body)

    assert (told.status, told.body["code"]) == (422, code)
    assert (await service.ask("GET", "/v1/contacts", token=token)).body["items"] == []
    unknown = "/v1/contacts/01a2f7c0-0000-7000-8000-000000000000/profiles"
    assert (await service.ask("POST", unknown, {"emails": [KIM]}, token=token)).status == 404
