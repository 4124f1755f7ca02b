"""`node` and `nodes`: anything by its global id. Called by the schema; asks loaders only."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated
from uuid import UUID

import strawberry

from gateway.context import Info
from gateway.errors import MalformedInputError
from gateway.loaders import Loaders
from gateway.relay import Identifying, Node, read_global_id
from services.contracts.views import PAGE_LIMIT, SavedFilterView, WorkspaceView
from services.contracts.views.facts import ContactLabelView

Ids = Annotated[list[strawberry.ID], strawberry.argument(description="Global ids, at most 100.")]


async def _own_workspace(loaders: Loaders, id_: UUID) -> WorkspaceView | None:
    workspace = await loaders.workspace_by_caller.load(None)
    return workspace if workspace.id == id_ else None


async def _filter_of_caller(loaders: Loaders, id_: UUID) -> SavedFilterView | None:
    filters = await loaders.filters_by_caller.load(None)
    return next((each for each in filters if each.id == id_), None)


async def _label_of_list(loaders: Loaders, id_: UUID) -> ContactLabelView | None:
    labels = await loaders.contact_labels_by_caller.load(None)
    return next((each for each in labels if each.id == id_), None)


_FINDERS: Mapping[str, Callable[[Loaders, UUID], Awaitable[object | None]]] = {
    "Contact": lambda loaders, id_: loaders.contact_by_id.load(id_),
    "Profile": lambda loaders, id_: loaders.profile_by_id.load(id_),
    "Conversation": lambda loaders, id_: loaders.conversation_by_id.load(id_),
    "Interaction": lambda loaders, id_: loaders.interaction_by_id.load(id_),
    "Reply": lambda loaders, id_: loaders.reply_by_id.load(id_),
    "CannedReply": lambda loaders, id_: loaders.canned_reply_by_id.load(id_),
    "Promise": lambda loaders, id_: loaders.promise_by_id.load(id_),
    "Channel": lambda loaders, id_: loaders.channel_by_id.load(id_),
    "Job": lambda loaders, id_: loaders.job_by_id.load(id_),
    "Import": lambda loaders, id_: loaders.import_by_id.load(id_),
    "MediaFile": lambda loaders, id_: loaders.media_by_id.load(id_),
    "Label": lambda loaders, id_: loaders.label_by_id.load(id_),
    "Suggestion": lambda loaders, id_: loaders.suggestion_by_id.load(id_),
    "Merge": lambda loaders, id_: loaders.merge_by_id.load(id_),
    "Company": lambda loaders, id_: loaders.company_by_id.load(id_),
    "WebhookEndpoint": lambda loaders, id_: loaders.webhook_endpoint_by_id.load(id_),
    "Lead": lambda loaders, id_: loaders.lead_by_id.load(id_),
    "ContactLabel": _label_of_list,
    "ContactNote": lambda loaders, id_: loaders.contact_note_by_id.load(id_),
    "Notification": lambda loaders, id_: loaders.notification_by_id.load(id_),
    "Task": lambda loaders, id_: loaders.task_by_id.load(id_),
    "Member": lambda loaders, id_: loaders.member_by_id.load(id_),
    "Team": lambda loaders, id_: loaders.team_by_id.load(id_),
    "Invitation": lambda loaders, id_: loaders.invitation_by_id.load(id_),
    "SavedFilter": _filter_of_caller,
    "Workspace": _own_workspace,
}


async def find_node(info: Info, id: Identifying) -> object | None:  # noqa: A002 - the argument's name in the schema
    """Whatever the id names, or null where there is nothing that the caller may see."""
    parsed = read_global_id(id)
    finder = _FINDERS.get(parsed.type_name)
    return None if finder is None else await finder(info.context.loaders, parsed.id)


async def find_nodes(info: Info, ids: Ids) -> list[object | None]:
    """Whatever the ids name, in their order."""
    if len(ids) > PAGE_LIMIT:
        message = f"At most {PAGE_LIMIT} ids at once."
        raise MalformedInputError(message)
    return list(await asyncio.gather(*(find_node(info, each) for each in ids)))


@strawberry.type
class NodeQueries:
    """Part of Query."""

    node = strawberry.field(
        resolver=find_node, graphql_type=Node | None, description="Anything by its global id. Null where there is nothing."
    )
    nodes = strawberry.field(
        resolver=find_nodes,
        graphql_type=list[Node | None],
        description="Up to 100 things by their global ids, in the order asked; null where there is nothing.",
    )
