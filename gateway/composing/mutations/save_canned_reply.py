"""saveCannedReply: keeps a prepared text, new or written anew."""

from typing import Annotated

import strawberry

from gateway.composing.types import CannedReply
from gateway.context import Info
from gateway.errors import GatewayError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import CannedReplyId
from services.contracts.views.composing import CannedReplyView


@strawberry.input(description="A prepared text.")
class SaveCannedReplyInput:
    """Arguments of saveCannedReply."""

    id: strawberry.ID | None = strawberry.field(default=None, description="Which one to write anew, by global id; null for a new one.")
    version: int | None = strawberry.field(default=None, description="With an id: its version as read.")
    shortcut: str = strawberry.field(description="What it is found by: lower-case letters, digits, dots, hyphens; at most 50.")
    language: str = strawberry.field(description="Its language, such as en or pt-br; one text per shortcut and language.")
    title: str = strawberry.field(default="", description="What it is for; at most 200 characters.")
    text: str = strawberry.field(
        description="The words, at most 20,000 characters. Placeholders: {{contact.name}}, {{contact.first_name}}, {{contact.handle}}, "
        "{{member.name}}, {{member.first_name}}, {{conversation.channel}}, {{conversation.platform}}, {{conversation.title}}; with what "
        "stands where there is nothing as {{contact.first_name|there}}."
    )


@strawberry.type(description="The text is kept.")
class CannedReplySaved:
    """Success."""

    canned_reply: CannedReplyView = strawberry.field(graphql_type=CannedReply, description="The text, as it is kept now.")


SaveCannedReplyResult = Annotated[
    CannedReplySaved | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("SaveCannedReplyResult", description="The text, or why it was not kept."),
]


async def save_canned_reply(info: Info, input: SaveCannedReplyInput) -> CannedReplySaved | Problem:  # noqa: A002 - the argument's name in the schema
    """Keep a prepared text."""
    try:
        id_ = None if input.id is None else CannedReplyId(read_id_of(input.id, type_name="CannedReply"))
        payload: dict[str, object] = {
            "shortcut": input.shortcut,
            "language": input.language.lower(),
            "title": input.title,
            "text": input.text,
        }
        if id_ is not None:
            payload["version"] = input.version
        return CannedReplySaved(canned_reply=await info.context.clients.composing.save_canned_reply(id_, payload=payload))
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=save_canned_reply,
    graphql_type=SaveCannedReplyResult,
    description="Keep a prepared text for everybody. A placeholder that nothing fills answers InvalidInput.",
)
