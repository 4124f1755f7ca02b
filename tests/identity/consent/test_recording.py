"""Consent as members record it and people say it: history, proof, order, events (W9)."""

import asyncio
from datetime import timedelta
from itertools import permutations
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from services.contracts.consent import ConsentWord
from services.contracts.envelope import Header
from services.contracts.events import ConsentChanged
from services.contracts.ids import ProfileId, WorkspaceId
from services.contracts.vocabulary import ConsentSource, ConsentState, Role
from services.identity.consent.errors import TooManyWordsError
from services.identity.consent.hearing import candidates, hear
from services.identity.consent.showing import snapshot_words
from services.identity.consent.words import WORDS_LIMIT, Said, record_words
from services.identity.subscribers import ConsentHeard
from services.kit.bus import Received
from services.kit.clock import FixedClock
from services.kit.db import Database
from services.kit.ids import new_id
from tests.identity.consent.said import message, person, record
from tests.identity.people import new_workspace
from tests.identity.service import NOW, Service


async def counting(database: Database, workspace: WorkspaceId) -> dict[UUID, set[ConsentWord]]:
    async with database.transaction(workspace) as connection:
        told = await snapshot_words(connection, workspace, after=None, limit=100)
    return {each.profile_id: set(each.words) for each in told}


async def test_w9_a_word_is_kept_with_its_proof_and_counts_until_a_later_one(service: Service) -> None:
    token = await service.begin("acme")
    contact = (await person(service, token))["contact_id"]
    interaction = str(new_id())

    granted = await record(service, token, contact, wording="May we send you offers?", interaction_id=interaction, network="telegram")
    service.clock.advance(timedelta(minutes=1))
    withdrawn = await record(service, token, contact, state="withdrawn", how="wrote so", network="telegram")
    shown = await service.ask("GET", f"/v1/contacts/{contact}/consent", token=token)
    history = await service.ask("GET", f"/v1/contacts/{contact}/consent/history?limit=1", token=token)
    earlier = await service.ask("GET", f"/v1/contacts/{contact}/consent/history?limit=1&after={history.body['next_cursor']}", token=token)

    assert (granted.status, withdrawn.status) == (201, 201)
    assert [(each["purpose"], each["network"], each["state"]) for each in shown.body["consent"]] == [("marketing", "telegram", "withdrawn")]
    assert [each["state"] for each in history.body["items"]] == ["withdrawn"]
    (first,) = earlier.body["items"]
    proof = {name: first[name] for name in ("state", "how", "wording", "interaction_id", "source")}
    assert proof == {
        "state": "granted",
        "how": "said so on the phone",
        "wording": "May we send you offers?",
        "interaction_id": interaction,
        "source": "member",
    }
    assert first["recorded_by"] is not None


async def test_w9_a_word_of_the_past_never_overrides_a_later_one(service: Service) -> None:
    token = await service.begin("acme")
    contact = (await person(service, token))["contact_id"]
    await record(service, token, contact, state="denied")

    told = await record(service, token, contact, state="granted", at=(NOW - timedelta(days=1)).isoformat())

    assert [each["state"] for each in told.body["consent"]] == ["denied"]
    history = await service.ask("GET", f"/v1/contacts/{contact}/consent/history", token=token)
    assert [each["state"] for each in history.body["items"]] == ["denied", "granted"]


async def test_w9_do_not_contact_is_set_with_a_reason_and_lifted(service: Service) -> None:
    token = await service.begin("acme")
    contact = (await person(service, token))["contact_id"]

    was_set = await service.ask("POST", f"/v1/contacts/{contact}/do-not-contact", {"reason": "asked by letter"}, token=token)
    service.clock.advance(timedelta(seconds=1))
    lifted = await service.ask("POST", f"/v1/contacts/{contact}/do-not-contact/lift", {"reason": "asked us to write"}, token=token)

    assert [(each["how"], each["network"], each["state"]) for each in was_set.body["do_not_contact"]] == [
        ("asked by letter", None, "denied")
    ]
    assert lifted.body == {"consent": [], "do_not_contact": []}


async def test_w9_a_wider_word_lifts_the_narrower_ones_before_it_and_no_later_one(service: Service) -> None:
    token = await service.begin("acme")
    contact = (await person(service, token))["contact_id"]
    path = f"/v1/contacts/{contact}/do-not-contact"

    await service.ask("POST", path, {"reason": "no mail", "network": "email"}, token=token)
    service.clock.advance(timedelta(seconds=1))
    lifted = await service.ask("POST", f"{path}/lift", {"reason": "write again, anywhere"}, token=token)
    service.clock.advance(timedelta(seconds=1))
    anew = await service.ask("POST", path, {"reason": "no mail, really", "network": "email"}, token=token)

    assert lifted.body["do_not_contact"] == []
    assert [(each["how"], each["network"]) for each in anew.body["do_not_contact"]] == [("no mail, really", "email")]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"purpose": "hunting"}, "purpose_unknown"),
        ({"purpose": "contact"}, "purpose_unknown"),
        ({"at": (NOW + timedelta(hours=1)).isoformat()}, "said_in_future"),
        ({"profile_id": str(UUID(int=7))}, "profile_not_found"),
        ({"state": "perhaps"}, "malformed"),
        ({"how": " "}, "malformed"),
        ({"network": "tele gram"}, "malformed"),
    ],
)
async def test_w9_what_makes_no_sense_is_refused_and_nothing_is_written(service: Service, body: dict[str, object], code: str) -> None:
    token = await service.begin("acme")
    contact = (await person(service, token))["contact_id"]

    refused = await record(service, token, contact, **body)

    assert (refused.status, refused.body["code"]) == (404 if code == "profile_not_found" else 422, code)
    history = await service.ask("GET", f"/v1/contacts/{contact}/consent/history", token=token)
    assert history.body["items"] == []


async def test_w9_another_workspace_s_contact_has_no_consent_to_see_or_set(service: Service) -> None:
    contact = (await person(service, await service.begin("acme")))["contact_id"]
    other = await service.begin("bolt")

    for told in (
        await record(service, other, contact),
        await service.ask("GET", f"/v1/contacts/{contact}/consent", token=other),
        await service.ask("POST", f"/v1/contacts/{contact}/do-not-contact", {"reason": "x"}, token=other),
        await service.ask("PUT", f"/v1/contacts/{contact}/preference-link", token=other),
    ):
        assert (told.status, told.body["code"]) == (404, "contact_not_found")


async def test_w9_purposes_and_keywords_are_the_workspace_s_own(service: Service) -> None:
    token = await service.begin("acme")
    brought = (await service.ask("GET", "/v1/consent-settings", token=token)).body
    assert [(each["key"], each["needs_grant"]) for each in brought["purposes"]] == [
        ("service", False),
        ("marketing", True),
        ("research", False),
    ]
    wanted = {
        "purposes": [{"key": "service", "needs_grant": False}, {"key": "events", "needs_grant": True, "titles": {"en": "Invitations"}}],
        "opt_out": ["GENUG"],
        "opt_in": ["GERNE"],
        "version": 0,
    }

    saved = await service.ask("PUT", "/v1/consent-settings", wanted, token=token)
    late = await service.ask("PUT", "/v1/consent-settings", wanted, token=token)

    assert (saved.status, saved.body["version"]) == (200, 1)
    assert (late.status, late.body["code"]) == (409, "consent_settings_changed")
    contact = (await person(service, token))["contact_id"]
    assert (await record(service, token, contact, purpose="events")).status == 201
    assert (await record(service, token, contact, purpose="marketing")).status == 422


@pytest.mark.parametrize(
    "change",
    [
        {"purposes": [{"key": "events", "needs_grant": True}]},
        {"purposes": [{"key": "service", "needs_grant": False}, {"key": "contact", "needs_grant": True}]},
        {"opt_in": ["stop"]},
        {"opt_out": ["!!"]},
    ],
)
async def test_w9_settings_that_contradict_themselves_are_refused(service: Service, change: dict[str, object]) -> None:
    token = await service.begin("acme")
    wanted = {"purposes": [{"key": "service", "needs_grant": False}], "opt_out": ["STOP"], "opt_in": ["START"], "version": 0, **change}
    refused = await service.ask("PUT", "/v1/consent-settings", wanted, token=token)
    assert (refused.status, refused.body["code"]) == (422, "consent_settings")
    await service.add_member("acme", "ana", Role.AGENT)
    assert (await service.ask("PUT", "/v1/consent-settings", wanted, token=await service.token("acme", "ana"))).status == 403


async def test_w9_a_keyword_is_heard_once_and_is_its_own_proof(database: Database) -> None:
    workspace = new_workspace()
    said = message("Stop!")
    told: list[ConsentChanged] = []
    for _ in range(2):
        async with database.transaction(workspace) as connection:
            told += await hear(connection, workspace, candidates([said]), now=NOW)

    assert [(each.version, [(word.purpose, word.network, word.state) for word in each.words]) for each in told] == [
        (1, [("marketing", "telegram", ConsentState.WITHDRAWN)])
    ]
    async with database.transaction(workspace) as connection:
        rows = await connection.fetch("SELECT interaction_id, source, wording FROM consent_record")
    assert [tuple(row) for row in rows] == [(said.interaction_id, "keyword", "Stop!")]


async def test_w9_keywords_in_any_order_leave_the_latest(database: Database) -> None:
    profile = new_id()
    said = [message(text, profile=profile, at=NOW - timedelta(days=days)) for days, text in ((3, "STOP"), (2, "START"), (1, "BAJA"))]
    for order in permutations(said):
        workspace = new_workspace()
        for each in order:
            async with database.transaction(workspace) as connection:
                await hear(connection, workspace, [each], now=NOW)
        ((word,),) = (await counting(database, workspace)).values()
        assert (word.state, word.at) == (ConsentState.WITHDRAWN, NOW - timedelta(days=1))


PROFILES = [ProfileId(UUID(int=number)) for number in (1, 2)]
said_words = st.builds(
    Said,
    profile=st.sampled_from(PROFILES),
    purpose=st.sampled_from(["marketing", "contact"]),
    state=st.sampled_from(ConsentState),
    at=st.integers(0, 3).map(lambda hours: NOW - timedelta(hours=hours)),
    source=st.just(ConsentSource.IMPORT),
    network=st.sampled_from(["", "telegram"]),
)


@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(said_words, min_size=1, max_size=6), data=st.data())
async def test_w9_any_order_and_any_batches_of_words_count_the_same(database: Database, said: list[Said], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(said))
    cut = data.draw(st.integers(0, len(said)))
    one, other = new_workspace(), new_workspace()
    async with database.transaction(one) as connection:
        await record_words(connection, one, said, now=NOW)
    for part in (shuffled[:cut], shuffled[cut:]):
        async with database.transaction(other) as connection:
            await record_words(connection, other, part, now=NOW)
    assert await counting(database, one) == await counting(database, other)


async def test_w9_two_at_once_both_count(database: Database) -> None:
    workspace, profile = new_workspace(), ProfileId(new_id())

    async def say(network: str) -> list[ConsentChanged]:
        async with database.transaction(workspace) as connection:
            said = Said(profile=profile, purpose="marketing", state=ConsentState.GRANTED, at=NOW, source=ConsentSource.API, network=network)
            return await record_words(connection, workspace, [said], now=NOW)

    told = [event for events in await asyncio.gather(*(say(network) for network in ("a", "b", "c"))) for event in events]

    last = max(told, key=lambda event: event.version)
    assert (sorted(event.version for event in told), {word.network for word in last.words}) == ([1, 2, 3], {"a", "b", "c"})


async def test_w9_stop_is_heard_on_every_channel_and_again_changes_nothing(database: Database) -> None:
    workspace, woken = new_workspace(), [0]

    def wake() -> None:
        woken[0] += 1

    listener = ConsentHeard(database, clock=FixedClock(NOW), wake=wake)
    told = [message("STOP", network=network) for network in ("telegram", "email", "whatsapp", "webchat", "shop")]
    header = Header(id="1", type="", version=1, workspace=workspace, time=NOW, subject="", sequence=1)
    batch = [Received(header, each) for each in [*told, message("Where is my lamp?")]]
    for _ in range(2):
        await listener.hear(workspace, batch)

    words = [word for of_profile in (await counting(database, workspace)).values() for word in of_profile]
    assert {(word.network, word.purpose, word.state) for word in words} == {
        (each.event.author.network, "marketing", ConsentState.WITHDRAWN) for each in told
    }
    assert woken == [1]


async def test_w9_who_says_no_is_heard_however_much_was_said_before(database: Database) -> None:
    """The limit of words keeps out permissions only."""
    workspace, profile = new_workspace(), ProfileId(new_id())

    def said(state: ConsentState, *purposes: str) -> list[Said]:
        return [Said(profile=profile, purpose=each, state=state, at=NOW, source=ConsentSource.MEMBER) for each in purposes]

    async with database.transaction(workspace) as connection:
        await record_words(connection, workspace, said(ConsentState.GRANTED, *(f"p{each}" for each in range(WORDS_LIMIT))), now=NOW)
    with pytest.raises(TooManyWordsError):
        async with database.transaction(workspace) as connection:
            await record_words(connection, workspace, said(ConsentState.GRANTED, "more"), now=NOW)

    async with database.transaction(workspace) as connection:
        (event,) = await record_words(connection, workspace, said(ConsentState.WITHDRAWN, "do_not_contact"), now=NOW)

    assert len(event.words) == WORDS_LIMIT + 1
