"""What people let us do, in GraphQL: read in one call however many contacts, recorded with its proof, refused with what is allowed (W9)."""

from uuid import uuid4

import pytest

from gateway.relay import global_id
from services.contracts.consent import CONTACT, DEFAULT_PURPOSES, MARKETING
from services.contracts.ids import ProfileId
from services.contracts.views.consent import ConsentSettingsView, ConsentView, PreferenceLinkView
from services.contracts.vocabulary import ConsentSource, ConsentState
from tests.gateway.conftest import GraphqlClient
from tests.gateway.rows import MORNING
from tests.gateway.simulated import World, answer, page, problem

PEOPLE = """{ contacts(first: 100) { nodes { consent { purpose network state how recordedBy { name } } doNotContact { how } } } }"""
SETTINGS = ConsentSettingsView(purposes=DEFAULT_PURPOSES, opt_out=("STOP",), opt_in=("START",), version=0)


def word(world: World, purpose: str, state: ConsentState) -> ConsentView:
    return ConsentView(
        id=uuid4(),
        profile_id=ProfileId(uuid4()),
        purpose=purpose,
        network="telegram",
        channel_id=None,
        state=state,
        at=MORNING,
        recorded_at=MORNING,
        source=ConsentSource.MEMBER,
        how="said so",
        wording="",
        interaction_id=None,
        recorded_by=world.member.id,
    )


@pytest.mark.parametrize("people", [1, 10])
async def test_w9_consent_of_people_costs_one_call(graphql: GraphqlClient, world: World, people: int) -> None:
    for _ in range(people):
        world.add_contact()
    said = [word(world, MARKETING, ConsentState.GRANTED), word(world, CONTACT, ConsentState.DENIED)]
    world.identity.responders["POST", "/internal/consent/by-contact-ids"] = lambda asked: [said for _ in asked["ids"]]

    data = await graphql.ask(PEOPLE)

    assert (
        data["contacts"]["nodes"]
        == [
            {
                "consent": [
                    {"purpose": "marketing", "network": "telegram", "state": "GRANTED", "how": "said so", "recordedBy": {"name": "Sol"}}
                ],
                "doNotContact": [{"how": "said so"}],
            }
        ]
        * people
    )
    calls = ["identity POST /internal/consent/by-contact-ids", "identity POST /internal/contacts/page"]
    assert sorted(world.asked()) == sorted([*calls, "identity POST /internal/members/by-ids"])


async def test_w9_history_and_settings_are_shown(graphql: GraphqlClient, world: World) -> None:
    contact, _ = world.add_contact(), world.add_contact()
    said = [word(world, MARKETING, state) for state in (ConsentState.WITHDRAWN, ConsentState.GRANTED)]
    world.identity.responders["POST", "/internal/consent/history-by-contact-ids"] = lambda asked: [page(said, asked) for _ in asked["ids"]]
    world.identity.responders["GET", "/v1/consent-settings"] = lambda _: SETTINGS
    query = """query($id: ID!) { contact(id: $id) { consentHistory(first: 5) { nodes { state source } } }
      contacts { nodes { consentHistory(first: 5) { nodes { state } } } }
      consentSettings { purposes { key needsGrant titles { language title } } optOut version } }"""

    data = await graphql.ask(query, id=global_id("Contact", contact.id))

    assert world.asked().count("identity POST /internal/consent/history-by-contact-ids") == 1
    assert [each["state"] for each in data["contact"]["consentHistory"]["nodes"]] == ["WITHDRAWN", "GRANTED"]
    assert [each["key"] for each in data["consentSettings"]["purposes"]] == ["service", "marketing", "research"]
    assert data["consentSettings"]["purposes"][1]["titles"][0] == {"language": "de", "title": "Angebote und Neuigkeiten"}


async def test_w9_what_is_recorded_goes_to_identity(graphql: GraphqlClient, world: World) -> None:
    contact = world.add_contact()
    path = f"/v1/contacts/{contact.id}"
    link = PreferenceLinkView(profile_id=ProfileId(uuid4()), url="https://rapport.example/preferences/x", expires_at=MORNING)
    for route in (f"{path}/consent", f"{path}/do-not-contact", f"{path}/do-not-contact/lift"):
        world.identity.responders["POST", route] = lambda _: answer({}, status=201)
    world.identity.responders["PUT", f"{path}/preference-link"] = lambda _: link
    world.identity.responders["DELETE", f"{path}/preference-link"] = lambda _: answer(None, status=204)
    world.identity.responders["PUT", "/v1/consent-settings"] = lambda _: SETTINGS
    query = """mutation($id: ID!) {
      a: recordConsent(input: {contactId: $id, purpose: "marketing", state: GRANTED, how: "by phone"}) {
        ... on ContactChanged { contact { name } } }
      b: setDoNotContact(input: {contactId: $id, doNotContact: true, reason: "asked"}) { ... on ContactChanged { contact { name } } }
      c: setDoNotContact(input: {contactId: $id, doNotContact: false, reason: "asked"}) { ... on ContactChanged { contact { name } } }
      d: preferenceLink(input: {contactId: $id}) { ... on PreferenceLink { url } }
      e: revokePreferenceLinks(input: {contactId: $id}) { ... on ContactChanged { contact { name } } }
      f: setConsentSettings(input: {purposes: [{key: "service", needsGrant: false}], optOut: [], optIn: [], version: 0}) {
        ... on ConsentSettingsSaved { settings { version } } } }"""

    data = await graphql.ask(query, id=global_id("Contact", contact.id))

    assert [data[each] for each in "abce"] == [{"contact": {"name": contact.name}}] * 4
    assert data["d"] == {"url": link.url}
    assert data["f"] == {"settings": {"version": 0}}


async def test_w9_a_refused_beginning_says_why_and_what_is_allowed(graphql: GraphqlClient, world: World) -> None:
    contact = world.add_contact()
    profile = world.profiles[contact.id][0]
    refused = problem(422, "consent_refused", "They have not agreed.", because="not_granted", allowed=["answering what they write"])
    world.engagement.responders["POST", "/v1/conversations"] = lambda _: refused
    query = """mutation($input: BeginConversationInput!) { beginConversation(input: $input) {
      ... on ConsentRefused { code because allowed message } } }"""
    wanted = {
        "channelId": global_id("Channel", uuid4()),
        "profileId": global_id("Profile", profile.id),
        "text": "News",
        "purpose": "marketing",
    }

    data = await graphql.ask(query, input=wanted)

    told = data["beginConversation"]
    assert (told["code"], told["because"], told["allowed"]) == ("CONSENT_REFUSED", "not_granted", ["answering what they write"])
