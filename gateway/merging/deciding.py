"""What rejecting and reopening a suggestion answer alike."""

from typing import Annotated

import strawberry

from gateway.merging.types import Suggestion
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound
from services.contracts.views import SuggestionView


@strawberry.type(description="The suggestion is as wished.")
class SuggestionDecided:
    """Success."""

    suggestion: SuggestionView = strawberry.field(graphql_type=Suggestion, description="The suggestion, as it stands now.")


SuggestionResult = Annotated[
    SuggestionDecided | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("SuggestionResult", description="The suggestion, or why nothing was changed."),
]
