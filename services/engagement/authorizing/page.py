"""What a person sees who comes back from a platform: the code to hand on, or why nothing was granted. Plain rules."""

from collections.abc import Sequence
from html import escape

from services.engagement.protocol import Account
from services.kit.http.pages import page

_NAMED = 10


def code_page(accounts: Sequence[Account], *, code: str) -> bytes:
    """What was granted, and the code that connects it."""
    names = [each.name or each.account for each in accounts]
    more = "" if len(names) <= _NAMED else f" and {len(names) - _NAMED} more"
    granted = f"<p>{escape(', '.join(names[:_NAMED]))}{more}</p>" if any(names) else ""
    return page(
        "One more step",
        f"{granted}<p>Enter this code where the connection was begun:</p><p><strong>{escape(code)}</strong></p>"
        "<p>Nothing is connected before that. Whoever has the code connects the account to their own workspace: "
        "if neither you nor a colleague of yours began this, give it to nobody and close this window.</p>",
    )


def refused_page(title: str, detail: str) -> bytes:
    """Why nothing was connected."""
    return page(title, f"<p>{escape(detail)}</p><p>Nothing was connected.</p>")
