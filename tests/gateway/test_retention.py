"""How long things are kept, and who is held, in GraphQL (W13)."""

from uuid import uuid4

from gateway.relay import global_id
from services.contracts.ids import ContactId, RetentionRunId
from services.contracts.retention import RetentionAction, RetentionKind, RetentionRule
from services.contracts.views import HoldView, RemovedView
from services.contracts.views.retention import RetentionDueView, RetentionRunView, RetentionView
from tests.gateway.conftest import GraphqlClient
from tests.gateway.rows import MORNING
from tests.gateway.simulated import World, page, problem

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


async def test_w13_rules_are_tried_in_every_service_and_runs_are_listed(graphql: GraphqlClient, world: World) -> None:
    kinds = {"identity": "dead_letters", "engagement": "messages", "routing": "tasks"}
    parts = {"identity": "", "engagement": "/history", "routing": "/work"}
    for name, what in kinds.items():
        due = RetentionDueView(kind=RetentionKind.MESSAGES, stakeholder=None, what=what, count=3, more=False, contact_ids=())
        path = f"/v1/retention/preview{parts[name]}"
        getattr(world, name).responders["GET", path] = lambda _, due=due: {"items": [due], "next_cursor": None}
    gone = (RemovedView(kind="messages", count=3),)
    run = RetentionRunView(
        id=RetentionRunId(uuid4()),
        service="engagement",
        kind=RetentionKind.MESSAGES,
        version=1,
        began_at=MORNING,
        ended_at=MORNING,
        removed=gone,
    )
    world.identity.responders["POST", "/internal/retention-runs/page"] = lambda asked: page([run], asked)
    rules = "[{kind: MESSAGES, days: 365}, {kind: PEOPLE, days: 730, stakeholder: PRESS}]"

    tried = await graphql.ask(f"{{ retentionPreview(rules: {rules}) {{ kind what count more }} }}")
    runs = await graphql.ask("{ retentionRuns { nodes { service kind removed { kind count } } } }")

    asked = [call.path for call in world.calls if "preview" in call.path]
    assert len(asked) == 3
    assert {each.partition("?")[2] for each in asked} == {"rule=messages%3A365&rule=people%3A730%3Apress"}
    told = {"kind": "MESSAGES", "count": 3, "more": False}
    assert tried["retentionPreview"] == [{**told, "what": what} for what in kinds.values()]
    assert runs["retentionRuns"]["nodes"] == [{"service": "engagement", "kind": "MESSAGES", "removed": [{"kind": "messages", "count": 3}]}]


async def test_w13_a_contact_shows_its_hold(graphql: GraphqlClient, world: World) -> None:
    held, free = world.add_contact(), world.add_contact()
    view = HoldView(contact_id=held.id, reason="a dispute", set_by=world.member.id, set_at=MORNING)
    world.identity.responders["POST", "/internal/holds/by-contact-ids"] = lambda asked: [
        view if each == str(held.id) else None for each in asked["ids"]
    ]

    shown = await graphql.ask("{ contacts { nodes { id hold { reason } } } }")

    found = {each["id"]: each["hold"] for each in shown["contacts"]["nodes"]}
    assert found == {global_id("Contact", held.id): {"reason": "a dispute"}, global_id("Contact", free.id): None}
