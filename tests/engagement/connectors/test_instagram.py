"""Instagram beside real payloads and published signatures, where these lie next to the project; skipped elsewhere."""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.engagement.admin_connectors import parse_file
from services.engagement.connectors import connectors
from services.engagement.protocol import Request, Secrets, SignatureRefusedError

SHARED = Path(__file__).parents[4] / "shared" / "platforms" / "instagram"
AT = datetime(2026, 5, 4, 10, tzinfo=UTC)
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the vendor's samples are not here")


def outcomes(folder: str) -> Counter[str]:
    lines = [line for path in sorted((SHARED / folder).glob("*.json")) for line in parse_file("instagram", path=path, received_at=AT)]
    return Counter(str(line["kind"]) for line in lines)


def test_every_sample_is_understood() -> None:
    assert outcomes("samples") == {"direct": 9, "deletion": 3, "comment": 3, "click": 2, "edit": 1, "mention": 1, "ignored": 1}


def test_what_the_api_lists_is_understood() -> None:
    assert outcomes("api-responses") == {"comment": 5, "post": 3, "ignored": 3}


def test_a_delivery_signed_by_meta_is_accepted_and_one_changed_byte_is_not() -> None:
    vector = json.loads((SHARED / "vectors" / "meta-signed-delivery-sha256.json").read_text(encoding="utf-8"))
    signed = Request(headers={"x-hub-signature-256": [vector["valid"]]}, body=vector["raw_body"].encode())
    changed = Request(headers=signed.headers, body=signed.body.replace(b"PyWa", b"PyWb", 1))
    secrets = Secrets(current=vector["app_secret"])
    connectors()["instagram"].verify(signed, secrets=secrets, now=AT)
    with pytest.raises(SignatureRefusedError):
        connectors()["instagram"].verify(changed, secrets=secrets, now=AT)
