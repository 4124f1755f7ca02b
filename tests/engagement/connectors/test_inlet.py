"""The inlet beside the reference library of Standard Webhooks, and beside its own README."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from services.engagement.connectors import connectors
from services.engagement.connectors.inlet.signatures import check, sign
from services.engagement.protocol import (
    ChannelAccess,
    ChannelFacts,
    CredentialsExpiredError,
    Delivery,
    MakesSecrets,
    MalformedDeliveryError,
    Request,
    Secrets,
    SignatureRefusedError,
)
from tests.engagement.connectors.case_files import FOLDER, ScriptedNet, cases

AT = datetime(2026, 5, 4, 10, 0, 5, tzinfo=UTC)
SHARED = Path(__file__).parents[4] / "shared" / "platforms" / "webchat" / "vectors" / "standard-webhooks-signature.json"


def made_secret() -> str:
    connector = connectors()["inlet"]
    assert isinstance(connector, MakesSecrets)
    return connector.make_secret()


def request(body: bytes, *, secret: str, at: datetime = AT) -> Request:
    return Request(headers={name: [value] for name, value in sign(secret, message_id="m-1", at=at, body=body).items()}, body=body)


def test_what_we_sign_the_reference_library_accepts() -> None:
    secret, body = made_secret(), '{"text":"zażółć"}'.encode()
    headers = sign(secret, message_id="m-1", at=datetime.now(UTC), body=body)
    assert Webhook(secret).verify(body, headers) == {"text": "zażółć"}


def test_what_the_reference_library_signs_we_accept() -> None:
    secret, body = made_secret(), '{"text":"zażółć"}'
    stamps = {
        "webhook-id": ["m-1"],
        "webhook-timestamp": [str(int(AT.timestamp()))],
        "webhook-signature": [Webhook(secret).sign("m-1", AT, body)],
    }
    check(Request(headers=stamps, body=body.encode()), secrets=Secrets(current=secret), now=AT)


@pytest.mark.skipif(not SHARED.is_file(), reason="the published vector is not here")
def test_published_vector_is_accepted_and_one_changed_byte_is_not() -> None:
    vector = json.loads(SHARED.read_text(encoding="utf-8"))
    now = datetime.fromtimestamp(int(vector["webhook_timestamp"]), tz=UTC)
    stamps = {
        "webhook-id": [vector["webhook_id"]],
        "webhook-timestamp": [vector["webhook_timestamp"]],
        "webhook-signature": [vector["valid"]],
    }
    body = vector["body"].encode()
    check(Request(headers=stamps, body=body), secrets=Secrets(current=vector["secret"]), now=now)
    with pytest.raises(SignatureRefusedError):
        check(Request(headers=stamps, body=body + b" "), secrets=Secrets(current=vector["secret"]), now=now)


@pytest.mark.parametrize("age", [timedelta(seconds=300), timedelta(seconds=-300), timedelta()])
def test_time_within_the_tolerance_is_accepted(age: timedelta) -> None:
    secret = made_secret()
    check(request(b"{}", secret=secret, at=AT - age), secrets=Secrets(current=secret), now=AT)


@pytest.mark.parametrize("age", [timedelta(seconds=301), timedelta(seconds=-301)])
def test_time_outside_the_tolerance_is_refused(age: timedelta) -> None:
    secret = made_secret()
    with pytest.raises(SignatureRefusedError):
        check(request(b"{}", secret=secret, at=AT - age), secrets=Secrets(current=secret), now=AT)


def test_more_than_a_thousand_events_are_malformed_and_a_thousand_are_not() -> None:
    connector, secrets = connectors()["inlet"], Secrets(current="")
    bodies = [json.dumps({"events": [{"id": str(number)} for number in range(count)]}).encode() for count in (1000, 1001)]
    assert len(connector.split(Request(body=bodies[0]), secrets=secrets)) == 1000
    with pytest.raises(MalformedDeliveryError):
        connector.split(Request(body=bodies[1]), secrets=secrets)


async def test_channel_whose_secret_is_broken_sends_nothing() -> None:
    case, net = next(case for case in cases() if case.title == "inlet/send_direct"), ScriptedNet()
    channel = ChannelAccess(platform="inlet", config={"reply_url": "https://partner.example"}, signing_secret="whsec_not base64")
    with pytest.raises(CredentialsExpiredError):
        await connectors()["inlet"].send(case.reply(), channel=channel, net=net)
    assert net.requests == []


def readme_examples() -> list[dict[str, Any]]:
    text = (FOLDER / "inlet" / "README.md").read_text(encoding="utf-8")
    return [json.loads(example) for example in re.findall(r"```json\n(.*?)```", text, flags=re.DOTALL)]


def test_event_of_the_readme_is_an_event() -> None:
    event, _ = readme_examples()
    delivery = Delivery(channel=ChannelFacts(platform="inlet"), key="k", body=json.dumps(event).encode(), received_at=AT)
    (parsed,) = connectors()["inlet"].parse(delivery).events
    assert (parsed.id, parsed.author.emails[0].verified, parsed.public) == ("li-1042", True, True)
    assert parsed.occurred_at == datetime(2026, 5, 4, 9, 59, 30, tzinfo=UTC)


async def test_reply_of_the_readme_has_the_fields_that_are_sent() -> None:
    _, shown = readme_examples()
    case, net = next(case for case in cases() if case.title == "inlet/send_direct"), ScriptedNet()
    await connectors()["inlet"].send(case.reply(), channel=case.channel(), net=net)
    assert json.loads(net.requests[0]["data"]).keys() == shown.keys()
