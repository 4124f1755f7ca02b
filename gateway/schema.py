"""The schema: every topic's queries, mutations and subscriptions put together. Called by `main`; `python -m gateway.schema` prints the SDL.

gateway/schema.graphql is what it prints, committed: the front-ends' contract.
"""

import sys
from datetime import datetime
from functools import cache

import strawberry
from graphql import GraphQLSchema
from strawberry.schema.config import StrawberryConfig

from gateway.access.mutations import refresh_session, sign_in, sign_out
from gateway.access.queries import AccessQueries
from gateway.access.types import Member, Workspace
from gateway.assigning.mutations import AssigningMutations
from gateway.assigning.queries import AssigningQueries
from gateway.channels.mutations import ChannelMutations
from gateway.channels.queries import ChannelQueries
from gateway.companies.mutations import CompanyMutations
from gateway.companies.queries import CompanyQueries
from gateway.companies.types import Company
from gateway.composing.mutations import ComposingMutations
from gateway.composing.queries import ComposingQueries
from gateway.consent.mutations import ConsentMutations
from gateway.consent.queries import ConsentQueries
from gateway.contacts.mutations import ContactMutations
from gateway.contacts.queries import ContactQueries
from gateway.contacts.subscriptions import ContactSubscriptions
from gateway.contacts.types import Profile
from gateway.conversations.mutations import (
    add_note,
    cancel_reply,
    decline_interaction,
    delete_label,
    delete_reply,
    edit_reply,
    follow_conversation,
    post_reply,
    save_label,
    set_conversation_status,
    settle_reply,
    update_conversation,
)
from gateway.conversations.queries import ConversationQueries
from gateway.conversations.subscriptions import ConversationSubscriptions
from gateway.conversations.types import Channel, Interaction, Label, Reply
from gateway.erasures.mutations import ErasureMutations
from gateway.erasures.queries import ErasureQueries
from gateway.facts.mutations import FactMutations
from gateway.facts.queries import FactQueries
from gateway.facts.types import ContactLabel, ContactNote
from gateway.handling.mutations import HandlingMutations
from gateway.handling.queries import HandlingQueries
from gateway.handling.subscriptions import HandlingSubscriptions
from gateway.imports.mutations import cancel_import
from gateway.imports.queries import ImportQueries
from gateway.imports.types import Import
from gateway.inbox.mutations import delete_filter, mark_conversation_read, save_filter
from gateway.inbox.queries import InboxQueries
from gateway.inbox.types import SavedFilter
from gateway.journeys.mutations import JourneyMutations
from gateway.journeys.queries import JourneyQueries
from gateway.keys.mutations import KeyMutations
from gateway.keys.queries import KeyQueries
from gateway.leads.mutations import LeadMutations
from gateway.leads.queries import LeadQueries
from gateway.leads.types import Lead
from gateway.levels.mutations import LevelMutations
from gateway.levels.queries import LevelQueries
from gateway.media.queries import MediaQueries
from gateway.media.types import MediaFile
from gateway.members.mutations import MemberMutations
from gateway.members.queries import MemberQueries
from gateway.members.types import Invitation, Team
from gateway.merging.mutations import MergingMutations
from gateway.merging.queries import MergingQueries
from gateway.node import NodeQueries
from gateway.notifications.mutations import mark_notifications_read, set_notification_chat, set_notification_settings
from gateway.notifications.queries import NotificationQueries
from gateway.notifications.subscriptions import NotificationSubscriptions
from gateway.notifications.types import Notification
from gateway.operations.mutations import backfill_channel, redrive_dead_letter, redrive_dead_letters, replay_delivery
from gateway.operations.queries import OperationQueries
from gateway.partners.mutations import PartnerMutations
from gateway.partners.queries import PartnerQueries
from gateway.presence.mutations import show_presence
from gateway.presence.subscriptions import PresenceSubscriptions
from gateway.routing.mutations import hand_off_task, remove_task_reference, save_task_by_reference, set_task_reference, update_task
from gateway.routing.queries import RoutingQueries
from gateway.routing.types import Task
from gateway.satisfaction.mutations import set_satisfaction
from gateway.satisfaction.queries import SatisfactionQueries
from gateway.search.queries import SearchQueries
from gateway.times import DATE_TIME
from gateway.walls.queries import WallQueries

OPEN_TO_ANYBODY = frozenset({"signIn", "acceptInvitation", "refreshSession", "__typename"})
NODES = (
    Member,
    Team,
    Invitation,
    Workspace,
    Profile,
    ContactLabel,
    Company,
    Lead,
    ContactNote,
    Channel,
    Import,
    Interaction,
    Label,
    MediaFile,
    Notification,
    Reply,
    SavedFilter,
    Task,
)


@strawberry.type(description="What can be asked. Null where there is nothing that the caller may see.")
class Query(
    AccessQueries,
    MemberQueries,
    NodeQueries,
    ContactQueries,
    FactQueries,
    ConsentQueries,
    CompanyQueries,
    LeadQueries,
    PartnerQueries,
    MergingQueries,
    ErasureQueries,
    KeyQueries,
    ConversationQueries,
    ComposingQueries,
    HandlingQueries,
    ImportQueries,
    InboxQueries,
    RoutingQueries,
    JourneyQueries,
    LevelQueries,
    AssigningQueries,
    OperationQueries,
    SearchQueries,
    MediaQueries,
    NotificationQueries,
    SatisfactionQueries,
    WallQueries,
    ChannelQueries,
):
    """Every topic's queries."""


@strawberry.type(description="What can be changed. Every mutation answers a union of its success and its typed errors.")
class Mutation(
    MemberMutations,
    ContactMutations,
    ErasureMutations,
    KeyMutations,
    FactMutations,
    CompanyMutations,
    LeadMutations,
    PartnerMutations,
    ComposingMutations,
    HandlingMutations,
    ChannelMutations,
    ConsentMutations,
    MergingMutations,
    JourneyMutations,
    LevelMutations,
    AssigningMutations,
):
    """One mutation, one file."""

    sign_in = sign_in.field
    refresh_session = refresh_session.field
    sign_out = sign_out.field
    post_reply = post_reply.field
    cancel_reply = cancel_reply.field
    edit_reply = edit_reply.field
    delete_reply = delete_reply.field
    settle_reply = settle_reply.field
    decline_interaction = decline_interaction.field
    set_conversation_status = set_conversation_status.field
    mark_conversation_read = mark_conversation_read.field
    save_filter = save_filter.field
    delete_filter = delete_filter.field
    update_conversation = update_conversation.field
    add_note = add_note.field
    show_presence = show_presence.field
    follow_conversation = follow_conversation.field
    save_label = save_label.field
    delete_label = delete_label.field
    update_task = update_task.field
    hand_off_task = hand_off_task.field
    set_task_reference = set_task_reference.field
    remove_task_reference = remove_task_reference.field
    save_task_by_reference = save_task_by_reference.field
    redrive_dead_letter = redrive_dead_letter.field
    redrive_dead_letters = redrive_dead_letters.field
    replay_delivery = replay_delivery.field
    backfill_channel = backfill_channel.field
    mark_notifications_read = mark_notifications_read.field
    set_notification_settings = set_notification_settings.field
    set_notification_chat = set_notification_chat.field
    set_satisfaction = set_satisfaction.field
    cancel_import = cancel_import.field


@strawberry.type(description="What is told unasked, over graphql-transport-ws or server-sent events.")
class Subscription(
    ContactSubscriptions, ConversationSubscriptions, HandlingSubscriptions, PresenceSubscriptions, NotificationSubscriptions
):
    """Every topic's subscriptions."""


@cache
def strawberry_schema() -> strawberry.Schema:
    """The schema as Strawberry defines it; made once."""
    config = StrawberryConfig(scalar_map={datetime: DATE_TIME})
    return strawberry.Schema(query=Query, mutation=Mutation, subscription=Subscription, types=NODES, config=config)


def graphql_schema() -> GraphQLSchema:
    """The schema that is executed."""
    return strawberry_schema()._schema  # noqa: SLF001 - Strawberry offers no public way to the graphql-core schema


def sdl() -> str:
    """The schema as text."""
    return strawberry_schema().as_str() + "\n"


if __name__ == "__main__":
    sys.stdout.write(sdl())
