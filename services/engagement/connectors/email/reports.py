"""What machines write: automatic replies, lists, bounces, read receipts. Called by parse; pure.

Sources: RFC 3834 (Auto-Submitted), RFC 2919 (List-Id), RFC 3464 (delivery reports), RFC 8098 (disposition notifications).
"""

import re
from email.message import Message

from services.contracts.interaction import Author, Receipt
from services.contracts.vocabulary import ReplyState
from services.engagement.connectors.email.mime import BROKEN, Part, header, headers, storable, text_of_part
from services.engagement.connectors.email.people import NETWORK
from services.engagement.connectors.email.threads import ids_in, reply_in

AUTOMATIC = "automatic reply"
LIST = "mailing list"
REPORT = "delivery report"
_BULK = frozenset({"bulk", "junk"})
_DAEMONS = frozenset({"mailer-daemon", "postmaster"})
_DAEMON = "mailer-daemon"
_EMPTY = "<>"
_UNDELIVERED = re.compile(
    r"undeliver|non-?deliver|delivery (?:status|failure|problem|notification|report|has failed)|returned (?:mail|to sender)|"
    r"failure notice|mail delivery|delayed mail",
    re.IGNORECASE,
)
# How Exchange, Domino and others begin the subject of an automatic reply, in the languages that they are used in most. "Auto:" alone
# is no sign of one: in German it is a car.
_AUTOMATIC = re.compile(
    r"\[?(?:auto(?:matic|matische?|mata|mated)?[ -]?(?:reply|response|antwort|respuesta|svar)|respuesta autom\u00e1tica|"
    r"r\u00e9ponse automatique|risposta automatica|resposta autom\u00e1tica|automatyczna odpowied\u017a|abwesenheitsnotiz|"
    r"out of (?:the )?office)\]?\s*:|auto: .{1,200}(?:out of (?:the )?office|abwesend|nicht im b\u00fcro)",
    re.IGNORECASE,
)
_STATES = {"failed": ReplyState.FAILED, "delivered": ReplyState.DELIVERED}
_REASON_LIMIT_CHARS = 300
_OURS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.rapport@[\w.-]{1,190}")


def machine_behind(message: Message, *, sender: str) -> str | None:
    """What sort of machine wrote it, or None where a person did."""
    subject = header(message, "subject")
    if sender.startswith(_DAEMON) or (sender.partition("@")[0] in _DAEMONS and _UNDELIVERED.search(subject)):
        return REPORT
    precedence = header(message, "precedence").lower()
    if header(message, "list-id") or header(message, "list-unsubscribe") or precedence == "list":
        return LIST
    submitted = header(message, "auto-submitted").lower().partition(";")[0].strip()
    if (submitted and submitted != "no") or precedence == "auto_reply":
        return AUTOMATIC
    if any(header(message, name) for name in ("x-autoreply", "x-autorespond", "x-auto-reply")) or _AUTOMATIC.match(subject):
        return AUTOMATIC
    return LIST if precedence in _BULK else None


def daemon_behind(message: Message) -> Author | None:
    """Who wrote what names nobody: reports come from an empty address (RFC 5321, section 4.5.5)."""
    empty = _EMPTY in (header(message, "from").strip(), header(message, "return-path").strip())
    report = header(message, "content-type").lower().startswith("multipart/report")
    return Author(network=NETWORK, external_id=_DAEMON, name="Mail delivery") if empty or report else None


def is_report(message: Message, *, sender: str) -> bool:
    """Whether it tells of a mail that was sent, rather than being one."""
    kind = header(message, "content-type").lower()
    if kind.startswith("multipart/report") and ("delivery-status" in kind or "disposition-notification" in kind):
        return True
    return sender.partition("@")[0] in _DAEMONS and bool(headers(message, "x-failed-recipients"))


def receipt_in(message: Message, parts: list[Part]) -> Receipt | None:
    """What the report says of a reply of ours; None where it speaks of another mail, or of no end yet."""
    told = _told_by_fields(parts)
    state, reason = told or ((ReplyState.FAILED, "") if headers(message, "x-failed-recipients") else (None, ""))
    name = _reported(message, parts)
    if state is None or name is None:
        return None
    return Receipt(external_id=name, state=state.value, reason=reason[:_REASON_LIMIT_CHARS] or None)


def _told_by_fields(parts: list[Part]) -> tuple[ReplyState | None, str] | None:
    for part in parts:
        if part.content_type == "message/delivery-status":
            return _delivery(part)
        if part.content_type == "message/disposition-notification":
            shown = "displayed" in _fields(part).get("disposition", "").lower()
            return (ReplyState.READ if shown else None), ""
    return None


def _delivery(part: Part) -> tuple[ReplyState | None, str]:
    fields = _fields(part)
    status, words = fields.get("status", ""), fields.get("diagnostic-code", "").partition(";")[2].strip()
    return _STATES.get(fields.get("action", "").lower()), " ".join(f"{status} {words}".split())


def _fields(part: Part) -> dict[str, str]:
    """All fields of a report, whichever of its blocks they stand in; the first of a name counts."""
    try:
        payload = part.message.get_payload()
        blocks = payload if isinstance(payload, list) else []
        found: dict[str, str] = {}
        for block in blocks:
            if isinstance(block, Message):
                for name in block:
                    found.setdefault(name.lower(), header(block, name))
    except BROKEN:
        return {}
    return found


def _reported(message: Message, parts: list[Part]) -> str | None:
    """The Message-ID of ours that the report is about: in the mail it returns, in its own threads, else anywhere in its words."""
    names = [*_returned(parts), *ids_in(header(message, "in-reply-to")), *ids_in(header(message, "references"))]
    for part in parts:
        if part.content_type.startswith("text/"):
            names += _OURS.findall(text_of_part(part))
        if part.content_type == "message/disposition-notification":
            names += ids_in(_fields(part).get("original-message-id", ""))
    return next((name for name in names if reply_in(name)), None)


def _returned(parts: list[Part]) -> list[str]:
    found: list[str] = []
    for part in parts:
        if part.content_type not in {"message/rfc822", "message/global"}:
            continue
        try:
            inner = part.message.get_payload()
        except BROKEN:
            continue
        if isinstance(inner, list) and inner and isinstance(inner[0], Message):
            found += ids_in(header(inner[0], "message-id"))
        elif isinstance(inner, str):
            found += _OURS.findall(storable(inner))
    return found
