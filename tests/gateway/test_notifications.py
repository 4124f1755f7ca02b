"""Notifications in GraphQL: the caller's own, read, set, and told as they happen."""

from uuid import uuid4

from gateway.relay import global_id
from services.contracts.events import NotificationAdded
from services.contracts.ids import MemberId, NotificationId
from services.contracts.views.notifications import NotificationMeansView, NotificationSettingsView, NotificationView
from services.contracts.vocabulary import DigestEvery, NotificationKind
from tests.gateway.conftest import GraphqlClient
from tests.gateway.rows import MORNING
from tests.gateway.simulated import World, page, problem
from tests.gateway.subscribing import Socket, subscriptions

LIST = """query($unread: Boolean!) { notifications(first: 5, unread: $unread) { nodes { kind count reason readAt
  conversation { platform } channel { name } } } unreadNotifications { unread more } }"""
READ = """mutation($input: MarkNotificationsReadInput!) { markNotificationsRead(input: $input) {
  ... on NotificationsMarkedRead { unread { unread more } } ... on Problem { code message } } }"""
SET = """mutation($input: SetNotificationSettingsInput!) { setNotificationSettings(input: $input) {
  ... on NotificationSettingsSet { settings { timeZone digest version kinds { kind app email } } } ... on Problem { code } } }"""
CHAT = """mutation($input: SetNotificationChatInput!) { setNotificationChat(input: $input) {
  ... on NotificationChatSet { secret } ... on Problem { code } } }"""
ADDED = """subscription { notificationAdded { __typename
  ... on NotificationAdded { eventId kind notification { kind count } } ... on Resync { reason } } }"""


def notification(world: World) -> NotificationView:
    contact = world.add_contact()
    shown = NotificationView(
        id=NotificationId(uuid4()),
        kind=NotificationKind.OVERDUE,
        matter=uuid4(),
        conversation_id=world.conversation_of(contact).id,
        channel_id=None,
        reason="",
        count=3,
        created_at=MORNING,
        changed_at=MORNING,
        read_at=None,
    )
    world.engagement.responders["POST", "/internal/notifications/page"] = lambda asked: page([shown], asked)
    world.engagement.responders["POST", "/internal/notifications/by-ids"] = lambda asked: [
        shown if each == str(shown.id) else None for each in asked["ids"]
    ]
    world.engagement.responders["GET", "/v1/notifications/unread"] = lambda _: {"unread": 1, "more": False}
    return shown


def settings_view(version: int) -> NotificationSettingsView:
    return NotificationSettingsView(
        kinds=(NotificationMeansView(kind=NotificationKind.OVERDUE, app=True, email=False, chat=False, digest=False),),
        time_zone="Europe/Madrid",
        quiet_from=None,
        quiet_until=None,
        digest=DigestEvery.HOUR,
        digest_at=480,
        has_chat=False,
        email_possible=True,
        trouble="",
        version=version,
    )


async def test_notifications_are_listed_with_what_they_are_about(graphql: GraphqlClient, world: World) -> None:
    shown = notification(world)
    data = await graphql.ask(LIST, unread=True)
    assert data == {
        "notifications": {
            "nodes": [
                {"kind": "OVERDUE", "count": 3, "reason": "", "readAt": None, "conversation": {"platform": "telegram"}, "channel": None}
            ]
        },
        "unreadNotifications": {"unread": 1, "more": False},
    }
    call = next(call for call in world.calls if call.path == "/internal/notifications/page")
    assert call.payload() == {"limit": 5, "after": None, "unread": True}
    found = await graphql.ask("query($id: ID!) { node(id: $id) { ... on Notification { count } } }", id=global_id("Notification", shown.id))
    assert found == {"node": {"count": 3}}


async def test_notifications_are_marked_as_read(graphql: GraphqlClient, world: World) -> None:
    shown = notification(world)
    world.engagement.responders["POST", "/v1/notifications/read"] = lambda _: {"unread": 0, "more": False}
    named = await graphql.ask(READ, input={"ids": [global_id("Notification", shown.id)]})
    assert named == {"markNotificationsRead": {"unread": {"unread": 0, "more": False}}}
    call = next(call for call in world.calls if call.path == "/v1/notifications/read")
    assert call.payload() == {"ids": [str(shown.id)], "until": None}
    other = await graphql.ask(READ, input={"ids": [global_id("Task", shown.id)]})
    assert other["markNotificationsRead"]["code"] == "BAD_USER_INPUT"
    many = await graphql.ask(READ, input={"ids": [global_id("Notification", shown.id)] * 101})
    assert many["markNotificationsRead"]["code"] == "BAD_USER_INPUT"


async def test_settings_are_changed_and_a_stale_version_is_a_conflict(graphql: GraphqlClient, world: World) -> None:
    world.engagement.responders["PATCH", "/v1/notification-settings"] = lambda asked: (
        settings_view(1) if asked["version"] == 0 else problem(409, "version_conflict", "Read again.")
    )
    wanted = {"version": 0, "timeZone": "Europe/Madrid", "digest": "HOUR", "kinds": [{"kind": "OVERDUE", "app": True}]}
    data = await graphql.ask(SET, input=wanted)
    assert data["setNotificationSettings"]["settings"] == {
        "timeZone": "Europe/Madrid",
        "digest": "HOUR",
        "version": 1,
        "kinds": [{"kind": "OVERDUE", "app": True, "email": False}],
    }
    assert (await graphql.ask(SET, input={**wanted, "version": 7}))["setNotificationSettings"] == {"code": "VERSION_CONFLICT"}


async def test_a_chat_is_set_and_ended(graphql: GraphqlClient, world: World) -> None:
    world.engagement.responders["PUT", "/v1/notification-settings/room/chat"] = lambda _: {"secret": "whsec_x"}
    world.engagement.responders["DELETE", "/v1/notification-settings/chat"] = lambda _: None
    made = await graphql.ask(CHAT, input={"url": "https://chat.example/hook", "room": True})
    assert made == {"setNotificationChat": {"secret": "whsec_x"}}
    assert await graphql.ask(CHAT, input={"url": None}) == {"setNotificationChat": {"secret": None}}


async def test_only_the_members_own_notifications_are_told(address: str, member: Socket, world: World) -> None:
    shown = notification(world)
    await member.subscribe(ADDED)
    await subscriptions(address, count=1)
    for whose in (MemberId(uuid4()), world.member.id):
        event = NotificationAdded(notification_id=shown.id, member_id=whose, kind=shown.kind, at=MORNING)
        world.bus.publish(event, workspace=world.workspace.id, id_=f"to-{whose}")
    told = (await member.take())["payload"]["data"]["notificationAdded"]
    assert told == {
        "__typename": "NotificationAdded",
        "eventId": f"to-{world.member.id}",
        "kind": "OVERDUE",
        "notification": {"kind": "OVERDUE", "count": 3},
    }
