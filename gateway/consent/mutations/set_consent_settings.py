"""setConsentSettings: replaces the workspace's purposes and keywords."""

from typing import Annotated

import strawberry

from gateway.consent.types import ConsentSettings
from gateway.context import Info
from gateway.errors import GatewayError
from gateway.problems import Conflict, InvalidInput, NotAllowed, Problem, problem_of
from services.contracts.views.consent import ConsentSettingsView


@strawberry.input(description="A name in one language.")
class PurposeTitleInput:
    """An entry of ConsentPurposeInput.titles."""

    language: str = strawberry.field(description="BCP 47, in lower case.")
    title: str = strawberry.field(description="1 to 200 characters.")


@strawberry.input(description="Why a company writes to people.")
class ConsentPurposeInput:
    """One of SetConsentSettingsInput.purposes."""

    key: str = strawberry.field(description="Lower-case letters, digits and underscores, at most 50.")
    needs_grant: bool = strawberry.field(description="Whether a person must have said yes.")
    titles: list[PurposeTitleInput] = strawberry.field(default_factory=list, description="Its names on the preference page; at most 30.")


@strawberry.input(description="All settings, as they are to be.")
class SetConsentSettingsInput:
    """Arguments of setConsentSettings."""

    purposes: list[ConsentPurposeInput] = strawberry.field(description="All of them, 1 to 20; `service` is one.")
    opt_out: list[str] = strawberry.field(description="Keywords that say no; at most 100.")
    opt_in: list[str] = strawberry.field(description="Keywords that say yes; at most 100.")
    version: int = strawberry.field(description="As read.")


@strawberry.type(description="They count from now on.")
class ConsentSettingsSaved:
    """Success."""

    settings: ConsentSettingsView = strawberry.field(graphql_type=ConsentSettings, description="As they are now.")


SetConsentSettingsResult = Annotated[
    ConsentSettingsSaved | Conflict | InvalidInput | NotAllowed,
    strawberry.union("SetConsentSettingsResult", description="The settings, or why they were not kept."),
]


async def set_consent_settings(info: Info, input: SetConsentSettingsInput) -> ConsentSettingsSaved | Problem:  # noqa: A002 - the argument's name in the schema
    """Replace them."""
    purposes = [
        {"key": each.key, "needs_grant": each.needs_grant, "titles": {one.language: one.title for one in each.titles}}
        for each in input.purposes
    ]
    payload = {"purposes": purposes, "opt_out": input.opt_out, "opt_in": input.opt_in, "version": input.version}
    try:
        return ConsentSettingsSaved(settings=await info.context.clients.consent.save_settings(payload))
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=set_consent_settings,
    graphql_type=SetConsentSettingsResult,
    description="Replace the workspace's purposes and keywords. Needs the scope playbook:write.",
)
