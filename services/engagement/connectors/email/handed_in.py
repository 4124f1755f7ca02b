"""Mail as providers hand it on (JSON, forms, or whole within them), as mails again. Called by the connector's split; pure.

Vendors' pages: https://postmarkapp.com/developer/webhooks/inbound-webhook, https://developers.brevo.com/docs/inbound-parse-webhooks,
https://documentation.mailgun.com/docs/mailgun/user-manual/receive-forward-store/, https://mailchimp.com/developer/transactional/docs/webhooks/,
https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/setting-up-the-inbound-parse-webhook,
https://docs.aws.amazon.com/ses/latest/dg/receiving-email-notifications-contents.html.
What a provider found out about the sender is left behind: only our own server vouches for anybody.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from email.message import Message
from email.utils import format_datetime, formataddr
from urllib.parse import parse_qs

from services.engagement.connectors.email.assembling import Enclosed, Told, mail_of
from services.engagement.connectors.email.mime import BROKEN, header, parts, read_message, text_of_part
from services.engagement.protocol import NotJsonError, read_json, read_time

Fields = Mapping[str, object]

NEWS = "news of a mail that was sent, from the provider that sent it"
_FORM = re.compile(rb"\s*--[^\r\n]{1,200}\r?\n(?:[^\r\n]{0,400}\r?\n){0,5}?content-disposition:\s*form-data", re.IGNORECASE)
_PAIRS = re.compile(rb"[\w%.\[\]+-]{1,100}=[^\r\n]*(?:[\r\n]\s*)?", re.ASCII)
# How a whole mail begins.
_MAIL = re.compile(
    rb"\s*(?:arc-[\w-]+|bcc|cc|content-[\w-]+|date|delivered-to|dkim-signature|from|in-reply-to|message-id|mime-version|received(?:-spf)?|"
    rb"references|reply-to|return-path|sender|subject|to|x-[\w-]+):[ \t\r\n]",
    re.IGNORECASE,
)
_FROM = re.compile(rb"^from:", re.IGNORECASE | re.MULTILINE)
_HEAD_BYTES = 65_536
_HEADER_LIMIT_CHARS = 10_000
_SHORTEST_CHARS = 20
_UNKNOWN = datetime(1970, 1, 1, tzinfo=UTC)
_DEEPEST = 6
_MOST_MAILS = 1_000
# Under which names providers tell the same: lower case, dashes and underscores left out.
_NAMES = {
    "From": ("fromfull", "from", "fromemail", "sender"),
    "To": ("tofull", "to", "recipients", "recipient", "email"),
    "Cc": ("ccfull", "cc"),
    "Reply-To": ("replyto",),
    "Subject": ("subject",),
    "Message-ID": ("messageid",),
    "In-Reply-To": ("inreplyto",),
    "References": ("references",),
    "Date": ("date", "sentatdate", "timestamp", "ts"),
}
_TEXTS = ("bodyplain", "textbody", "rawtextbody", "textpart", "text", "plain", "strippedtext")
_HTMLS = ("bodyhtml", "htmlbody", "rawhtmlbody", "htmlpart", "html", "strippedhtml")
_WHOLE = ("bodymime", "rawemail", "rawmsg", "emailrfc822", "mime", "content", "message", "email", "raw")
_INSIDE = ("mandrillevents", "msg", "items", "message", "data", "msys", "relaymessage", "content", "payload", "mail")
_LISTED = ("messageheaders", "headers")
_NEWS = frozenset({"eventdata", "recordtype", "notificationtype", "eventtype", "event", "subscribeurl"})
_INBOUND = ("inbound", "received")


def mails_in(body: bytes) -> list[bytes] | None:
    """The mails that a provider put into this; None where it is a mail itself. An empty list is news without a mail."""
    fields = _fields_in(body)
    return None if fields is None else list(_mails(fields, depth=0))[:_MOST_MAILS]


def _fields_in(body: bytes) -> object:
    """The JSON or the form that a body is; None where it is neither."""
    start = body.lstrip()[:1]
    if start in (b"{", b"["):
        try:
            return read_json(body)
        except NotJsonError:
            return None
    if _FORM.match(body):
        return _form(body)
    if not _PAIRS.fullmatch(body):
        return None
    pairs = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True).items()}
    return pairs if len(pairs) > 1 or "mandrill_events" in pairs else None


def _form(body: bytes) -> Fields:
    """The fields of multipart/form-data by their names; files stay parts."""
    boundary = body.lstrip().partition(b"\n")[0].strip()[2:].decode("ascii", "replace")
    message = read_message(f'Content-Type: multipart/form-data; boundary="{boundary}"\r\n\r\n'.encode() + body.lstrip())
    found: dict[str, object] = {}
    files: list[Enclosed] = []
    for part in parts(message):
        name = _form_name(part.message)
        if part.name:
            files.append(Enclosed(name=part.name, content_type=part.content_type, content=_content(part.message)))
        elif name:
            found[name] = text_of_part(part)
    return {**found, "enclosed": files}


def _form_name(message: Message) -> str:
    try:
        return str(message.get_param("name", "", header="content-disposition") or "")
    except BROKEN:
        return ""


def _content(message: Message) -> bytes:
    payload = message.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _mails(told: object, *, depth: int) -> Iterator[bytes]:
    if depth > _DEEPEST:
        return
    if isinstance(told, str):
        told = _json(told)
    if isinstance(told, list):
        for each in told:
            yield from _mails(each, depth=depth + 1)
    elif isinstance(told, dict):
        yield from _mails_of(told, depth=depth)


def _mails_of(told: Fields, *, depth: int) -> Iterator[bytes]:
    fields = {_plain(name): value for name, value in told.items() if value not in (None, "")}
    if _is_news(fields):
        return
    whole = next((raw for name in _WHOLE if (raw := _whole(fields.get(name))) is not None), None)
    if whole is not None:
        yield whole
    elif isinstance(common := fields.get("commonheaders"), dict):
        yield mail_of(_told({**{_plain(name): value for name, value in common.items()}, "headers": fields.get("headers")}))
    elif _names_writer(fields):
        yield mail_of(_told(fields))
    else:
        for name in _INSIDE:
            yield from _mails(fields.get(name), depth=depth + 1)


def _names_writer(fields: Fields) -> bool:
    if {"from", "fromemail", "fromfull"} & fields.keys() or any(name.lower() == "from" for name, _ in _headers(fields)):
        return True
    return "sender" in fields and bool(_words(fields, (*_TEXTS, *_HTMLS)))


def is_news(body: bytes) -> bool:
    """Whether it is JSON in which a provider tells what became of a mail."""
    told = _fields_in(body)
    first = told[0] if isinstance(told, list) and told else told
    return isinstance(first, dict) and bool(_NEWS & {_plain(name) for name in first})


def _is_news(fields: Fields) -> bool:
    """Whether a provider tells what became of a mail that it sent, and only describes that mail."""
    kind = next((str(fields[name]).lower() for name in ("recordtype", "notificationtype") if name in fields), None)
    return "eventdata" in fields or (kind is not None and kind not in _INBOUND)


def _told(fields: Fields) -> Told:
    given = list(_headers(fields))
    known = {name.lower() for name, _ in given}
    made = [(name, value) for name in _NAMES if name.lower() not in known and (value := _header(name, fields))]
    return Told(headers=(*given, *made), text=_words(fields, _TEXTS), html=_words(fields, _HTMLS), files=tuple(_files(fields)))


def _header(name: str, fields: Fields) -> str:
    value = next((fields[each] for each in _NAMES[name] if each in fields), None)
    if name == "From" and isinstance(value, str) and isinstance(fields.get("fromname"), str) and "<" not in value:
        return _person({"name": fields["fromname"], "email": value})
    if name == "Date":
        return _date(value)
    if name == "Message-ID" and isinstance(value, str):
        return value if value.startswith("<") else f"<{value}>"
    people = [_person(each) for each in value] if isinstance(value, list) else [_person(value)]
    return ", ".join(filter(None, people))[:_HEADER_LIMIT_CHARS]


def _person(told: object) -> str:
    """`Name <address>` of an object, a pair, or a text."""
    if isinstance(told, list) and told and all(isinstance(each, str) or each is None for each in told):
        told = {"email": told[0], "name": told[1] if len(told) > 1 else None}
    if not isinstance(told, dict):
        return told if isinstance(told, str) else ""
    plain = {_plain(str(name)): value for name, value in told.items()}
    address, name = plain.get("email") or plain.get("address"), plain.get("name")
    if not isinstance(address, str):
        shown = plain.get("text")
        return shown if isinstance(shown, str) else ""
    return formataddr((name, address)) if isinstance(name, str) and name else address


def _date(told: object) -> str:
    """As a mail writes it; seconds since 1970, and ISO, are what some providers tell."""
    number = float(told) if isinstance(told, str) and told.isascii() and told.isdigit() and len(told) < 12 else told
    if isinstance(number, str) and not number[:4].isdigit():
        return number
    at = read_time(number, otherwise=_UNKNOWN)
    return "" if at is _UNKNOWN else format_datetime(at)


def _headers(fields: Fields) -> Iterator[tuple[str, str]]:
    """The mail's own headers, in whichever form: a block of text, pairs, objects with name and value, or one object."""
    told = next((fields[name] for name in _LISTED if name in fields), None)
    if isinstance(told, str):
        listed = _json(told)
        if listed is None:
            message = read_message(told.encode("utf-8", "replace") + b"\r\n\r\n")
            yield from ((name, header(message, name)) for name in dict.fromkeys(message.keys()))
            return
        told = listed
    if isinstance(told, dict):
        yield from _texts(told.items())
    elif isinstance(told, list):
        yield from _texts(_pair(each) for each in told)


def _pair(told: object) -> tuple[object, object]:
    if isinstance(told, dict):
        plain = {_plain(str(name)): value for name, value in told.items()}
        return plain.get("name"), plain.get("value")
    return (told[0], told[1]) if isinstance(told, list) and len(told) > 1 else (None, None)


def _texts(pairs: Iterable[tuple[object, object]]) -> Iterator[tuple[str, str]]:
    for name, value in pairs:
        for each in value if isinstance(value, list) else [value]:
            if isinstance(name, str) and isinstance(each, str):
                yield name.replace("_", "-"), each


def _words(fields: Fields, names: Iterable[str]) -> str | None:
    return next((value for name in names if isinstance(value := fields.get(name), str) and value.strip()), None)


def _files(fields: Fields) -> Iterator[Enclosed]:
    enclosed = fields.get("enclosed")
    yield from enclosed if isinstance(enclosed, list) else ()
    told = fields.get("attachments")
    told = _json(told) if isinstance(told, str) else told
    listed = list(told.values()) if isinstance(told, dict) else told
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, dict):
            yield _file({_plain(str(name)): value for name, value in each.items()})


def _file(told: Fields) -> Enclosed:
    size = next((told[name] for name in ("contentlength", "size", "length") if isinstance(told.get(name), int)), None)
    content = told.get("data") or (told.get("content") if told.get("base64") is not False else None)
    return Enclosed(
        name=str(told.get("name") or told.get("filename") or "file")[:200],
        content_type=str(told.get("contenttype") or told.get("type") or ""),
        content=_decoded(content) if isinstance(content, str) else b"",
        size_bytes=size if isinstance(size, int) else None,
    )


def _whole(told: object) -> bytes | None:
    """A whole mail in a field, as it is or in base64."""
    if not isinstance(told, str) or len(told) < _SHORTEST_CHARS:
        return None
    for raw in (told.encode("utf-8", "replace"), _decoded(told)):
        if _MAIL.match(raw) and _FROM.search(raw, 0, _HEAD_BYTES):
            return raw.lstrip()
    return None


def _decoded(told: str) -> bytes:
    try:
        return base64.b64decode("".join(told.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _json(told: str) -> object:
    if not told.lstrip().startswith(("{", "[")):
        return None
    try:
        return read_json(told.encode("utf-8", "replace"))
    except NotJsonError:
        return None


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "").replace(" ", "")
