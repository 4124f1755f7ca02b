"""What can be connected and what it takes. Answered by engagement, shown by the gateway; plain data."""

from dataclasses import dataclass, field
from typing import Literal

from services.contracts.views.history import ChannelView
from services.contracts.vocabulary import ConnectorAbility, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorFieldView:
    """A credential (`secret`: sealed, never shown again) or a setting that a connector asks for. `form` is how its value looks."""

    name: str
    description: str
    secret: bool
    required: bool
    form: Literal["text", "address", "flag", "port"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInView:
    """How accounts are connected by signing in: our registration's name and values, and the settings that are needed beforehand.

    `redirect_path` is the path, beneath the public address, to name to the platform as redirect address.
    """

    app: str
    registration: tuple[str, ...]
    asks: tuple[str, ...]
    redirect_path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceFormView:
    """One way in which a platform shows choices beside a reply, and its limits; the first that fits is taken. 0 is: it has none."""

    name: str
    count: int
    title_chars: int
    id_bytes: int
    description_chars: int
    label_chars: int
    text_chars: int | None
    addresses: Literal["none", "each", "all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorView:
    """A platform that can be connected. `signing` says who makes the secret that proves its deliveries."""

    platform: str
    title: str
    receives: tuple[Kind, ...]
    sends: tuple[Kind, ...]
    begins: tuple[Kind, ...]
    private_answers: tuple[Kind, ...] = ()
    abilities: tuple[ConnectorAbility, ...]
    signing: Literal["platform", "us", "nobody"]
    fields: tuple[ConnectorFieldView, ...]
    docs: tuple[str, ...]
    sign_in: SignInView | None = None
    choices: tuple[ChoiceFormView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectedView:
    """A new channel; `signing_secret` is shown only now, and only where it is ours to make."""

    channel: ChannelView
    signing_secret: str | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovedButtonView:
    """A button of a template: what kind of value it is given (`other`: none that can be given), and whether it has to be."""

    label: str
    kind: Literal["reply", "address", "code", "other"]
    takes_value: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovedTemplateView:
    """A template that may be sent now. `places` are those of its text, by name (`named`) or number, in the order in which they are given.

    `heading` is what it has there: words (`heading_text`, with `heading_place` where they have one), or the kind of file that goes along.
    """

    name: str
    language: str
    category: str
    text: str
    named: bool
    places: tuple[str, ...]
    heading: Literal["none", "text", "image", "video", "file", "other"]
    heading_text: str
    heading_place: str | None
    buttons: tuple[ApprovedButtonView, ...]
