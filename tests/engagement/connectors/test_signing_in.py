"""What a sign-in grants is a whole channel, for every connector that has one: by their cases of `exchange`."""

from typing import Any

import pytest

from services.engagement.channels import NewChannel, wanted_channel
from services.engagement.connectors import connectors
from services.engagement.protocol import Authorizes, ChannelAccess, NetAnswer, Refreshes, SendError, SignIn
from tests.engagement.connectors.case_files import Case, ScriptedNet, cases

AUTHORIZING = sorted(name for name, connector in connectors().items() if isinstance(connector, Authorizes))
REFRESHING = sorted(name for name, connector in connectors().items() if isinstance(connector, Refreshes))
GRANTED = [case for case in cases() if case.data.get("call", {}).get("name") == "exchange" and "result" in case.data["call"]["expect"]]


@pytest.mark.parametrize("platform", AUTHORIZING)
def test_a_sign_in_says_what_it_needs(platform: str) -> None:
    declaration = connectors()[platform].declaration
    assert declaration.sign_in is not None, "say whose our registration is, and what is needed beforehand"
    assert set(declaration.sign_in.asks) <= {each.name for each in declaration.settings}
    names = [each.name for each in declaration.sign_in.registration]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("platform", AUTHORIZING)
def test_a_sign_in_has_a_case_of_each_end(platform: str) -> None:
    asked = [case.data["call"] for case in cases() if case.platform == platform and "call" in case.data]
    exchanged = [each["expect"] for each in asked if each["name"] == "exchange"]
    assert any(each["name"] == "begin" for each in asked)
    assert any("result" in each for each in exchanged)
    assert any("error" in each for each in exchanged)


@pytest.mark.parametrize("case", GRANTED, ids=lambda case: case.title)
def test_what_is_granted_is_a_whole_channel(case: Case) -> None:
    granted: dict[str, Any] = case.data["call"]["expect"]["result"]
    sign_in = connectors()[case.platform].declaration.sign_in or SignIn()
    asked = {name: case.data["call"]["app"].get(name, "https://asked.example") for name in sign_in.asks}
    for account in granted.get("accounts") or [{}]:
        config = {"account": account.get("account", ""), **account.get("config", {})}
        new = NewChannel(
            platform=case.platform,
            name="Granted",
            credentials={**granted.get("credentials", {}), **account.get("credentials", {})},
            config={**asked, **{name: value for name, value in config.items() if value}},
        )
        assert wanted_channel(new).access.credentials


@pytest.mark.parametrize("platform", REFRESHING)
@pytest.mark.parametrize("given", [True, False], ids=["with credentials", "without any"])
async def test_credentials_given_by_hand_are_renewed_or_left_whatever_there_is(platform: str, given: bool) -> None:
    connector = connectors()[platform]
    assert isinstance(connector, Refreshes)
    fields = {each.name: "given-by-hand" for each in connector.declaration.credentials}
    channel = ChannelAccess(platform=platform, account="1", credentials=fields if given else {}, signing_secret="given" if given else "")
    for answers in (["NotSentError"], [NetAnswer(status=200, headers={}, body=b"{}")], [NetAnswer(status=400, headers={}, body=b"no")]):
        try:
            granted = await connector.refresh(channel=channel, net=ScriptedNet(answers=answers))
        except SendError:
            continue
        assert granted.credentials == {} or granted.credentials.keys() <= fields.keys()
