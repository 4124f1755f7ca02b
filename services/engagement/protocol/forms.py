"""Files of ours in a call of a platform: multipart/form-data. Called by connectors that upload; pure.

Sources: RFC 7578, and the escapes of names that browsers use.
"""

import hashlib
from collections.abc import Mapping

import orjson

from services.contracts.interaction import Attachment

_ESCAPES = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})


def form_of(parameters: Mapping[str, object], *, field: str, attachment: Attachment, content: bytes) -> tuple[bytes, str]:
    """The body and its content type: all parameters but `field` as text, objects as JSON, and the file in `field`."""
    rest = {name: value for name, value in parameters.items() if name != field}
    return form_with(rest, files={field: (attachment, content)})


def form_with(parameters: Mapping[str, object], *, files: Mapping[str, tuple[Attachment, bytes]]) -> tuple[bytes, str]:
    """The same with several files, each in the field of its name."""
    digest = hashlib.sha256()
    for _, content in files.values():
        digest.update(content)
    # No file can contain the digest of all of them.
    boundary = f"rapport-{digest.hexdigest()[:40]}"
    parts = [_part(boundary, f'name="{name}"', _text(value).encode()) for name, value in parameters.items()]
    for field, (attachment, content) in files.items():
        name = (attachment.name or "file").translate(_ESCAPES)
        kind = attachment.content_type or "application/octet-stream"
        parts.append(_part(boundary, f'name="{field}"; filename="{name}"', content, f"Content-Type: {kind}\r\n"))
    return b"".join(parts) + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def _part(boundary: str, disposition: str, content: bytes, more: str = "") -> bytes:
    head = f"--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\n{more}\r\n"
    return head.encode() + content + b"\r\n"


def _text(value: object) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
