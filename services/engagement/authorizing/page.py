"""What a person sees who comes back from a platform: that it is done, why not, or accounts to choose from. Plain rules."""

from collections.abc import Sequence
from html import escape

from services.engagement.pages import page
from services.engagement.protocol import Account

BACK = "<p>You can close this window and go back.</p>"


def done_page(names: Sequence[str]) -> bytes:
    """What is connected now."""
    return page("Connected", f"<p>{escape(', '.join(names))}</p>{BACK}")


def refused_page(title: str, detail: str) -> bytes:
    """Why nothing was connected."""
    return page(title, f"<p>{escape(detail)}</p><p>Nothing was connected.</p>")


def choice_page(accounts: Sequence[Account], *, leave: str, one: bool, asked: str = "") -> bytes:
    """The accounts granted, to choose from; `one`: a single one."""
    kind = "radio" if one else "checkbox"
    choices = "".join(
        f'<label><input type="{kind}" name="account" value="{escape(each.account)}"> {escape(each.name or each.account)}</label>'
        for each in accounts
    )
    again = f"<p>{escape(asked)}</p>" if asked else ""
    hidden = f'<input type="hidden" name="leave" value="{escape(leave)}">'
    legend = "<legend>Which one belongs to this channel?</legend>" if one else "<legend>Which ones shall be answered from here?</legend>"
    form = (
        f'<form method="post" action="/oauth/accounts">{hidden}<fieldset>{legend}{choices}</fieldset><p><button>Connect</button></p></form>'
    )
    return page("Choose", again + form)
