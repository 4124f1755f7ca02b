"""beginConversation: writes to a person who has not written, or in private to one who has in public, where the platform allows it."""

from typing import Annotated
from uuid import UUID

import strawberry

from gateway.composing import templates
from gateway.composing.attachments import AttachmentInput, payload_of
from gateway.composing.templates import TemplateInput
from gateway.context import Context, Info
from gateway.conversations.mutations.post_reply import ConsentRefused, UnsendableReply, WindowClosed, explained, idempotency_key
from gateway.conversations.types import Conversation, Reply
from gateway.errors import GatewayError, MalformedInputError, ServiceProblemError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import global_id, read_id_of
from services.contracts.consent import SERVICE
from services.contracts.views import ConversationView, ReplyView


@strawberry.input(description="To whom, by which channel, and what.")
class BeginConversationInput:
    """Arguments of beginConversation."""

    channel_id: strawberry.ID = strawberry.field(description="The channel, by global id.")
    profile_id: strawberry.ID | None = strawberry.field(
        default=None, description="The person's account on that network, by global id; may be left out with `aboutId`."
    )
    about_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="What they said in public, by global id: it goes on in private, in a linked conversation, and counts as answered.",
    )
    text: str = strawberry.field(default="", description="The words; at most what the platform takes.")
    title: str | None = strawberry.field(default=None, description="The subject, where the platform has subjects.")
    template: TemplateInput | None = strawberry.field(default=None, description="Instead of free words, where the platform asks for it.")
    attachments: list[AttachmentInput] = strawberry.field(default_factory=list, description="What goes beside the text; at most 10.")
    purpose: str = strawberry.field(
        default="service", description="What for: a key of `consentSettings`. Who refused it is not written to."
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Yours, at most 200 characters: the same one twice begins once."
    )


@strawberry.type(description="The conversation exists and its first message is on its way.")
class ConversationBegun:
    """Success."""

    conversation: ConversationView | None = strawberry.field(graphql_type=Conversation | None, description="The thread.")
    reply: ReplyView = strawberry.field(graphql_type=Reply, description="The first message, and where it stands.")
    client_mutation_id: str | None = strawberry.field(description="As given.")


@strawberry.type(description="Nothing was written: the platform lets nobody write first like this.")
class CannotBegin(Problem):
    """422 cannot_begin."""

    allowed: list[str] = strawberry.field(description="What would be possible; at most 20.")


@strawberry.type(description="Nothing was written: there is a conversation with this person already. Answer there.")
class ConversationExists(Problem):
    """409 conversation_exists."""

    conversation_id: strawberry.ID | None = strawberry.field(description="Which, by global id.")


BeginConversationResult = Annotated[
    ConversationBegun
    | CannotBegin
    | ConversationExists
    | UnsendableReply
    | WindowClosed
    | ConsentRefused
    | NotFound
    | Conflict
    | InvalidInput
    | NotAllowed,
    strawberry.union("BeginConversationResult", description="The new conversation, or why nothing was written."),
]


async def begin_conversation(info: Info, input: BeginConversationInput) -> ConversationBegun | Problem:  # noqa: A002 - the argument's name in the schema
    """Write first."""
    try:
        return await _begin(info.context, input)
    except ServiceProblemError as error:
        return await _explained(info.context, error)
    except GatewayError as error:
        return problem_of(error)


async def _begin(context: Context, wanted: BeginConversationInput) -> ConversationBegun:
    payload: dict[str, object] = {
        "channel_id": read_id_of(wanted.channel_id, type_name="Channel"),
        "text": wanted.text,
        "title": wanted.title,
        "attachments": payload_of(wanted.attachments),
    }
    if wanted.profile_id is not None:
        payload["recipient"] = await _recipient(context, wanted.profile_id)
    if wanted.about_id is not None:
        payload["about_id"] = read_id_of(wanted.about_id, type_name="Interaction")
    if wanted.template is not None:
        payload["template"] = templates.payload_of(wanted.template)
    if wanted.purpose != SERVICE:
        payload["purpose"] = wanted.purpose
    key = idempotency_key(wanted.client_mutation_id)
    answer = await context.clients.composing.begin_conversation(payload=payload, idempotency_key=key)
    conversation = await context.loaders.conversation_by_id.load(answer.conversation_id)
    return ConversationBegun(conversation=conversation, reply=answer.reply, client_mutation_id=wanted.client_mutation_id)


async def _recipient(context: Context, profile_id: strawberry.ID) -> dict[str, object]:
    """The account as engagement takes it. Raises MalformedInputError."""
    profile = await context.loaders.profile_by_id.load(read_id_of(profile_id, type_name="Profile"))
    if profile is None:
        message = "There is no such profile."
        raise MalformedInputError(message)
    told = {"network": profile.network, "scope": profile.scope, "external_id": profile.external_id}
    return {**told, **{name: value for name, value in (("handle", profile.handle), ("name", profile.name)) if value}}


async def _explained(context: Context, error: ServiceProblemError) -> Problem:
    match error.problem_code:
        case "cannot_begin":
            allowed = error.extensions.get("allowed")
            return CannotBegin(
                code="CANNOT_BEGIN", message=error.message, allowed=[str(each) for each in allowed] if isinstance(allowed, list) else []
            )
        case "conversation_exists":
            return ConversationExists(code="CONVERSATION_EXISTS", message=error.message, conversation_id=_existing(error))
        case _:
            return await explained(context, error)


def _existing(error: ServiceProblemError) -> strawberry.ID | None:
    told = error.extensions.get("conversation_id")
    try:
        return global_id("Conversation", UUID(str(told)))
    except ValueError:
        return None


field = strawberry.mutation(
    resolver=begin_conversation,
    graphql_type=BeginConversationResult,
    description="Write to a person who has not written, or in private to one who has in public, where the platform allows it.",
)
