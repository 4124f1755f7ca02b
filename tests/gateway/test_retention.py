"""How long things are kept, and who is held, in GraphQL (W13)."""

from uuid import uuid4

from gateway.relay import global_id
from services.contracts.ids import ContactId
from services.contracts.retention import RetentionAction, RetentionKind, RetentionRule
from services.contracts.views import HoldView
from services.contracts.views.retention import RetentionView
from tests.gateway.conftest import GraphqlClient
from tests.gateway.rows import MORNING
from tests.gateway.simulated import World, problem

RULES = RetentionView(rules=(RetentionRule(kind=RetentionKind.MESSAGES, days=365, action=RetentionAction.ANONYMISE),), version=1, held=2)
SET = "mutation ($input: SetRetentionInput!) { s: setRetention(input: $input) { __typename ... on Problem { message } } }"
HOLD = "mutation ($input: HoldContactInput!) { h: holdContact(input: $input) { ... on ContactHeld { hold { reason } } } }"
RELEASE = "mutation ($input: ReleaseContactInput!) { r: releaseContact(input: $input) { __typename } }"


async def test_w13_rules_are_read_and_set(graphql: GraphqlClient, world: World) -> None:
    faster = problem(409, "retention_changed", "Read the rules again.")
    world.identity.responders["GET", "/v1/retention"] = lambda _: RULES
    world.identity.responders["PUT", "/v1/retention"] = lambda asked: RULES if asked["version"] == 0 else faster
    wanted = [{"rules": [{"kind": "MESSAGES", "days": 365}], "version": version} for version in (0, 7)]

    read = await graphql.ask("{ retention { version held rules { kind days action stakeholder } } }")
    saved, refused = [(await graphql.ask(SET, input=each))["s"] for each in wanted]

    rule = {"kind": "MESSAGES", "days": 365, "action": "ANONYMISE", "stakeholder": None}
    assert read["retention"] == {"version": 1, "held": 2, "rules": [rule]}
    assert saved == {"__typename": "RetentionSaved"}
    assert (refused["__typename"], "Read the rules again." in refused["message"]) == ("Conflict", True)


async def test_w13_a_person_is_held_and_released(graphql: GraphqlClient, world: World) -> None:
    contact = ContactId(uuid4())
    shown, path = global_id("Contact", contact), f"/v1/contacts/{contact}/hold"
    view = HoldView(contact_id=contact, reason="a dispute", set_by=world.member.id, set_at=MORNING)
    nothing = problem(404, "hold_not_found", "There is no hold.")
    world.identity.responders["PUT", path] = lambda _: view
    world.identity.responders["DELETE", path] = lambda _: nothing

    held = await graphql.ask(HOLD, input={"contactId": shown, "reason": "a dispute"})
    gone = await graphql.ask(RELEASE, input={"contactId": shown})

    assert held["h"] == {"hold": {"reason": "a dispute"}}
    assert gone["r"] == {"__typename": "NotFound"}
