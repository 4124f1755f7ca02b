"""Queries for what a workspace defines of its people. Called by the schema; asks loaders only."""

from collections.abc import Awaitable

import strawberry

from gateway.context import Info
from gateway.facts.types import AttributeDefinition, ContactLabel
from services.contracts.views.facts import AttributeDefinitionView, ContactLabelView


def list_contact_labels(info: Info) -> Awaitable[list[ContactLabelView]]:
    """The workspace's labels for people."""
    return info.context.loaders.contact_labels_by_caller.load(None)


def list_contact_attributes(info: Info) -> Awaitable[list[AttributeDefinitionView]]:
    """The workspace's own attributes."""
    return info.context.loaders.definitions_by_caller.load(None)


@strawberry.type
class FactQueries:
    """Part of Query."""

    contact_labels = strawberry.field(
        resolver=list_contact_labels, graphql_type=list[ContactLabel], description="All labels for people, by name; at most 500."
    )
    contact_attributes = strawberry.field(
        resolver=list_contact_attributes,
        graphql_type=list[AttributeDefinition],
        description="The attributes that the workspace gives its people, by key; at most 200.",
    )
