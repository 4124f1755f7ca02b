"""A file of ours in a call of a platform: what a server reads from the form is what was put in."""

from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from services.contracts.interaction import Attachment
from services.engagement.protocol import form_of


def read(body: bytes, kind: str) -> dict[str, Any]:
    """Each part of a form: its file name, its type, its bytes."""
    message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    found = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        found[name] = (part.get_filename(), part.get_content_type(), part.get_payload(decode=True))
    return found


@pytest.mark.parametrize("content", [b"", b"\r\n--rapport-\r\n", bytes(range(256)) * 40])
def test_the_file_and_every_parameter_arrive_as_they_are(content: bytes) -> None:
    parameters = {"chat_id": 7, "photo": "https://rapport.example/media/x", "caption": "Größe\nXL", "reply_parameters": {"message_id": 5}}
    picture = Attachment(kind="image", name="lamp.png", content_type="image/png", media_id=uuid4())
    found = read(*form_of(parameters, field="photo", attachment=picture, content=content))
    assert found["photo"] == ("lamp.png", "image/png", content)
    assert found["chat_id"][2] == b"7"
    assert found["caption"][2].decode() == "Größe\nXL"
    assert orjson.loads(found["reply_parameters"][2]) == {"message_id": 5}
    assert set(found) == set(parameters)


def test_a_name_cannot_leave_its_header() -> None:
    evil = Attachment(kind="file", name='a"; name="chat_id"\r\n\r\n99\r\n', media_id=UUID(int=1))
    found = read(*form_of({"chat_id": 7}, field="document", attachment=evil, content=b"x"))
    assert set(found) == {"chat_id", "document"}
    assert found["chat_id"][2] == b"7"
