"""How a mutation gives a person something to choose from. Used by postReply."""

import strawberry


@strawberry.input(description="One choice: `key` comes back when it is taken (Interaction.choice), or `url` is opened.")
class ChoiceInput:
    """Part of what is posted."""

    title: str = strawberry.field(description="What the person reads; at most 200 characters, fewer where the platform says so.")
    key: str = strawberry.field(default="", description="What comes back; at most 1,000 characters.")
    url: str = strawberry.field(default="", description="Instead, the address that it opens; then nothing comes back.")
    description: str = strawberry.field(default="", description="More below the title, where there are lists; at most 500 characters.")


@strawberry.input(description="What to choose from, instead of typing; Connector.choices says what a platform takes.")
class ChoicesInput:
    """Part of what is posted."""

    options: list[ChoiceInput] = strawberry.field(description="The choices, in order; 1 to 100.")
    label: str = strawberry.field(default="", description="What is on the button that opens a list, where there is one.")


def payload_of(choices: ChoicesInput) -> dict[str, object]:
    """The same as engagement takes it."""
    options = [{"title": each.title, "id": each.key, "url": each.url, "description": each.description} for each in choices.options]
    return {"options": options, "label": choices.label}
