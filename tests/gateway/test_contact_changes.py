"""contactChanged: who is told of which change of whom."""

from typing import Any
from uuid import uuid4

from gateway.relay import global_id
from services.contracts.events import ContactMerged, ContactSplit, ProfileAssigned, ProfileKindsChanged
from services.contracts.ids import ContactId, MergeId, ProfileId
from tests.gateway.simulated import World
from tests.gateway.subscribing import Socket, subscriptions

CHANGED = """subscription($id: ID) { contactChanged(contactId: $id) {
  ... on ContactChange { eventId change contact { id } } ... on Resync { reason } } }"""


async def heard(socket: Socket) -> tuple[str, Any]:
    """Which subscription has an item, and the item."""
    message = await socket.take()
    assert message["type"] == "next", message
    return message["id"], message["payload"]["data"]["contactChanged"]


async def test_people_who_change_are_told_narrowed_to_one_or_not(address: str, member: Socket, world: World) -> None:
    ours, other = world.add_contact().id, world.add_contact().id
    profile, merge = ProfileId(uuid4()), MergeId(uuid4())
    await member.subscribe(CHANGED, id_="one", id=global_id("Contact", ours))
    await member.subscribe(CHANGED, id_="all")
    await subscriptions(address, count=2)
    events = (
        ProfileAssigned(profile_id=profile, contact_id=other, version=1, rule="own"),
        ProfileAssigned(profile_id=profile, contact_id=ours, version=2, rule="merge", previous_contact_id=other),
        ContactMerged(merge_id=merge, survivor_id=other, absorbed_id=ours, profile_ids=(profile,), version=2),
        ContactSplit(merge_id=merge, survivor_id=other, restored_id=ours, profile_ids=(profile,), version=3),
        ProfileKindsChanged(profile_id=profile, kinds=(), version=1, contact_id=ours),
        ProfileKindsChanged(profile_id=profile, kinds=(), version=2, contact_id=ContactId(other)),
    )
    told: dict[str, list[tuple[str, str]]] = {"one": [], "all": []}
    for number, (event, listeners) in enumerate(zip(events, (1, 2, 2, 2, 2, 1), strict=True)):
        world.bus.publish(event, workspace=world.workspace.id, id_=f"e{number}")
        for _ in range(listeners):
            name, item = await heard(member)
            assert item["eventId"] == f"e{number}"
            told[name].append((item["change"], item["contact"]["id"]))

    us, them = global_id("Contact", ours), global_id("Contact", other)
    assert told["one"] == [("profiles", us), ("merge", them), ("split", them), ("kinds", us)]
    assert told["all"] == [("profiles", them), *told["one"], ("kinds", them)]
    world.bus.reconnect()
    assert "reason" in (await heard(member))[1]
