"""Follows, likes and reviews with their dates (E1, W2): an ended one ends, in any order; who only did that is a contact (W1)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from services.contracts.envelope import Header
from services.contracts.events import InteractionReceived
from services.contracts.ids import ChannelId, ConversationId, InteractionId, ProfileId, WorkspaceId
from services.contracts.interaction import Author, NeutralEvent, Parent, Venue
from services.contracts.vocabulary import Direction, Kind
from services.identity.subscribers import PeopleSeen
from services.kit.bus import Received
from services.kit.clock import FixedClock
from services.kit.db import Database
from services.kit.ids import new_id
from tests.identity.people import DEPLOYMENT_KEY, NOON, author, groups, known_people, new_workspace
from tests.identity.service import Service

PAGE = Venue(network="Instagram", external_id="page", title="Acme", url="https://insta.example/acme")


def at(minute: int) -> datetime:
    return NOON + timedelta(minutes=minute)


def did(workspace: WorkspaceId, kind: Kind, *, minute: int = 0, who: Author | None = None, **more: Any) -> Received:
    event = NeutralEvent(
        id=str(new_id()), occurred_at=at(minute), kind=kind, author=who or author("Kim", network="instagram"), venue=PAGE, **more
    )
    interaction = InteractionReceived(
        interaction_id=InteractionId(new_id()),
        profile_id=ProfileId(new_id()),
        channel_id=ChannelId(new_id()),
        conversation_id=ConversationId(new_id()),
        event=event,
        received_at=NOON,
    )
    header = Header(
        id=f"engagement-{new_id()}",
        type=interaction.type,
        version=1,
        workspace=workspace,
        time=NOON,
        subject=interaction.aggregate(),
        sequence=1,
    )
    return Received(header, interaction)


def people(database: Database) -> PeopleSeen:
    return PeopleSeen(database, deployment_key=DEPLOYMENT_KEY, clock=FixedClock(NOON), wake=lambda: None)


async def relations(database: Database, workspace: WorkspaceId) -> list[Mapping[str, Any]]:
    async with database.transaction(workspace) as connection:
        rows = await connection.fetch("SELECT * FROM profile_relation ORDER BY profile_id, kind, target_key")
    return [dict(row) for row in rows]


async def test_w1_who_only_followed_liked_reviewed_or_was_mentioned_is_a_contact(database: Database) -> None:
    workspace = new_workspace()
    names = ("Follows", "Likes", "Reviews", "Comments", "Mentioned", "Leaves")
    followed, liked, reviewed, commented, mentioned, left = [author(name, network="instagram") for name in names]

    await people(database).learn(
        workspace,
        [
            did(workspace, Kind.FOLLOW, who=followed),
            did(workspace, Kind.REACTION, who=liked, in_reply_to=Parent(external_id="post")),
            did(workspace, Kind.REVIEW, who=reviewed, rating=5.0),
            did(workspace, Kind.COMMENT, who=commented, text="hi", mentions=(mentioned,)),
            did(workspace, Kind.UNFOLLOW, who=left),
        ],
    )

    assert (await known_people(database, workspace)).groups == groups(*(name.lower() for name in names))
    kept = await relations(database, workspace)
    assert {(row["kind"], row["item"], row["began_at"], row["ended_at"]) for row in kept} == {
        ("follows", None, NOON, None),
        ("follows", None, None, NOON),
        ("likes", "post", NOON, None),
        ("reviewed", None, NOON, None),
    }


DAY = [(Kind.FOLLOW, 0), (Kind.UNFOLLOW, 5), (Kind.FOLLOW, 7), (Kind.UNFOLLOW, 9)]


@pytest.mark.parametrize("count", [1, 2, 3, 4])
async def test_e1_a_follow_that_ended_ends_whatever_the_order_and_twice(database: Database, count: int) -> None:
    seen = set()
    for order in list(permutations(DAY[:count]))[:6]:
        workspace = new_workspace()
        events = [did(workspace, kind, minute=minute) for kind, minute in order]
        for event in [*events, *events]:
            await people(database).learn(workspace, [event])
        (row,) = await relations(database, workspace)
        seen.add((row["first_at"], row["began_at"], row["ended_at"], row["changed_at"]))
        await people(database).learn(workspace, events)
        assert [dict(each) for each in await relations(database, workspace)] == [row]

    began, ended = at(0 if count < 3 else 7), {1: None, 2: at(5), 3: at(5), 4: at(9)}[count]
    assert seen == {(NOON, began, ended, at(DAY[count - 1][1]))}


async def test_e1_likes_of_two_posts_are_two_and_ours_are_none(database: Database) -> None:
    workspace = new_workspace()
    one, two = Parent(external_id="1"), Parent(external_id="2")

    await people(database).learn(
        workspace,
        [
            did(workspace, Kind.REACTION, in_reply_to=one),
            did(workspace, Kind.REACTION, in_reply_to=two),
            did(workspace, Kind.UNREACTION, in_reply_to=one, minute=1),
            did(workspace, Kind.REACTION, in_reply_to=two, direction=Direction.OUTBOUND),
            did(workspace, Kind.COMMENT, text="x"),
        ],
    )

    assert {(row["item"], row["ended_at"]) for row in await relations(database, workspace)} == {("1", at(1)), ("2", None)}


async def test_w2_a_contact_shows_its_relations_with_their_dates(service: Service, database: Database) -> None:
    token = await service.begin("acme")
    me = await service.ask("GET", "/v1/me", token=token)
    workspace = WorkspaceId(UUID(me.body["workspace"]["id"]))
    await people(database).learn(
        workspace,
        [
            did(workspace, Kind.FOLLOW),
            did(workspace, Kind.UNFOLLOW, minute=2),
            did(workspace, Kind.REACTION, minute=3, in_reply_to=Parent(external_id="post")),
        ],
    )
    (contact,) = (await service.ask("GET", "/v1/contacts", token=token)).body["items"]

    told = await service.ask("GET", f"/v1/contacts/{contact['id']}/relations", token=token)
    batch = await service.ask("POST", "/internal/relations/by-contact-ids", {"ids": [contact["id"]]}, token=token)

    shown = [(each["kind"], each["item"], each["since"] is not None, each["until"] is not None) for each in told.body["items"]]
    assert shown == [("likes", "post", True, False), ("follows", None, True, True)]
    assert (told.body["items"][1]["title"], told.body["items"][1]["network"]) == ("Acme", "instagram")
    assert len(batch.body[0]) == 2
    assert (await service.ask("GET", f"/v1/contacts/{contact['id']}", token=token)).headers["etag"] == f'"{contact["version"]}"'
