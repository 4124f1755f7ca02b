"""Connector: what can be connected. Called by the schema; the values are the contract's views."""

import strawberry

from gateway.relay import shows
from gateway.vocabulary import ConnectorAbility, Kind
from services.contracts.views.connectors import ConnectorFieldView, ConnectorView


@shows(ConnectorFieldView, description="A credential or setting that a connector asks for.")
class ConnectorField:
    """See ConnectorFieldView."""

    name: str = strawberry.field(description="By which it is given.")
    description: str = strawberry.field(description="What it is, for the person who fills it in.")
    secret: bool = strawberry.field(description="Whether it is a credential: sealed, and never shown again. Else it is a setting.")
    required: bool = strawberry.field(description="Whether a channel cannot be connected without it.")
    form: str = strawberry.field(description="How its value looks: text, address (http or https), flag (true or false), port.")


@shows(ConnectorView, description="A platform that can be connected.")
class Connector:
    """See ConnectorView."""

    platform: str = strawberry.field(description="The platform's name in lower case, such as telegram.")
    title: str = strawberry.field(description="Its name as people write it.")
    receives: list[Kind] = strawberry.field(description="What comes in; at most as many as there are kinds.")
    sends: list[Kind] = strawberry.field(description="What can go out.")
    begins: list[Kind] = strawberry.field(description="In what we may write to somebody who has not written to us.")
    abilities: list[ConnectorAbility] = strawberry.field(description="What else it can do.")
    signing: str = strawberry.field(
        description="Who makes the secret that proves deliveries: platform (it is asked for), us (it is shown once) or nobody."
    )
    fields: list[ConnectorField] = strawberry.field(
        graphql_type=list[ConnectorField], description="What it asks for; those that are secret are credentials. At most 40."
    )
    docs: list[str] = strawberry.field(description="The platform's own pages; at most 20.")
