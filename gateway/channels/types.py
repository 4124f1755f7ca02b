"""Connector, Authorization, ApprovedTemplate: what can be connected, signing in for it, and what may be sent.

Called by the schema; the values are the contract's views.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import strawberry

from gateway.context import Info
from gateway.conversations.types import Channel
from gateway.relay import global_id, shows
from gateway.vocabulary import ConnectorAbility, Kind
from services.contracts.views import ChannelView
from services.contracts.views.authorizing import AuthorizationView, GrantedAccountView
from services.contracts.views.connectors import (
    ApprovedButtonView,
    ApprovedTemplateView,
    ChoiceFormView,
    ConnectorFieldView,
    ConnectorView,
    SignInView,
)


@shows(ConnectorFieldView, description="A credential or setting that a connector asks for.")
class ConnectorField:
    """See ConnectorFieldView."""

    name: str = strawberry.field(description="By which it is given.")
    description: str = strawberry.field(description="What it is, for the person who fills it in.")
    secret: bool = strawberry.field(description="Whether it is a credential: sealed, and never shown again. Else it is a setting.")
    required: bool = strawberry.field(description="Whether a channel cannot be connected without it.")
    form: str = strawberry.field(description="How its value looks: text, address (http or https), flag (true or false), port.")


@shows(SignInView, description="How accounts of a platform are connected by signing in there.")
class ConnectorSignIn:
    """See SignInView."""

    app: str = strawberry.field(description="The name of our registration; platforms of one house may share theirs.")
    registration: list[str] = strawberry.field(description="What the registration consists of; at most 20. Empty: none is needed.")
    asks: list[str] = strawberry.field(description="The settings that beginAuthorization needs, as in `fields`; at most 20.")
    redirect_path: str = strawberry.field(description="The path beneath this address to name to the platform as redirect address.")


@shows(ChoiceFormView, description="One way in which a platform shows choices, and its limits; 0 is: it has none.")
class ChoiceForm:
    """See ChoiceFormView."""

    name: str = strawberry.field(description="What people call it, such as buttons or a list.")
    count: int = strawberry.field(description="How many choices it takes.")
    title_chars: int = strawberry.field(description="How long a title may be.")
    id_bytes: int = strawberry.field(description="How long an id may be, in bytes of UTF-8.")
    description_chars: int = strawberry.field(description="How long a description may be.")
    label_chars: int = strawberry.field(description="How long the label may be that it needs.")
    text_chars: int | None = strawberry.field(description="How long the words beside them may be; null: as without choices.")
    addresses: str = strawberry.field(description="Whether choices open addresses: none does, each may, all do.")


@shows(ConnectorView, description="A platform that can be connected.")
class Connector:
    """See ConnectorView."""

    platform: str = strawberry.field(description="The platform's name in lower case, such as telegram.")
    title: str = strawberry.field(description="Its name as people write it.")
    receives: list[Kind] = strawberry.field(description="What comes in; at most as many as there are kinds.")
    sends: list[Kind] = strawberry.field(description="What can go out.")
    begins: list[Kind] = strawberry.field(description="In what we may write to somebody who has not written to us.")
    private_answers: list[Kind] = strawberry.field(
        description="What people say in public that beginConversation may answer in private, once, also where they have not written."
    )
    abilities: list[ConnectorAbility] = strawberry.field(description="What else it can do.")
    signing: str = strawberry.field(
        description="Who makes the secret that proves deliveries: platform (it is asked for), us (it is shown once) or nobody."
    )
    fields: list[ConnectorField] = strawberry.field(
        graphql_type=list[ConnectorField], description="What it asks for; those that are secret are credentials. At most 40."
    )
    docs: list[str] = strawberry.field(description="The platform's own pages; at most 20.")
    sign_in: ConnectorSignIn | None = strawberry.field(
        graphql_type=ConnectorSignIn | None, description="How accounts are connected by signing in; null where they are not."
    )
    choices: list[ChoiceForm] = strawberry.field(
        graphql_type=list[ChoiceForm], description="In which forms it shows choices; the first that fits is taken. At most 10."
    )


@shows(GrantedAccountView, description="An account that the platform granted, to choose.")
class GrantedAccount:
    """See GrantedAccountView."""

    account: str = strawberry.field(description="The platform's id of it; at most 300 characters.")
    name: str = strawberry.field(description="Its name there.")


def key_of_authorization(root: AuthorizationView) -> strawberry.ID:
    """Opaque, as global ids are."""
    return global_id("Authorization", root.id)


async def channels_of_authorization(root: AuthorizationView, info: Info) -> Sequence[ChannelView]:
    """What was connected and is there still."""
    found = await asyncio.gather(*(info.context.loaders.channel_by_id.load(each) for each in root.channel_ids))
    return [each for each in found if each is not None]


@shows(AuthorizationView, description="One person's way to a platform, to sign in there, and back. Only who began it sees it.")
class Authorization:
    """See AuthorizationView."""

    key = strawberry.field(resolver=key_of_authorization, graphql_type=strawberry.ID, description="Opaque; pass it to `authorization`.")
    platform: str = strawberry.field(description="The platform's name in lower case.")
    state: str = strawberry.field(
        description="begun (the person is there), returned (the platform is asked), confirming (the person has a code, "
        "for confirmAuthorization), choosing (some of `accounts` are to be chosen), done (`channels` are connected) or failed (`reason`)."
    )
    reason: str = strawberry.field(description="Why it failed; empty where it did not. At most 300 characters.")
    accounts: list[GrantedAccount] = strawberry.field(
        graphql_type=list[GrantedAccount], description="Those to choose from, while choosing; as many as the platform granted."
    )
    channels = strawberry.field(
        resolver=channels_of_authorization, graphql_type=list[Channel], description="What was connected, once done; at most 200."
    )
    begun_at: datetime = strawberry.field(description="When it began; UTC.")
    expires_at: datetime = strawberry.field(description="Until when it can go on; UTC.")


@shows(ApprovedButtonView, description="A button of a template.")
class ApprovedButton:
    """See ApprovedButtonView."""

    label: str = strawberry.field(description="What stands on it.")
    kind: str = strawberry.field(description="What it may be given, as in TemplateButtonInput: reply, address or code; other: nothing.")
    takes_value: bool = strawberry.field(description="Whether it has to be given that.")


@shows(ApprovedTemplateView, description="A template that may be sent now.")
class ApprovedTemplate:
    """See ApprovedTemplateView."""

    name: str = strawberry.field(description="Its name on the platform.")
    language: str = strawberry.field(description="Its language, as the platform writes it.")
    category: str = strawberry.field(description="What the platform takes it for, such as utility or marketing.")
    text: str = strawberry.field(description="Its words, with the places as the platform writes them.")
    named: bool = strawberry.field(description="Whether its places have names; else they are filled in order.")
    places: list[str] = strawberry.field(description="The places of its text, in the order in which they are filled; at most 100.")
    heading: str = strawberry.field(
        description="What it has above: none, text, other, or image, video, file, of which one is attached when it is sent."
    )
    heading_text: str = strawberry.field(description="The words above; empty where there are none.")
    heading_place: str | None = strawberry.field(description="The place in these words; null where there is none.")
    buttons: list[ApprovedButton] = strawberry.field(
        graphql_type=list[ApprovedButton], description="Its buttons; at most 10. The first has the index 0."
    )
