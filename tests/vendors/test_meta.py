"""Facebook, Instagram and WhatsApp beside pywa: what it takes for signed we take, and the other way round; a message is the same one.

So are errors: what its families of codes say, ours say in the protocol's words.
"""

import json
from typing import Any, cast

import pytest
from pywa import WhatsApp, errors
from pywa.types import Message
from pywa.utils import webhook_updates_validator

from services.engagement.connectors import connectors
from services.engagement.connectors.whatsapp.sending import graph_of
from services.engagement.protocol import (
    ChannelAccess,
    CredentialsExpiredError,
    InDoubtError,
    NetAnswer,
    NotFoundError,
    NotSentError,
    RateLimitedError,
    RejectedError,
    SendError,
    SignatureRefusedError,
    WindowClosedError,
)
from tests.engagement.connectors.case_files import Case, cases
from tests.engagement.connectors.scripted import ScriptedNet

HEADER = "x-hub-signature-256"
SIGNED = [
    case
    for case in cases()
    if case.platform in {"facebook", "instagram", "whatsapp"}
    and case.receives
    and not case.data["receive"].get("heard")
    and case.request().method == "POST"
]
TEXTS = [case for case in SIGNED if case.platform == "whatsapp" and {"text", "media"} & set(case.data["covers"])]


@pytest.mark.parametrize("case", SIGNED, ids=lambda case: case.title)
def test_a_delivery_is_proven_where_pywa_says_so(case: Case) -> None:
    request, secrets = case.request(), case.secrets()
    theirs = any(webhook_updates_validator(secret, request.body, request.header(HEADER) or "") for secret in secrets.candidates())
    assert is_proven(case) == theirs


def test_most_deliveries_are_proven() -> None:
    assert sum(is_proven(case) for case in SIGNED) > len(SIGNED) / 2


def is_proven(case: Case) -> bool:
    try:
        connectors()[case.platform].verify(case.request(), secrets=case.secrets(), now=case.at)
    except SignatureRefusedError:
        return False
    return True


def test_messages_are_those_that_pywa_reads() -> None:
    compared = [case.title for case in TEXTS if is_same_message(case)]
    assert len(compared) >= 15, compared


def known_to_all(update: dict[str, Any]) -> dict[str, Any]:
    """The update with a user id for each contact: the library knows none without, platform and older deliveries do."""
    for entry in update["entry"]:
        for change in entry["changes"]:
            for contact in change["value"].get("contacts", []):
                contact.setdefault("user_id", "ES.1")
    return update


def is_same_message(case: Case) -> bool:
    """Compare; False where pywa cannot read it."""
    client = WhatsApp(phone_id="1", token="t")
    try:
        theirs = Message.from_update(client, cast("Any", known_to_all(json.loads(case.request().body))))
    except Exception:  # noqa: BLE001 - it refuses what is newer, older or odder than it knows
        return False
    connector = connectors()["whatsapp"]
    item = connector.split(case.request(), secrets=case.secrets())[0]
    event = connector.parse(case.delivery(item)).events[0]
    assert event.id == theirs.id, case.title
    assert event.occurred_at == theirs.timestamp, case.title
    assert event.author.external_id in {theirs.from_user.wa_id, theirs.from_user.bsuid}, case.title
    said = theirs.text or theirs.caption
    # What has no words gets some from us: a place, a form, a button.
    assert not said or event.text == said, case.title
    return True


FAMILIES: dict[type[errors.WhatsAppError], type[SendError]] = {
    errors.AuthorizationError: CredentialsExpiredError,
    errors.ThrottlingError: RateLimitedError,
    errors.IntegrityError: CredentialsExpiredError,
    errors.SendMessageError: RejectedError,
}
# Where a code says more than its family does.
FINER: dict[int, type[SendError]] = {
    130497: RejectedError,  # people of a country: nothing is wrong with the account
    131000: InDoubtError,
    131005: CredentialsExpiredError,
    131016: InDoubtError,
    131026: NotFoundError,
    131045: CredentialsExpiredError,
    131047: WindowClosedError,
    131057: NotSentError,
    132069: RateLimitedError,
    133016: RejectedError,  # numbers registered too often, which we do not do
}
KNOWN = [(code, family) for family in FAMILIES for kind in family.__subclasses__() for code in kind.__error_codes__ or ()]


@pytest.mark.parametrize(("code", "family"), KNOWN, ids=lambda each: str(each) if isinstance(each, int) else "")
async def test_an_error_means_what_pywa_says(code: int, family: type[errors.WhatsAppError]) -> None:
    answer = NetAnswer(status=400, headers={}, body=json.dumps({"error": {"message": "No", "code": code}}).encode())
    channel = ChannelAccess(platform="whatsapp", credentials={"token": "t"})
    with pytest.raises(SendError) as refused:
        await graph_of(channel, net=ScriptedNet([answer])).call("POST", "1/messages", json={})
    assert type(refused.value) is FINER.get(code, FAMILIES[family])


def test_there_are_codes() -> None:
    assert len(KNOWN) > 130
