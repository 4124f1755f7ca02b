"""How a request names a template and what goes into its places. Used by the routes that post a reply or begin a conversation."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from services.engagement.protocol import Template, TemplateButton
from services.kit.http import RequestBody

Value = Annotated[str, Field(max_length=1000)]
PlaceName = Annotated[str, Field(min_length=1, max_length=100)]
MOST_PLACES, MOST_BUTTONS = 20, 10


class TemplateButtonInput(RequestBody):
    """What a button is given. `index` counts all buttons of the template from 0.

    `reply`: what comes back when it is pressed; `address`: the end of the address that it opens; `code`: what it copies.
    """

    index: int = Field(ge=0, lt=MOST_BUTTONS)
    value: Annotated[str, Field(min_length=1, max_length=2000)]
    kind: Literal["reply", "address", "code"] = "reply"


class TemplateInput(RequestBody):
    """A message that the platform has approved. Its places are filled in order (`parameters`) or by name (`named`), not both.

    `header` fills the place in its heading (`header_name`: that place's name, where places have names); a picture, film or file
    there is an attachment.
    """

    name: Annotated[str, Field(min_length=1, max_length=300)]
    language: Annotated[str, Field(min_length=2, max_length=20)]
    parameters: list[Value] = Field(default_factory=list, max_length=MOST_PLACES)
    named: dict[PlaceName, Value] = Field(default_factory=dict, max_length=MOST_PLACES)
    header: Annotated[str, Field(min_length=1, max_length=1000)] | None = None
    header_name: PlaceName | None = None
    buttons: list[TemplateButtonInput] = Field(default_factory=list, max_length=MOST_BUTTONS)

    @model_validator(mode="after")
    def _one_way_of_filling(self) -> Self:
        if self.parameters and self.named:
            raise ValueError("fill the places in order (parameters) or by name (named), not both")
        if len({button.index for button in self.buttons}) < len(self.buttons):
            raise ValueError("a button is given something once")
        return self

    def template(self) -> Template:
        """The same in the protocol's words."""
        return Template(
            name=self.name,
            language=self.language,
            parameters=tuple(self.parameters),
            named=self.named,
            header=self.header,
            header_name=self.header_name,
            buttons=tuple(TemplateButton(index=each.index, value=each.value, kind=each.kind) for each in self.buttons),
        )
