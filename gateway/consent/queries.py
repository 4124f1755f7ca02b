"""Queries for consent. Called by the schema; asks loaders only."""

from collections.abc import Awaitable

import strawberry

from gateway.consent.types import ConsentSettings
from gateway.context import Info
from services.contracts.views.consent import ConsentSettingsView


def consent_settings(info: Info) -> Awaitable[ConsentSettingsView]:
    """Purposes and keywords."""
    return info.context.loaders.consent_settings_by_caller.load(None)


@strawberry.type
class ConsentQueries:
    """Part of Query."""

    consent_settings = strawberry.field(
        resolver=consent_settings,
        graphql_type=ConsentSettings,
        description="What the workspace asks consent for, and by which words people say yes or no themselves.",
    )
