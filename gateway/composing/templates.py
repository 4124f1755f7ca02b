"""How a mutation names a template and what goes into its places. Used by postReply and beginConversation."""

import strawberry


@strawberry.input(description="What goes into a place of a template that has a name.")
class TemplateValueInput:
    """Part of a template."""

    name: str = strawberry.field(description="The name of the place.")
    value: str = strawberry.field(description="What goes there; at most 1,000 characters.")


@strawberry.input(description="What a button of a template is given.")
class TemplateButtonInput:
    """Part of a template."""

    index: int = strawberry.field(description="Which button; counts all buttons of the template from 0.")
    value: str = strawberry.field(description="What it is given; at most 2,000 characters.")
    kind: str = strawberry.field(
        default="reply",
        description="What that is: reply (comes back when it is pressed), address (the end of what it opens), code (what it copies).",
    )


@strawberry.input(description="A message that the platform approved beforehand.")
class TemplateInput:
    """Part of what is posted."""

    name: str = strawberry.field(description="Its name on the platform.")
    language: str = strawberry.field(description="Its language, as the platform writes it.")
    parameters: list[str] = strawberry.field(default_factory=list, description="What goes into its places, in order; at most 20.")
    named: list[TemplateValueInput] = strawberry.field(
        default_factory=list, description="Instead, what goes into its places by their names; at most 20."
    )
    header: str | None = strawberry.field(
        default=None, description="What goes into the place in its heading; a picture, film or file there is an attachment."
    )
    header_name: str | None = strawberry.field(default=None, description="The name of that place, where places have names.")
    buttons: list[TemplateButtonInput] = strawberry.field(default_factory=list, description="What its buttons are given; at most 10.")


def payload_of(template: TemplateInput) -> dict[str, object]:
    """The same as engagement takes it."""
    payload: dict[str, object] = {"name": template.name, "language": template.language, "parameters": template.parameters}
    if template.named:
        payload["named"] = {each.name: each.value for each in template.named}
    if template.header is not None:
        payload["header"] = template.header
    if template.header_name is not None:
        payload["header_name"] = template.header_name
    if template.buttons:
        payload["buttons"] = [{"index": each.index, "value": each.value, "kind": each.kind} for each in template.buttons]
    return payload
