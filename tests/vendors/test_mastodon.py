"""Mastodon's web pushes beside Mastodon.py: what it opens we open, with the same key."""

from base64 import urlsafe_b64decode

import pytest
from mastodon import Mastodon

from services.engagement.connectors import connectors
from services.engagement.protocol import MalformedDeliveryError, SignatureRefusedError
from tests.engagement.connectors.case_files import Case, cases

ENCRYPTED = [
    case for case in cases() if case.platform == "mastodon" and case.receives and case.request().header("content-encoding") == "aesgcm"
]


@pytest.mark.parametrize("case", ENCRYPTED, ids=lambda case: case.title)
def test_a_push_is_opened_where_the_library_opens_it(case: Case) -> None:
    request = case.request()
    private, auth = (urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in case.secrets().current.split("."))
    params = {"privkey": int.from_bytes(private, "big"), "auth": auth}
    client = Mastodon(api_base_url="https://social.lumen.example", access_token="t", version_check_mode="none")
    theirs = client.push_subscription_decrypt_push(
        request.body, params, request.header("encryption") or "", request.header("crypto-key") or ""
    )
    try:
        (item,) = connectors()["mastodon"].split(request, secrets=case.secrets())
    except (MalformedDeliveryError, SignatureRefusedError):
        pytest.fail("we do not open it")
    assert item.key == f"push:{theirs.notification_id}"


def test_there_is_such_a_push() -> None:
    assert ENCRYPTED
