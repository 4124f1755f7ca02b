"""Files of messages: the field of each kind, albums, uploads, and where a file that somebody sent lies. Called by sending and content.

Vendor's pages: https://core.telegram.org/bots/api#sending-files, #sendmediagroup, #getfile. The address under which a file can be had
holds the bot's token, so an attachment keeps another, which only says which file it is. Its only I/O is the injected files.
"""

import re
from collections.abc import Mapping, Sequence

from services.contracts.interaction import Attachment
from services.engagement.protocol import ChannelAccess, MediaKind, UnsendableError, form_of, form_with

DEFAULT_API_BASE = "https://api.telegram.org"
# https://core.telegram.org/bots/api#sending-files: 50 MB of anything, and less where the declaration says so.
UPLOAD_LIMIT_BYTES = 50_000_000
# getFile opens nothing larger: https://core.telegram.org/bots/api#getfile.
DOWNLOAD_LIMIT_BYTES = 20_000_000
_METHODS = {
    MediaKind.IMAGE: ("sendPhoto", "photo"),
    MediaKind.VIDEO: ("sendVideo", "video"),
    MediaKind.AUDIO: ("sendAudio", "audio"),
    MediaKind.VOICE: ("sendVoice", "voice"),
    MediaKind.STICKER: ("sendSticker", "sticker"),
}
_DOCUMENT = ("sendDocument", "document")
# Photos and videos stand together in an album; audio files and documents only among themselves.
_SHOWN = frozenset({MediaKind.IMAGE, MediaKind.VIDEO})
_NAMED = re.compile(re.escape(DEFAULT_API_BASE) + r"/file/([A-Za-z0-9_-]{1,300})")


def address_of(file_id: str | None, *, size_bytes: int | None) -> str | None:
    """The address that a file keeps; None where nobody could get it."""
    named = f"{DEFAULT_API_BASE}/file/{file_id}"
    return named if file_id and _NAMED.fullmatch(named) and (size_bytes or 0) <= DOWNLOAD_LIMIT_BYTES else None


def file_in(url: str) -> str | None:
    """The file_id of a kept address; None for any other."""
    named = _NAMED.fullmatch(url)
    return named.group(1) if named else None


def request_with(attachments: Sequence[Attachment], *, caption: str) -> tuple[str, dict[str, object]]:
    """The method that sends these, and its parameters: one by its kind's own, several as an album under the caption of the first."""
    (first, *others) = attachments
    if not others:
        method, field = _method(MediaKind(first.kind))
        return method, {field: first.reference or first.url, **({"caption": caption} if caption else {})}
    kinds = {MediaKind(each.kind) for each in attachments}
    alike = kinds <= _SHOWN or kinds == {MediaKind.AUDIO}
    shown = [
        {"type": _method(MediaKind(each.kind))[1] if alike else _DOCUMENT[1], "media": _source(each, place=place)}
        for place, each in enumerate(attachments)
    ]
    return "sendMediaGroup", {"media": [{**shown[0], **({"caption": caption} if caption else {})}, *shown[1:]]}


async def form_for(
    attachments: Sequence[Attachment], parameters: Mapping[str, object], *, channel: ChannelAccess
) -> tuple[bytes, str] | None:
    """The body of a call that brings files of ours along; None where there are none. Raises what reading the files raises."""
    ours = [(place, each) for place, each in enumerate(attachments) if _is_uploaded(each)]
    if not ours or channel.files is None:
        return None
    contents, room = list[bytes](), UPLOAD_LIMIT_BYTES
    for _, each in ours:
        if each.media_id is None or room <= 0:
            raise UnsendableError(f"the files have more than {UPLOAD_LIMIT_BYTES} bytes together")
        contents.append(await channel.files.read(each.media_id, max_bytes=room))
        room -= len(contents[-1])
    if len(attachments) == 1:
        return form_of(parameters, field=_method(MediaKind(ours[0][1].kind))[1], attachment=ours[0][1], content=contents[0])
    files = {_part(place): (each, content) for (place, each), content in zip(ours, contents, strict=True)}
    return form_with(parameters, files=files)


def _method(kind: MediaKind) -> tuple[str, str]:
    return _METHODS.get(kind, _DOCUMENT)


def _is_uploaded(attachment: Attachment) -> bool:
    return attachment.media_id is not None and not attachment.reference


def _source(attachment: Attachment, *, place: int) -> str | None:
    return f"attach://{_part(place)}" if _is_uploaded(attachment) else attachment.reference or attachment.url


def _part(place: int) -> str:
    return f"file{place}"
