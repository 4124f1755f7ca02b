"""What a reply lets the person choose from. Called by the types of replies; the values are the contract's views."""

import strawberry

from gateway.relay import shows
from services.contracts.views.history import ChoicesView, ChoiceView


def key_of(root: ChoiceView) -> str:
    """What comes back."""
    return root.id


@shows(ChoiceView, description="Something to choose.")
class Choice:
    """See ChoiceView."""

    title: str = strawberry.field(description="What the person reads.")
    key = strawberry.field(
        resolver=key_of, graphql_type=str, description="What comes back, as Interaction.choice; empty where it opens an address."
    )
    url: str = strawberry.field(description="The address that it opens; empty where an id comes back.")
    description: str = strawberry.field(description="More below the title; may be empty.")


@shows(ChoicesView, description="What a reply lets the person choose from, instead of typing.")
class Choices:
    """See ChoicesView."""

    options: list[Choice] = strawberry.field(graphql_type=list[Choice], description="The choices, in order; at most 100.")
    label: str = strawberry.field(description="What is on the button that opens a list; empty where nothing has to be opened.")
