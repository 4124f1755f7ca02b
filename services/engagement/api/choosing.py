"""How a request gives a person something to choose from. Used by the route that posts a reply."""

from typing import Annotated

from pydantic import Field

from services.engagement.protocol import Choice, Choices
from services.kit.http import RequestBody

MOST_CHOICES = 100


class ChoiceInput(RequestBody):
    """One choice: `id` comes back when it is taken, or `url` is opened. `description` says more, where there are lists."""

    title: Annotated[str, Field(min_length=1, max_length=200)]
    id: Annotated[str, Field(max_length=1000)] = ""
    url: Annotated[str, Field(max_length=2000)] = ""
    description: Annotated[str, Field(max_length=500)] = ""


class ChoicesInput(RequestBody):
    """What to choose from; `label` is on what opens a list. GET /v1/connectors says what a platform takes (`choices`)."""

    options: list[ChoiceInput] = Field(min_length=1, max_length=MOST_CHOICES)
    label: Annotated[str, Field(max_length=200)] = ""

    def choices(self) -> Choices:
        """The same in the protocol's words."""
        options = [Choice(title=each.title, id=each.id, url=each.url, description=each.description) for each in self.options]
        return Choices(options=tuple(options), label=self.label)
