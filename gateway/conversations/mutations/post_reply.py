"""postReply: queues a reply in a conversation, once, unless a colleague was faster."""

from typing import Annotated
from uuid import UUID

import strawberry

from gateway.composing import choices, templates
from gateway.composing.attachments import AttachmentInput, payload_of
from gateway.composing.choices import ChoicesInput
from gateway.composing.templates import TemplateInput
from gateway.context import Context, Info
from gateway.conversations.types import Interaction, Reply
from gateway.errors import GatewayError, MalformedInputError, ServiceProblemError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.consent import SERVICE
from services.contracts.ids import ConversationId
from services.contracts.views import PAGE_LIMIT, InteractionView, ReplyView

IDEMPOTENCY_KEY_CHARS = 200


@strawberry.input(description="A reply to post.")
class PostReplyInput:
    """Arguments of postReply."""

    conversation_id: strawberry.ID = strawberry.field(description="The conversation, by global id.")
    text: str = strawberry.field(
        default="", description="The words, at most what the platform takes; empty only where something is attached."
    )
    attachments: list[AttachmentInput] = strawberry.field(default_factory=list, description="What goes beside the text; at most 10.")
    template: TemplateInput | None = strawberry.field(
        default=None,
        description="Instead of free words, also after the reply window; `text` says in our history what it says.",
    )
    choices: ChoicesInput | None = strawberry.field(
        default=None, description="Beside the text of a private message: what to choose from, where the platform shows that."
    )
    in_reply_to: strawberry.ID | None = strawberry.field(
        default=None, description="The interaction it answers, by global id; null for the latest."
    )
    version: int | None = strawberry.field(
        default=None,
        description="The conversation's version as read; the reply is refused as stale if a colleague was faster since.",
    )
    delay_seconds: int = strawberry.field(
        default=0, description="It leaves after this many seconds, 0 to 30, and can be cancelled until then."
    )
    purpose: str = strawberry.field(
        default="service", description="What for: a key of `consentSettings`. For another than service the person must have allowed it."
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Yours, at most 200 characters: the same one twice posts once."
    )


@strawberry.type(description="The reply is committed; it will be sent once, or waits for approval first (its state is PROPOSED).")
class ReplyPosted:
    """Success."""

    reply: ReplyView = strawberry.field(graphql_type=Reply, description="The reply, and where it stands.")
    newer_messages: list[InteractionView] = strawberry.field(
        graphql_type=list[Interaction],
        description="What the person wrote since the given version, if anything; at most 100. The reply goes out all the same.",
    )
    client_mutation_id: str | None = strawberry.field(description="As given.")


@strawberry.type(description="Nothing was posted: since the given version a colleague answered, took over or closed.")
class StaleReply(Problem):
    """409 stale_reply."""

    items: list[InteractionView] = strawberry.field(graphql_type=list[Interaction], description="What happened since; at most 100.")


@strawberry.type(description="Nothing was posted: the platform would not take it; too long, for instance. The message says why.")
class UnsendableReply(Problem):
    """422 unsendable_reply."""


@strawberry.type(description="Nothing was posted: the platform's time for a reply is over.")
class WindowClosed(Problem):
    """422 window_closed."""

    allowed: list[str] = strawberry.field(description="What the platform would still take; at most 20.")


@strawberry.type(description="Nothing was written: the person has not allowed it. The message says what they said.")
class ConsentRefused(Problem):
    """422 consent_refused."""

    because: str = strawberry.field(description="do_not_contact, refused or not_granted.")
    allowed: list[str] = strawberry.field(description="What would be allowed; at most 20.")


PostReplyResult = Annotated[
    ReplyPosted | StaleReply | UnsendableReply | WindowClosed | ConsentRefused | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("PostReplyResult", description="The reply, or why nothing was posted."),
]


async def post_reply(info: Info, input: PostReplyInput) -> ReplyPosted | Problem:  # noqa: A002 - the argument's name in the schema
    """Queue a reply."""
    try:
        return await _post(info.context, input)
    except ServiceProblemError as error:
        return await explained(info.context, error)
    except GatewayError as error:
        return problem_of(error)


async def _post(context: Context, wanted: PostReplyInput) -> ReplyPosted:
    conversation = ConversationId(read_id_of(wanted.conversation_id, type_name="Conversation"))
    payload: dict[str, object] = {"text": wanted.text}
    if wanted.in_reply_to is not None:
        payload["in_reply_to"] = read_id_of(wanted.in_reply_to, type_name="Interaction")
    if wanted.version is not None:
        payload["version"] = wanted.version
    if wanted.attachments:
        payload["attachments"] = payload_of(wanted.attachments)
    if wanted.template is not None:
        payload["template"] = templates.payload_of(wanted.template)
    if wanted.choices is not None:
        payload["choices"] = choices.payload_of(wanted.choices)
    if wanted.purpose != SERVICE:
        payload["purpose"] = wanted.purpose
    if wanted.delay_seconds != 0:
        payload["delay_seconds"] = wanted.delay_seconds
    answer = await context.clients.engagement.post_reply(
        conversation, payload=payload, idempotency_key=idempotency_key(wanted.client_mutation_id)
    )
    newer = answer.warning.newer_messages if answer.warning else []
    return ReplyPosted(
        reply=answer.reply,
        newer_messages=await interactions_of(context, list(newer)),
        client_mutation_id=wanted.client_mutation_id,
    )


def idempotency_key(client_mutation_id: str | None) -> str | None:
    """The client's id as a header value. Raises MalformedInputError where no header can carry it."""
    if client_mutation_id is None:
        return None
    fits = 0 < len(client_mutation_id) <= IDEMPOTENCY_KEY_CHARS and client_mutation_id.isascii()
    if not fits or not client_mutation_id.isprintable():
        message = f"`clientMutationId` must be 1 to {IDEMPOTENCY_KEY_CHARS} printable ASCII characters."
        raise MalformedInputError(message)
    return client_mutation_id


async def explained(context: Context, error: ServiceProblemError) -> Problem:
    """The typed error for what engagement says about a reply; also of the other mutations that send something."""
    match error.problem_code:
        case "stale_reply":
            items = await interactions_of(context, _ids(error.extensions.get("items")))
            return StaleReply(code="STALE_REPLY", message=error.message, items=items)
        case "unsendable_reply":
            return UnsendableReply(code="UNSENDABLE_REPLY", message=error.message)
        case "window_closed":
            return WindowClosed(code="WINDOW_CLOSED", message=error.message, allowed=_allowed(error))
        case "consent_refused":
            because = str(error.extensions.get("because", ""))
            return ConsentRefused(code="CONSENT_REFUSED", message=error.message, because=because, allowed=_allowed(error))
        case _:
            return problem_of(error)


def _allowed(error: ServiceProblemError) -> list[str]:
    allowed = error.extensions.get("allowed")
    return [str(each) for each in allowed] if isinstance(allowed, list) else []


def _ids(items: object) -> list[UUID]:
    """The ids among a problem's items, which are ids or objects that have one."""
    found = []
    for item in items if isinstance(items, list) else []:
        text = item.get("id") if isinstance(item, dict) else item
        try:
            found.append(UUID(str(text)))
        except ValueError:
            continue
    return found


async def interactions_of(context: Context, ids: list[UUID]) -> list[InteractionView]:
    """The interactions, at most a page of them."""
    found = await context.loaders.interaction_by_id.load_many(ids[:PAGE_LIMIT])
    return [interaction for interaction in found if interaction is not None]


field = strawberry.mutation(
    resolver=post_reply,
    graphql_type=PostReplyResult,
    description="Post a reply. It is committed before this answers, sent once, and its state can be followed by `replyChanged`.",
)
