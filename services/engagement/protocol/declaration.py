"""What a platform can do, declared by its connector: kinds, limits, windows, credentials. Data for checks, docs and front-ends.

Called by replies (before queueing), by connectors (before the network) and by the command line; holds no I/O.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from services.contracts.interaction import Attachment
from services.contracts.vocabulary import Kind
from services.engagement.protocol.choices import ChoiceForm, form_for
from services.engagement.protocol.lengths import TextUnit, text_length
from services.engagement.protocol.sending import OutboundReply, UnsendableError, WindowClosedError


class MediaKind(StrEnum):
    """What an attachment is, in `Attachment.kind`."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    VOICE = "voice"
    FILE = "file"
    STICKER = "sticker"
    LOCATION = "location"
    CONTACT = "contact"
    LINK = "link"
    POLL = "poll"
    STORY = "story"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One credential or setting that a channel needs; `secret` ones are sealed and never shown again. `form`: how its value looks.

    What is required is not where the credential `unless` is there.
    """

    name: str
    description: str
    secret: bool = False
    required: bool = True
    form: Literal["text", "address", "flag", "port"] = "text"
    unless: str | None = None

    def refuses(self, value: str) -> str | None:
        """What a value ought to look like, where this one does not."""
        pattern, words = _FORMS[self.form]
        return words if value and not pattern.fullmatch(value) else None


_FORMS = {
    "text": (re.compile(r"(?s).*"), ""),
    "address": (re.compile(r"https?://[^\s/]+\S*"), "an http or https address"),
    "flag": (re.compile(r"true|false"), '"true" or "false"'),
    "port": (re.compile(r"[1-9][0-9]{0,4}"), "the number of a port"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningSecret:
    """Who makes the secret that proves requests: the platform (we are told it), we (the platform is told it), or nobody.

    `app_setting` names the setting with the number of the platform's app, where one app delivers for many accounts to one address.
    """

    made_by: Literal["platform", "us", "nobody"]
    description: str = ""
    app_setting: str = ""


REGISTERED = (
    Field(name="client_id", description="The client id of our registration at the platform."),
    Field(name="client_secret", description="Its client secret.", secret=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """How an account is connected by signing in (OAuth), where the connector has `Authorizes`.

    `app` names our registration: platforms of one house may share theirs (None: the platform's own name). `registration` is what
    it consists of; nothing where each sign-in registers by itself. `asks` names the settings that are needed beforehand, such as
    the address of an instance.
    """

    app: str | None = None
    registration: tuple[Field, ...] = REGISTERED
    asks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLimit:
    """How long a text may be, in `unit`. `setting` names the channel's setting that says otherwise, where servers of a platform differ."""

    limit: int
    unit: TextUnit = TextUnit.CHARACTERS
    setting: str | None = None

    def of(self, config: Mapping[str, str]) -> int:
        """The limit that holds in a channel with these settings."""
        given = config.get(self.setting, "") if self.setting else ""
        return int(given) if _LIMIT.fullmatch(given) else self.limit


_LIMIT = re.compile(r"[1-9][0-9]{0,6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaLimit:
    """What may go beside a text. `caption` is the text limit that holds once there is an attachment.

    `types` and `sizes` (bytes) hold for files that we hand over ourselves; a kind that they do not name takes what we keep.
    `total_bytes` is for all of them together. What is of a kind in `alone` goes with no other. `public` is how many go beside what is
    said in public, where that is fewer than `count`.
    """

    kinds: frozenset[MediaKind] = frozenset()
    count: int = 0
    caption: TextLimit | None = None
    types: Mapping[MediaKind, frozenset[str]] = field(default_factory=dict)
    sizes: Mapping[MediaKind, int] = field(default_factory=dict)
    total_bytes: int | None = None
    alone: frozenset[MediaKind] = frozenset()
    public: int | None = None

    def takes(self, kind: MediaKind, *, type_: str) -> bool:
        """Whether a file of this type may go as this kind."""
        return kind in self.kinds and type_ in self.types.get(kind, {type_})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyWindow:
    """How long after the person's last message of `kind` we may write freely, and what is allowed afterwards.

    Where the channel's flag `setting` is true, the platform gives `longer`.
    """

    kind: Kind
    length: timedelta
    afterwards: tuple[str, ...] = ()
    setting: str | None = None
    longer: timedelta | None = None

    def of(self, config: Mapping[str, str]) -> timedelta:
        """The window that holds in a channel with these settings."""
        given = self.longer if self.setting and config.get(self.setting) == "true" else None
        return given or self.length


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """At most `count` sends in `seconds`, for the whole channel or for each conversation."""

    per: Literal["channel", "conversation"]
    count: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What is known to work, for the table in docs and on the command line. `live` says whether anyone tried the real platform."""

    received: str
    sent: str
    verified: str
    backfill: str
    lookup: str
    last_checked: str
    live: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """Everything that the rest of the house must know of a platform. `text_limits` is keyed by the kind that is sent."""

    platform: str
    title: str
    receives: frozenset[Kind]
    text_limits: Mapping[Kind, TextLimit]
    credentials: tuple[Field, ...]
    signing: SigningSecret
    quality: Quality
    docs: tuple[str, ...]
    settings: tuple[Field, ...] = ()
    sign_in: SignIn | None = None
    media: MediaLimit = MediaLimit()
    windows: tuple[ReplyWindow, ...] = ()
    rate_limits: tuple[RateLimit, ...] = ()
    echoes_reference: bool = False
    begins: frozenset[Kind] = frozenset()
    """The kinds in which we may write to a person who has not written to us."""
    private_answers: Mapping[Kind, timedelta] = field(default_factory=dict)
    """What people say in public that may be answered in private (DIRECT, `answering` it), once, and for how long after it.

    That holds also where the person has not written, or the time to write to them is over.
    """
    completions: RateLimit = RateLimit(per="channel", count=60, seconds=60)
    """How many events may be asked for where the connector has `Completes`: beside what is sent, so that no reply waits for it."""
    templates: bool = False
    """Whether it takes messages that it approved beforehand, which may go out when free words may not."""
    choices: tuple[ChoiceForm, ...] = ()
    """In which forms choices go beside a private message; the first that fits is taken."""
    # Whether the platform counts a channel's events without gaps (RawItem.sequence), so that a missing one is noticed.
    numbers_events: bool = False

    @property
    def sends(self) -> frozenset[Kind]:
        """The kinds that can go out."""
        return frozenset(self.text_limits)

    def missing(self, *, credentials: Mapping[str, str], config: Mapping[str, str]) -> list[str]:
        """The names of what is required and not there; blanks are nothing."""
        given = {name for name, value in credentials.items() if value.strip()}
        names = [each.name for each in self.credentials if each.required and not {each.name, each.unless} & given]
        return names + [each.name for each in self.settings if each.required and not config.get(each.name, "").strip()]


def refuse_unsendable(reply: OutboundReply, *, declaration: Declaration, config: Mapping[str, str] | None = None) -> None:
    """Raise `UnsendableError` where the platform would surely refuse; every `send` calls this before the network.

    `config` holds the channel's settings, for limits that depend on them.
    """
    limit = declaration.text_limits.get(reply.kind)
    if limit is None:
        raise UnsendableError(f"{declaration.title} takes no {reply.kind.value} from us")
    if not reply.text.strip() and not reply.attachments and not reply.template:
        raise UnsendableError("there is nothing to send: no text and no attachment")
    if reply.template and not declaration.templates:
        raise UnsendableError(f"{declaration.title} has no templates")
    _refuse_media(reply, media=declaration.media)
    if reply.choices:
        choice_form(reply, declaration=declaration)
    if reply.attachments and declaration.media.caption:
        limit = declaration.media.caption
    length, most = text_length(reply.text, unit=limit.unit), limit.of(config or {})
    if length > most:
        raise UnsendableError(f"the text has {length} {limit.unit.value}, {declaration.title} takes {most}")


def choice_form(reply: OutboundReply, *, declaration: Declaration) -> ChoiceForm:
    """How a reply's choices are shown. Raises `UnsendableError` where they are not."""
    if reply.choices is None or not declaration.choices:
        raise UnsendableError(f"{declaration.title} shows no choices")
    if reply.kind is not Kind.DIRECT:
        raise UnsendableError("choices go beside a private message only")
    if reply.attachments or reply.template or not reply.text.strip():
        raise UnsendableError("choices go beside words alone: without attachments, without a template")
    form = form_for(reply.choices, text=reply.text, forms=declaration.choices)
    if isinstance(form, str):
        raise UnsendableError(f"{declaration.title} cannot show these choices: {form}")
    return form


def refuse_late(
    reply: OutboundReply, *, declaration: Declaration, last_inbound_at: datetime | None, config: Mapping[str, str] | None = None
) -> None:
    """Raise `WindowClosedError` where the reply window is over; a template always passes. `config` holds the channel's settings."""
    answered = reply.answering
    if answered is not None and reply.kind is Kind.DIRECT and answered.kind in declaration.private_answers:
        length = declaration.private_answers[answered.kind]
        if reply.attempted_at > answered.occurred_at + length:
            raise WindowClosedError(f"the time for a private answer, {length}, is over", allowed=("an answer in public",))
        return
    for window in declaration.windows:
        if window.kind != reply.kind or reply.template:
            continue
        length = window.of(config or {})
        if last_inbound_at is None or reply.attempted_at > last_inbound_at + length:
            raise WindowClosedError(f"the reply window of {length} is over", allowed=window.afterwards)


def _refuse_media(reply: OutboundReply, *, media: MediaLimit) -> None:
    most = media.count if media.public is None or reply.kind is Kind.DIRECT else media.public
    if len(reply.attachments) > most:
        raise UnsendableError(f"{len(reply.attachments)} attachments, at most {most} can go at once")
    single = next((each.kind for each in reply.attachments if each.kind in media.alone), None)
    if single is not None and len(reply.attachments) > 1:
        raise UnsendableError(f"an attachment of kind {single} goes alone: send the others in a reply of their own")
    for attachment in reply.attachments:
        if attachment.kind not in media.kinds:
            raise UnsendableError(f"an attachment of kind {attachment.kind} cannot be sent")
        if not attachment.url and not attachment.reference and not attachment.media_id:
            raise UnsendableError("an attachment has neither address nor reference")
    _refuse_files([each for each in reply.attachments if each.media_id and not each.reference], media=media)


def _refuse_files(files: Sequence[Attachment], *, media: MediaLimit) -> None:
    """What we hand over ourselves we know: its type by its bytes, and its size."""
    for file in files:
        kind, type_, size = MediaKind(file.kind), file.content_type or "", file.size_bytes or 0
        if not media.takes(kind, type_=type_):
            taken = ", ".join(sorted(media.types.get(kind, ())))
            raise UnsendableError(f"{type_ or 'a file of no known type'} cannot go as {kind.value}, which takes {taken}")
        if size > media.sizes.get(kind, size):
            raise UnsendableError(f"the file has {size} bytes, as {kind.value} at most {media.sizes[kind]} can go")
    total = sum(file.size_bytes or 0 for file in files)
    if media.total_bytes is not None and total > media.total_bytes:
        raise UnsendableError(f"the files have {total} bytes together, at most {media.total_bytes} can go at once")
