"""Connecting by signing in, over a server that does OAuth as the standards have it: there and back, once, and by whom it was begun."""

import asyncio
import hmac
import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import asyncpg
import httpx
import pytest
from pydantic import SecretStr

from services.engagement.authorizing.connecting import OnTheWay
from services.engagement.authorizing.ends import refresh_at
from services.engagement.authorizing.platforms import Platforms
from services.engagement.channel_errors import PlatformUnreachableError
from services.engagement.connectors import connectors
from services.engagement.settings import EngagementSettings
from services.kit.crypto import Vault
from tests.brokers import emptied
from tests.databases import Databases
from tests.engagement.clocks import MovedClock
from tests.engagement.clocks import running as running_by
from tests.engagement.conftest import Service, running
from tests.engagement.platforms import joined
from tests.engagement.platforms.guild_server import GuildServer
from tests.engagement.waiting import until
from tests.serving import served

ME = uuid4()
PUBLIC = "https://rapport.example"
REGISTERED = {"OAUTH_GUILD_CLIENT_ID": SecretStr("our-id"), "OAUTH_GUILD_CLIENT_SECRET": SecretStr("our-secret")}


@pytest.fixture(scope="module", autouse=True)
def _guild() -> Iterator[None]:
    with joined():
        yield


@pytest.fixture(scope="module")
async def own_database(databases: Databases) -> AsyncIterator[str]:
    """The address of the module's database, as its owner."""
    name = await databases.take()
    yield databases.url(name)
    await databases.give_back(name)


@pytest.fixture(scope="module")
async def shared_service(
    own_database: str, shared_nats_url: str, secret_key: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Service]:
    """One service, registered at Guild, for the tests of this module."""
    settings = EngagementSettings(
        database_url=own_database,
        nats_url=shared_nats_url,
        secret_key=secret_key,
        allow_private_addresses=True,
        media_folder=tmp_path_factory.mktemp("media"),
        public_url=PUBLIC,
        oauth=REGISTERED,
        allowed_origins=("https://console.example",),
    )
    async with running(settings) as started:
        yield started
    await emptied(shared_nats_url)


async def begun(service: Service, url: str, **parts: Any) -> dict[str, Any]:
    """An authorization, begun at the server of that address."""
    body = {"platform": "guild", "config": {"server": url}, **parts}
    answer = await service.http.post("/v1/authorizations", json=body, headers=service.headers(member=ME))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def back(service: Service, location: str) -> httpx.Response:
    """The browser follows the platform's redirection."""
    assert location.startswith(f"{PUBLIC}/oauth/guild?")
    return await service.http.get(location.removeprefix(PUBLIC))


async def standing(service: Service, authorization: str) -> dict[str, Any]:
    found: dict[str, Any] = (await service.http.get(f"/v1/authorizations/{authorization}", headers=service.headers(member=ME))).json()
    return found


async def connected(service: Service, guild: GuildServer, url: str, **parts: Any) -> str:
    """A channel by signing in; gives its id."""
    made = await begun(service, url, **parts)
    page = await back(service, guild.consent(made["url"]))
    assert page.status_code == 200, page.text
    answer = await confirmed(service, made, page)
    assert answer.status_code == 200, answer.text
    (channel,) = answer.json()["channel_ids"]
    return str(channel)


def code_on(page: httpx.Response) -> str:
    """The code that the person is shown."""
    return page.text.split("<strong>")[1].split("</strong>")[0]


async def confirmed(
    service: Service, made: dict[str, Any], page: httpx.Response, *, headers: dict[str, str] | None = None
) -> httpx.Response:
    """Who began names the code of the page."""
    path = f"/v1/authorizations/{made['authorization']['id']}/confirmation"
    return await service.http.post(path, json={"code": code_on(page)}, headers=headers or service.headers(member=ME))


async def chosen(service: Service, made: dict[str, Any], *accounts: str) -> httpx.Response:
    """Who began chooses."""
    path = f"/v1/authorizations/{made['authorization']['id']}/accounts"
    return await service.http.post(path, json={"accounts": accounts}, headers=service.headers(member=ME))


async def awaited(there: list[Any]) -> list[Any]:
    return there


async def untold(service: Service, channel: str) -> dict[str, Any] | None:
    """How the channel fares, once it has a trouble."""
    health: dict[str, Any] = (await service.get(f"/v1/channels/{channel}/health")).json()
    return health if health["trouble"] else None


async def test_an_account_is_connected_by_signing_in(service: Service) -> None:
    guild = GuildServer()
    async with served(guild) as url:
        made = await begun(service, url)
        assert made["authorization"]["state"] == "begun"
        page = await back(service, guild.consent(made["url"]))
        assert (await service.get("/v1/channels")).json() == []
        assert (await standing(service, made["authorization"]["id"]))["state"] == "confirming"
        assert (await confirmed(service, made, page)).status_code == 200
        await until(lambda: awaited(guild.webhooks))
    assert (page.status_code, "Lantern Makers" in page.text) == (200, True)
    assert page.headers["referrer-policy"] == "no-referrer"
    (channel,) = (await service.get("/v1/channels")).json()
    assert (channel["platform"], channel["name"], channel["active"]) == ("guild", "Lantern Makers", True)
    stands = await standing(service, made["authorization"]["id"])
    assert (stands["state"], stands["channel_ids"]) == ("done", [channel["id"]])
    (webhook,) = guild.webhooks
    assert (webhook["address"], webhook["account"]) == (f"{PUBLIC}{channel['webhook_path']}", "guild-1")
    health = (await service.get(f"/v1/channels/{channel['id']}/health")).json()
    ends = datetime.fromisoformat(health["credentials_expire_at"])
    assert timedelta(minutes=59) < ends - datetime.now(UTC) <= timedelta(hours=1)
    assert "token-1" not in f"{made}{page.text}{channel}{stands}"


async def test_servers_read_who_we_are_at_our_address(service: Service) -> None:
    answer = await service.http.get("/oauth/bluesky.json")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    document = answer.json()
    assert (document["client_id"], document["redirect_uris"]) == (f"{PUBLIC}/oauth/bluesky.json", [f"{PUBLIC}/oauth/bluesky"])
    assert "d" not in document["jwks"]["keys"][0]
    assert (await service.http.get("/oauth/telegram.json")).status_code == 404


async def test_a_state_counts_once_and_only_where_it_was_made_for(service: Service) -> None:
    guild = GuildServer()
    async with served(guild) as url:
        location = guild.consent((await begun(service, url))["url"])
        state = parse_qs(urlsplit(location).query)["state"][0]
        forged = state[:-2] + ("AA" if state[-2:] != "AA" else "BB")
        for query in (
            "",
            "?code=code-1",
            "?code=code-1&state=x",
            f"?code=code-1&state={forged}",
            f"?code=code-1&state={'A' * 64}",
        ):
            refused = await service.http.get(f"/oauth/guild{query}")
            assert (refused.status_code, "Nothing was connected" in refused.text) == (400, True)
        elsewhere = await service.http.get(f"/oauth/telegram?code=code-1&state={state}")
        assert elsewhere.status_code == 409
        assert guild.asked == []
        assert (await back(service, location)).status_code == 200
        assert (await back(service, location)).status_code == 409
    assert guild.asked.count("/token") == 1


async def test_a_person_who_says_no_connects_nothing(service: Service) -> None:
    guild = GuildServer(denies=True)
    async with served(guild) as url:
        made = await begun(service, url)
        page = await back(service, guild.consent(made["url"]))
    assert (page.status_code, "said no &lt;b&gt;" in page.text, guild.asked) == (422, True, [])
    stands = await standing(service, made["authorization"]["id"])
    assert (stands["state"], "The person said no" in stands["reason"]) == ("failed", True)
    assert (await service.get("/v1/channels")).json() == []


async def test_a_code_that_is_not_ours_or_a_server_that_is_away_connects_nothing(service: Service) -> None:
    guild = GuildServer()
    async with served(guild) as url:
        first, second = [guild.consent((await begun(service, url))["url"]) for _ in range(2)]
        stolen = re.sub("code=[^&]+", "code=code-2", first)
        page = await back(service, stolen)
        assert (page.status_code, "invalid_grant" in page.text) == (422, True)
        guild.away = 1
        page = await back(service, second)
        assert (page.status_code, "the server is away" in page.text) == (422, True)
    assert (await service.get("/v1/channels")).json() == []


async def test_an_address_that_is_sent_to_somebody_else_connects_nothing_for_who_sent_it(service: Service) -> None:
    guild = GuildServer()
    async with served(guild) as url:
        made = await begun(service, url)
        page = await back(service, guild.consent(made["url"]))
        path, mine = f"/v1/authorizations/{made['authorization']['id']}", service.headers(member=ME)
        guessed = [await service.http.post(f"{path}/confirmation", json={"code": code}, headers=mine) for code in ("", "AAAA-AAAA", "é")]
        assert [(each.status_code, each.json()["code"]) for each in guessed] == [(422, "code_refused")] * 3
        assert (await chosen(service, made, "guild-1")).status_code == 409
        stands = await standing(service, made["authorization"]["id"])
        assert (stands["state"], stands["accounts"], (await service.get("/v1/channels")).json()) == ("confirming", [], [])
        assert code_on(page) not in f"{made}{stands}{[each.text for each in guessed]}"
        for other in (service.headers(member=uuid4()), service.headers(uuid4())):
            assert (await confirmed(service, made, page, headers=other)).status_code == 404
        written = code_on(page).lower().replace("-", " ").replace("0", "o")
        done = await service.http.post(f"{path}/confirmation", json={"code": written}, headers=mine)
        assert (done.status_code, done.json()["state"]) == (200, "done")
        assert (await confirmed(service, made, page)).status_code == 409
    assert [each["name"] for each in (await service.get("/v1/channels")).json()] == ["Lantern Makers"]


async def test_of_several_accounts_those_chosen_are_connected(service: Service) -> None:
    guild = GuildServer(accounts=[("a", "Aarhus"), ("b", "Bergen <i>"), ("c", "Cork")])
    async with served(guild) as url:
        made = await begun(service, url)
        page = await back(service, guild.consent(made["url"]))
        assert ("Bergen &lt;i&gt;" in page.text, (await service.get("/v1/channels")).json()) == (True, [])
        several = await confirmed(service, made, page)
        assert (several.json()["state"], [each["name"] for each in several.json()["accounts"]]) == (
            "choosing",
            ["Aarhus", "Bergen <i>", "Cork"],
        )
        other = await chosen(service, made, "d")
        assert (other.status_code, other.json()["granted"]) == (422, ["a", "b", "c"])
        assert (await service.get("/v1/channels")).json() == []
        done, again = await chosen(service, made, "a", "c"), await chosen(service, made, "b")
        await until(lambda: awaited(guild.webhooks[1:]))
    assert (done.status_code, again.status_code) == (200, 409)
    assert [each["name"] for each in (await service.get("/v1/channels")).json()] == ["Aarhus", "Cork"]
    assert sorted(each["account"] for each in guild.webhooks) == ["a", "c"]


async def test_an_apps_new_secret_is_given_in_one_place(service: Service) -> None:
    async def register(secret: str, *, client: str = "app-1") -> None:
        values = {"client_id": client, "client_secret": secret}
        answer = await service.http.put("/v1/registrations/meta", json={"values": values}, headers=service.headers())
        assert answer.status_code == 204, answer.text

    async def page(secret: str) -> str:
        made = await service.connect("facebook", credentials={"token": "t", "signing_secret": secret}, config={"account": uuid4().hex})
        path: str = made["channel"]["webhook_path"]
        return path

    async def taken(path: str, secret: str) -> bool:
        body = b'{"object":"page","entry":[]}'
        signed = {"x-hub-signature-256": "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex()}
        return (await service.http.post(path, content=body, headers=signed)).status_code == 200

    await register("secret-1")
    ours, anothers = await page("secret-1"), await page("by-hand")
    await register("secret-2")
    await until(lambda: taken(ours, "secret-2"))
    assert await taken(ours, "secret-1")
    assert not await taken(anothers, "secret-2")
    await register("secret-3", client="app-2")
    await register("secret-4", client="app-2")
    late = await page("secret-4")
    await register("secret-5", client="app-2")
    await until(lambda: taken(late, "secret-5"))
    assert [await taken(ours, f"secret-{number}") for number in range(1, 6)] == [True, True, False, False, False]


async def test_nothing_that_could_finish_a_sign_in_is_kept_for_repetitions(service: Service, own_database: str) -> None:
    guild = GuildServer()
    keyed = {**service.headers(member=uuid4()), "idempotency-key": "begin"}
    async with served(guild) as url:
        body = {"platform": "guild", "config": {"server": url}}
        first, again = [await service.http.post("/v1/authorizations", json=body, headers=keyed) for _ in range(2)]
        assert (again.status_code, again.json()) == (201, first.json())
        address = first.json()["url"]
        owner = await asyncpg.connect(own_database, timeout=10)
        try:
            kept = [str(dict(row)) for row in await owner.fetch("SELECT * FROM engagement.idempotency")]
            kept += [str(dict(row)) for row in await owner.fetch("SELECT * FROM engagement.channel_authorization")]
        finally:
            await owner.close()
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert any(first.json()["authorization"]["id"] in each for each in kept)
        for secret in (address, asked["state"], asked["code_challenge"], "our-secret"):
            assert not any(secret in each for each in kept)
        await back(service, guild.consent(address))
        after = await service.http.post("/v1/authorizations", json=body, headers=keyed)
    assert (after.status_code, after.json()["url"], after.json()["authorization"]) == (201, "", first.json()["authorization"])


async def test_the_person_goes_back_to_the_page_that_was_named_with_the_code(service: Service) -> None:
    guild = GuildServer()
    async with served(guild) as url:
        for page in ("https://console.example/channels?tab=2#list", f"{PUBLIC}/after"):
            made = await begun(service, url, return_to=page)
            shown = await back(service, guild.consent(made["url"]))
            front, mark, rest = page.partition("#")
            query = f"{'&' if '?' in front else '?'}authorization={made['authorization']['id']}&code={code_on(shown)}"
            assert (shown.status_code, shown.headers["location"]) == (303, f"{front}{query}{mark}{rest}")
            assert shown.headers["referrer-policy"] == "no-referrer"
            assert (await confirmed(service, made, shown)).json()["state"] == "done"


@pytest.mark.parametrize(
    "page",
    [
        "https://evil.example/",
        "https://console.example.evil.example/",
        "https://console.example@evil.example/",
        "https://console.example:8443/",
        "http://console.example/",
        "//console.example/",
        "/channels",
        "https:console.example",
        "https://evil.example\\@console.example/",
        "https://console.example\\.evil.example/",
        "javascript:alert(1)//https://console.example/",
        "https://console.example/\r\nset-cookie: a=b",
        "https://console.example/\tx",
    ],
)
async def test_nobody_is_sent_to_a_page_of_others(service: Service, page: str) -> None:
    body = {"platform": "guild", "config": {"server": "http://127.0.0.1:9"}, "return_to": page}
    refused = await service.http.post("/v1/authorizations", json=body, headers=service.headers(member=ME))
    assert (refused.status_code, refused.json()["code"]) == (422, "return_refused")
    assert "ALLOWED_ORIGINS" in refused.json()["detail"]


async def test_accounts_are_chosen_by_who_began_and_nobody_else(service: Service) -> None:
    guild = GuildServer(accounts=[("a", "Aarhus"), ("b", "Bergen")])
    mine = {**service.headers(member=uuid4()), "idempotency-key": "choose"}
    async with served(guild) as url:
        body = {"platform": "guild", "config": {"server": url}, "name": "Ours"}
        made, clicked_again = [(await service.http.post("/v1/authorizations", json=body, headers=mine)).json() for _ in range(2)]
        assert clicked_again == made
        page = await back(service, guild.consent(made["url"]))
        path = f"/v1/authorizations/{made['authorization']['id']}"
        first, again = [await confirmed(service, made, page, headers={**mine, "idempotency-key": "confirm"}) for _ in range(2)]
        assert (first.status_code, again.json()) == (200, first.json())
        stands = (await service.http.get(path, headers=mine)).json()
        assert (stands["state"], [each["account"] for each in stands["accounts"]]) == ("choosing", ["a", "b"])
        for other in (service.headers(member=uuid4()), service.headers(uuid4())):
            assert (await service.http.get(path, headers=other)).status_code == 404
            assert (await service.http.post(f"{path}/accounts", json={"accounts": ["a"]}, headers=other)).status_code == 404
        keyed = {**mine, "idempotency-key": "chosen"}
        first = await service.http.post(f"{path}/accounts", json={"accounts": ["b"]}, headers=keyed)
        again = await service.http.post(f"{path}/accounts", json={"accounts": ["b"]}, headers=keyed)
    assert (first.status_code, again.json()) == (200, first.json())
    assert [each["name"] for each in (await service.get("/v1/channels")).json()] == ["Ours"]


async def test_a_channel_is_connected_again_with_its_own_account_only(service: Service) -> None:
    guild = GuildServer()
    async with served(guild) as url:
        channel = await connected(service, guild, url, name="Workshop")
        await service.http.patch(f"/v1/channels/{channel}", json={"name": "The workshop"}, headers=service.headers())
        assert await connected(service, guild, url, platform=None, channel_id=channel, config={}) == channel
        assert await connected(service, guild, url) == channel, "an account that is connected is not connected twice"
        guild.accounts = [("guild-2", "Others")]
        made = await begun(service, url, platform=None, channel_id=channel, config={})
        page = await back(service, guild.consent(made["url"]))
        assert (page.status_code, "Others" in page.text) == (409, True)
    (row,) = (await service.get("/v1/channels")).json()
    assert row["name"] == "The workshop"
    await service.http.delete(f"/v1/channels/{channel}", headers=service.headers())
    over = await service.post("/v1/authorizations", {"channel_id": channel})
    assert (over.status_code, over.json()["code"]) == (409, "channel_disconnected")


async def test_what_is_needed_beforehand_is_said(service: Service) -> None:
    none = await service.post("/v1/authorizations", {"platform": "guild"})
    assert (none.json()["code"], none.json()["missing"][0]["name"]) == ("credentials_missing", "server")
    by_hand = await service.post("/v1/authorizations", {"platform": "telegram"})
    assert (by_hand.status_code, by_hand.json()["code"]) == (422, "not_authorizable")
    nowhere = await service.post("/v1/authorizations", {"platform": "nowhere"})
    assert (nowhere.status_code, nowhere.json()["code"]) == (422, "unknown_platform")
    unknown = await service.post("/v1/authorizations", {"channel_id": str(uuid4())})
    assert unknown.status_code == 404
    agent = await service.http.post("/v1/authorizations", json={"platform": "guild"}, headers=service.headers(role="agent"))
    assert agent.status_code == 403


async def test_a_workspace_may_have_a_registration_of_its_own(service: Service) -> None:
    guild = GuildServer(client=("theirs", "secret-of-theirs"))
    path, headers = "/v1/registrations/guild", service.headers()
    wrong = await service.http.put(path, json={"values": {"client_id": "theirs", "clientsecret": "x"}}, headers=headers)
    assert (wrong.status_code, wrong.json()["missing"], wrong.json()["unknown"]) == (422, ["client_secret"], ["clientsecret"])
    assert (await service.http.put("/v1/registrations/none", json={"values": {}}, headers=headers)).status_code == 422
    values = {"client_id": "theirs", "client_secret": "secret-of-theirs"}
    assert (await service.http.put(path, json={"values": values}, headers=headers)).status_code == 204
    assert (await service.get("/v1/registrations")).json() == ["guild"]
    assert (await service.http.put(path, json={"values": values}, headers=service.headers(role="marketer"))).status_code == 403
    async with served(guild) as url:
        await connected(service, guild, url)
        assert (await service.http.delete(path, headers=headers)).status_code == 204
        assert "client_id=our-id&" in (await begun(service, url))["url"]


async def test_a_platform_that_is_not_told_where_to_deliver_leaves_a_channel_that_says_so(service: Service) -> None:
    guild = GuildServer(refuses_webhooks=True)
    async with served(guild) as url:
        channel = await connected(service, guild, url)
        health = await until(lambda: untold(service, channel))
    assert health["trouble"] == "the platform was not told where to deliver: no such address"
    assert (health["status"], health["subscription"], health["subscription_reason"]) == ("refused", "failed", "no such address")


async def test_ten_minutes_are_enough(database_url: str, nats_url: str, secret_key: str, tmp_path: Path) -> None:
    clock = MovedClock()
    settings = EngagementSettings(
        database_url=database_url,
        nats_url=nats_url,
        secret_key=secret_key,
        allow_private_addresses=True,
        media_folder=tmp_path,
        public_url=PUBLIC,
        oauth={"OAUTH_GUILD_CLIENT_ID": SecretStr("our-id")},
    )
    guild = GuildServer()
    async with running_by(settings, clock=clock) as service, served(guild) as url:
        unregistered = await service.post("/v1/authorizations", {"platform": "guild", "config": {"server": url}})
        assert (unregistered.json()["code"], unregistered.json()["settings"]) == ("registration_missing", ["OAUTH_GUILD_CLIENT_SECRET"])
        values = {"client_id": "our-id", "client_secret": "our-secret"}
        await service.http.put("/v1/registrations/guild", json={"values": values}, headers=service.headers())
        location = guild.consent((await begun(service, url))["url"])
        clock.off = timedelta(minutes=10, seconds=1)
        assert (await back(service, location)).status_code == 409
    assert guild.asked == []


async def test_a_platform_that_does_not_answer_is_not_waited_for() -> None:
    platforms = Platforms(Silent(), vault=Vault(bytes(32)), exchange_seconds=0.01)
    kept = OnTheWay(keep={"verifier": "v"}, credentials={}, config={}, redirect_url=PUBLIC)
    app = {"client_id": "our-id", "client_secret": "our-secret", "server": "https://guild.example"}
    with pytest.raises(PlatformUnreachableError, match="did not answer"):
        await platforms.exchange(connectors()["guild"], kept, app=app, query={"code": "c"})


class Silent(GuildServer):
    """Never answers."""

    def __init__(self) -> None:
        super().__init__(held=asyncio.Event())


@pytest.mark.parametrize(
    ("lasts", "before"),
    [
        (timedelta(days=60), timedelta(days=6)),
        (timedelta(days=365), timedelta(days=7)),
        (timedelta(hours=1), timedelta(minutes=6)),
        (timedelta(minutes=20), timedelta(minutes=5)),
        (timedelta(minutes=2), timedelta(minutes=1)),
        (timedelta(seconds=-5), timedelta()),
    ],
)
def test_credentials_are_renewed_the_earlier_the_longer_they_last(lasts: timedelta, before: timedelta) -> None:
    now = datetime(2026, 5, 4, 10, tzinfo=UTC)
    assert refresh_at(now + lasts, now=now) == now + lasts - before
    assert refresh_at(None, now=now) is None
