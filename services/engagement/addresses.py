"""Where platforms deliver, beneath our own address: at a channel's, or at the one of an app that serves many. Pure.

An app's address follows from its number at the platform, so it is the same whichever channel names it, and stays when channels go.
"""

import re
from collections.abc import Mapping

from services.engagement.protocol import Declaration

WEBHOOKS = "/webhooks/"
_APPS = "apps/"
_FIT = re.compile(r"[A-Za-z0-9_-]{1,64}")

App = tuple[str, str]


def webhook_path(path_token: str) -> str:
    """A channel's address."""
    return f"{WEBHOOKS}{path_token}"


def app_of(declaration: Declaration, config: Mapping[str, str]) -> App | None:
    """The platform and the number of the app that serves a channel; None where there is none, or it is not known."""
    setting = declaration.signing.app_setting
    number = config.get(setting, "") if setting else ""
    return (declaration.platform, number) if _FIT.fullmatch(number) else None


def app_path(app: App) -> str:
    """An app's address."""
    return f"{WEBHOOKS}{_APPS}{app[0]}/{app[1]}"


def app_at(tail: str) -> App | None:
    """The app that the end of an address names; None for a channel's."""
    if not tail.startswith(_APPS):
        return None
    platform, slash, number = tail.removeprefix(_APPS).partition("/")
    return (platform, number) if slash and _FIT.fullmatch(number) else None


def delivery_path(declaration: Declaration, config: Mapping[str, str], *, path_token: str) -> str:
    """The address that a platform is told for a channel: its app's, where that is known."""
    app = app_of(declaration, config)
    return webhook_path(path_token) if app is None else app_path(app)
