"""Everything that we ask of WhatsApp and Mastodon, through Prism, beside the platforms' own OpenAPI descriptions: no violation at all.

Skipped, with the reason, where the descriptions or Prism are not here.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

from services.engagement.connectors import connectors
from services.engagement.protocol import NetAnswer, SendError
from tests.engagement.connectors.calls import call
from tests.engagement.connectors.case_files import Case, cases
from tests.engagement.connectors.scripted import ScriptedNet
from tests.vendors.prism.descriptions import DESCRIPTIONS, MASTODON, WHATSAPP, Description
from tests.vendors.prism.install import MISSING, PROGRAM
from tests.vendors.prism.proxy import FOLDER, Checked, CheckedNet, checking

pytestmark = pytest.mark.skipif(not (FOLDER / PROGRAM).is_file(), reason=MISSING)
ASKING = {each.platform: [case for case in cases() if case.platform == each.platform and not case.receives] for each in DESCRIPTIONS}
BOTH = [case for each in ASKING.values() for case in each]
MESSAGES = "https://graph.facebook.com/v23.0/1/messages"
STATUSES = "https://social.lumen.example/api/v1/statuses"
TOKEN = {"authorization": "Bearer lumen"}
GREETING = {"messaging_product": "whatsapp", "recipient_type": "individual", "to": "34600100200", "type": "text", "text": {"body": "Hello"}}
TEMPLATE = {name: told for name, told in GREETING.items() if name != "text"} | {"type": "template"}
BUTTON = {"type": "button", "sub_type": "quick_reply", "index": "0", "parameters": [{"type": "payload", "payload": "more"}]}
BUTTONS: dict[str, Any] = {"name": "order_update", "language": {"policy": "deterministic", "code": "en"}, "components": [BUTTON]}


@pytest.fixture(scope="module")
def proxies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Checked]]:
    with contextlib.ExitStack() as stack:
        there = [each for each in DESCRIPTIONS if each.path.is_file()]
        folder = tmp_path_factory.mktemp("prism")
        yield {each.platform: stack.enter_context(checking(each, folder=folder)) for each in there}


def net_of(description: Description, *, proxies: dict[str, Checked], script: ScriptedNet | None = None) -> CheckedNet:
    if description.platform not in proxies:
        pytest.skip(f"{description.platform}'s OpenAPI description is not here: it lies next to the project, in ../shared")
    return CheckedNet(proxies[description.platform], script or ScriptedNet([NetAnswer(status=200, headers={}, body=b'{"id":"1"}')]))


async def ask(case: Case, *, net: CheckedNet) -> dict[str, Any]:
    """Do what the case says; what became of it, in its words, as far as a send or an error goes."""
    connector, channel = connectors()[case.platform], case.channel()
    try:
        if case.sends:
            sent = await connector.send(case.reply(), channel=channel, net=net)
            return {"sent": {"external_id": sent.external_id, "echo_reference": sent.echo_reference}}
        await call(connector, case=case, channel=channel, net=net, read=lambda _: {})
    except SendError as error:
        return {"error": type(error).__name__}
    return {}


@pytest.mark.parametrize("case", BOTH, ids=lambda case: case.title)
async def test_what_we_ask_fits_the_description(case: Case, proxies: dict[str, Checked]) -> None:
    description = next(each for each in DESCRIPTIONS if each.platform == case.platform)
    net = net_of(description, proxies=proxies, script=case.net())
    outcome = await ask(case, net=net)
    assert net.broken == []
    assert outcome == {name: value for name, value in case.asked["expect"].items() if name in {"sent", "error"}}


WRONG = {
    "nobody to write to": (WHATSAPP, "POST", MESSAGES, {name: told for name, told in GREETING.items() if name != "to"}),
    "no kind of recipient": (WHATSAPP, "POST", MESSAGES, {name: told for name, told in GREETING.items() if name != "recipient_type"}),
    "a field that nobody named": (WHATSAPP, "POST", MESSAGES, {**GREETING, "colour": "red"}),
    "a younger field of another type": (WHATSAPP, "POST", MESSAGES, {**GREETING, "biz_opaque_callback_data": 7}),
    "words in another place": (WHATSAPP, "POST", MESSAGES, {**GREETING, "text": {"words": "Hello"}}),
    "a kind that is not the content's": (WHATSAPP, "POST", MESSAGES, {**GREETING, "type": "image"}),
    "a button of no kind": (
        WHATSAPP,
        "POST",
        MESSAGES,
        {**TEMPLATE, "template": {**BUTTONS, "components": [{**BUTTON, "sub_type": "song"}]}},
    ),
    "a template in no language": (WHATSAPP, "POST", MESSAGES, {**TEMPLATE, "template": {"name": "order_update"}}),
    "a read mark on nothing": (WHATSAPP, "POST", MESSAGES, {"messaging_product": "whatsapp", "status": "read"}),
    "a path that there is not": (WHATSAPP, "POST", MESSAGES + "/hide", GREETING),
    "a verb that there is not": (WHATSAPP, "DELETE", MESSAGES, None),
    "an unknown visibility": (MASTODON, "POST", STATUSES, {"status": "Hello", "visibility": "friends"}),
    "words that are none": (MASTODON, "POST", STATUSES, {"status": 7}),
    "nothing said": (MASTODON, "POST", STATUSES, {"visibility": "public"}),
    "an address that is none": (
        MASTODON,
        "POST",
        "https://social.lumen.example/api/v1/apps",
        {"client_name": "Lumen", "redirect_uris": {"a": 1}},
    ),
    "an unknown call": (MASTODON, "GET", "https://social.lumen.example/api/v1/opinions", None),
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_what_is_wrong_is_found(wrong: str, proxies: dict[str, Checked]) -> None:
    description, method, url, body = WRONG[wrong]
    net = net_of(description, proxies=proxies)
    await net.request(method, url, json=body, headers=TOKEN)
    assert net.broken


YOUNGER = {
    "a reference": {**GREETING, "biz_opaque_callback_data": "rapport:1"},
    "a user id": {name: told for name, told in GREETING.items() if name != "to"} | {"recipient": "ES.1"},
    "a read mark": {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.1", "typing_indicator": {"type": "text"}},
    "the first button": {**TEMPLATE, "template": BUTTONS},
    "a code to copy": {**TEMPLATE, "template": {**BUTTONS, "components": [{**BUTTON, "sub_type": "copy_code", "index": "1"}]}},
}


@pytest.mark.parametrize("younger", YOUNGER)
async def test_what_is_younger_is_allowed(younger: str, proxies: dict[str, Checked]) -> None:
    net = net_of(WHATSAPP, proxies=proxies)
    await net.request("POST", MESSAGES, json=YOUNGER[younger], headers=TOKEN)
    assert net.broken == []


async def test_a_call_without_token_is_found(proxies: dict[str, Checked]) -> None:
    net = net_of(WHATSAPP, proxies=proxies)
    await net.request("POST", MESSAGES, json=GREETING)
    assert net.broken
