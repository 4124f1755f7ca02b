"""From an answer to a rating (E21): asked once and in private, one tap behind a signed link, the unhappy come back to their owner."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from rapport.simulation.client import SimulatedPlatforms
from services.contracts.events import HeldKind, MemberChanged, ProfileKindsChanged
from services.contracts.ids import ContactId, MemberId, ProfileId
from services.contracts.vocabulary import Role, StakeholderKind
from services.engagement.consent.keeping import keep_kinds
from services.engagement.members import keep_members
from services.engagement.satisfaction.errors import ReviewAddressError
from services.engagement.satisfaction.links import PURPOSE, read_token, token_of
from services.engagement.satisfaction.reviews import check_address
from services.engagement.settings import EngagementSettings
from services.engagement.statements.history import assign_profiles
from services.engagement.statements.ledger import inserted_block
from services.engagement.statements.satisfaction import take_due
from services.kit.db import Database
from tests.engagement.conftest import Service
from tests.engagement.partner import Partner, event
from tests.engagement.waiting import journal_settled, until

SECRET = "whsec_" + "c2VjcmV0LW9mLXRoZS1zaW11bGF0ZWQtcGFydG5lci0x"
LINK = re.compile(r"/rate/([A-Za-z0-9_-]{64})")
FORM = {"content-type": "application/x-www-form-urlencoded"}
PRODUCT_HEADERS = ("content-security-policy", "referrer-policy", "cache-control", "x-content-type-options")


@dataclass
class Desk:
    """A channel that asks, and a member who answers."""

    service: Service
    platforms: SimulatedPlatforms
    partner: Partner
    database: Database
    ana: MemberId

    async def answer(self, number: int, *, member: UUID | None = None) -> dict[str, Any]:
        """The person writes, and is answered; gives the conversation."""
        await self.partner.deliver(event(number))
        await journal_settled(self.service, count=number)
        (thread,) = (await self.service.get("/v1/conversations")).json()["items"]
        posted = await self.service.http.post(
            f"/v1/conversations/{thread['id']}/replies",
            json={"text": f"Answer {number}"},
            headers=self.service.headers(member=member or self.ana),
        )
        assert posted.status_code == 201, posted.text
        found: dict[str, Any] = thread
        return found

    def texts(self) -> list[str]:
        """What the person was sent."""
        return [str(each.get("text", "")) for each in map(dict, self.platforms.accepted_replies("inlet"))]

    async def link(self, *, count: int = 1) -> str:
        """The path of the last of so many links that the person was sent."""

        async def sent() -> list[str]:
            found = [match.group(0) for match in map(LINK.search, await self.sent_texts()) if match]
            return found if len(found) >= count else []

        found: list[str] = await until(sent, within_seconds=30)
        return found[-1]

    async def sent_texts(self) -> list[str]:
        """The texts of all replies."""
        async with self.database.transaction(self.service.workspace) as connection:
            return [row["text"] for row in await connection.fetch("SELECT text FROM reply WHERE state = 'sent' ORDER BY id")]

    async def say(self, path: str, body: str, **headers: str) -> httpx.Response:
        """Send the form."""
        return await self.service.http.post(path, content=body, headers={**FORM, **headers})

    async def shift(self, column: str, span: timedelta) -> None:
        """Let a time of the rating lie further back."""
        async with self.database.transaction(self.service.workspace) as connection:
            await connection.execute(f"UPDATE rating SET {column} = {column} - $1::interval", span)


@pytest.fixture
async def database(settings: EngagementSettings) -> AsyncIterator[Database]:
    opened = Database(settings.role_url("engagement", role="app"), name="test-app", size=2)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def desk(service: Service, platforms: SimulatedPlatforms, database: Database) -> Desk:
    reply_url = await platforms.add_partner("shop", webhook_url=service.url, secret=SECRET)
    ana = MemberId(uuid4())
    service.issuer.members = [MemberChanged(member_id=ana, name="Ana", role=Role.AGENT, email="ana@acme.example", version=1)]
    made: Any = await service.connect("inlet", credentials={"signing_secret": SECRET}, config={"reply_url": reply_url})
    partner = Partner(service, made["channel"]["webhook_path"], SECRET, made["channel"]["id"])
    return Desk(service, platforms, partner, database, ana)


async def ask_at_once(desk: Desk) -> None:
    path = f"/v1/channels/{desk.partner.channel_id}/satisfaction"
    assert (await desk.service.get(path)).json() == {"asks": False, "delay_minutes": 60, "review_url": None, "review_text": ""}
    answer = await desk.service.http.put(path, json={"asks": True, "delay_minutes": 0}, headers=desk.service.headers())
    assert answer.json() == {"asks": True, "delay_minutes": 0, "review_url": None, "review_text": ""}


async def ratings(desk: Desk) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await desk.service.get("/v1/ratings")).json()["items"]
    return items


async def test_e21_a_person_rates_with_one_tap_and_may_change_it_for_a_day(desk: Desk) -> None:
    await ask_at_once(desk)
    thread = await desk.answer(1)
    path = await desk.link()

    seen = await desk.service.http.get(path)
    assert (seen.status_code, seen.headers["content-type"]) == (200, "text/html; charset=utf-8")
    policy = seen.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert all(name in seen.headers for name in PRODUCT_HEADERS)
    assert "<script" not in seen.text
    assert seen.text.count('<button name="stars"') == 5
    assert await ratings(desk) == []

    assert (await desk.say(path, "stars=4&comment=Fast+%3Cb%3E")).status_code == 200
    (rating,) = await ratings(desk)
    assert (rating["stars"], rating["comment"], rating["member_id"]) == (4, "Fast <b>", str(desk.ana))
    assert (rating["conversation_id"], rating["channel_id"]) == (thread["id"], desk.partner.channel_id)
    assert "Fast &lt;b&gt;" in (await desk.service.http.get(path)).text

    assert "Anything to add?" in (await desk.say(path, "stars=5")).text
    assert [(each["stars"], each["comment"]) for each in await ratings(desk)] == [(5, "Fast <b>")]
    assert "Anything to add?" not in (await desk.say(path, "stars=5&comment=")).text
    assert [(each["stars"], each["comment"]) for each in await ratings(desk)] == [(5, "")]
    await desk.shift("rated_at", timedelta(days=1, minutes=1))
    assert (await desk.say(path, "stars=1")).status_code == 409
    assert [each["stars"] for each in await ratings(desk)] == [5]

    now = datetime.now(UTC)
    query = {"since": (now - timedelta(days=2)).isoformat(), "until": now.isoformat()}
    for by, key in (("member", str(desk.ana)), ("discipline", "none"), ("channel", desk.partner.channel_id)):
        found = await desk.service.http.get("/v1/ratings/averages", params={**query, "by": by}, headers=desk.service.headers())
        assert found.json() == [{"key": key, "count": 1, "average": 5.0, "low": 0}]


async def test_a_person_is_asked_once_a_week_and_only_after_a_members_answer(desk: Desk) -> None:
    await ask_at_once(desk)
    await desk.answer(1)
    await desk.link()
    await desk.answer(2)
    await until(lambda: sent(desk, 3), within_seconds=30)
    await desk.shift("created_at", timedelta(days=7, minutes=1))
    await desk.answer(3)
    await desk.link(count=2)
    assert len([text for text in await desk.sent_texts() if LINK.search(text)]) == 2


async def sent(desk: Desk, count: int) -> bool:
    return len(await desk.sent_texts()) >= count


async def test_w7_a_competitor_is_not_asked_how_we_did(desk: Desk) -> None:
    await ask_at_once(desk)
    thread = await desk.answer(1)
    path = await desk.link()
    kind = HeldKind(kind=StakeholderKind.COMPETITOR)
    async with desk.database.transaction(desk.service.workspace) as connection:
        told = ProfileKindsChanged(
            profile_id=ProfileId(UUID(thread["profile_id"])), kinds=(kind,), version=1, contact_id=ContactId(uuid4())
        )
        await keep_kinds(connection, desk.service.workspace, [told])
    await desk.shift("created_at", timedelta(days=7, minutes=1))

    await desk.answer(2)

    async def dropped() -> bool:
        async with desk.database.transaction(desk.service.workspace) as connection:
            return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM rating WHERE state = 'dropped')"))

    await until(dropped, within_seconds=30)
    assert await desk.link() == path
    assert len([text for text in await desk.sent_texts() if LINK.search(text)]) == 1


async def test_e21_a_low_rating_comes_back_to_the_same_owner_and_tells_so(desk: Desk) -> None:
    await ask_at_once(desk)
    thread = await desk.answer(1)
    path = await desk.link()
    now = (await desk.service.get(f"/v1/conversations/{thread['id']}")).json()
    closed = await desk.service.http.patch(
        f"/v1/conversations/{thread['id']}", json={"status": "closed", "version": now["version"]}, headers=desk.service.headers()
    )
    assert closed.status_code == 200, closed.text

    assert (await desk.say(path, "stars=2&comment=slow")).status_code == 200
    assert (await desk.say(path, "stars=1")).status_code == 200

    again = (await desk.service.get(f"/v1/conversations/{thread['id']}")).json()
    assert (again["status"], again["owner_id"]) == ("open", str(desk.ana))
    mine = desk.service.headers(member=desk.ana, role="agent")

    told = (await desk.service.http.get("/v1/notifications", headers=mine)).json()["items"]
    assert [(each["kind"], each["conversation_id"], each["reason"], each["count"]) for each in told if each["kind"] == "low_rating"] == [
        ("low_rating", thread["id"], "2 of 5", 1)
    ]


async def test_e21_the_happy_are_asked_for_a_review_once_and_never_who_is_blocked(
    service: Service, settings: EngagementSettings, database: Database
) -> None:
    made: Any = await service.connect("inlet")
    channel = made["channel"]["id"]
    review = {"asks": True, "review_url": "https://reviews.example/acme?a=1&b=2", "review_text": "Tell <others>?"}
    assert (await service.http.put(f"/v1/channels/{channel}/satisfaction", json=review, headers=service.headers())).status_code == 200

    async def question(profile: UUID) -> str:
        """The path of a question that this person was asked."""
        rating = uuid4()
        async with database.transaction(service.workspace) as connection:
            await connection.execute(
                """
                INSERT INTO rating (workspace_id, id, conversation_id, channel_id, profile_id, reply_id, member_id, state, created_at,
                    due_at, expires_at, comment) VALUES ($1, $2, $2, $3, $4, $2, $2, 'asked', now(), now(), now() + interval '1 day', '')
                """,
                service.workspace,
                rating,
                UUID(channel),
                profile,
            )
        return f"/rate/{token_of(settings.key_for(PURPOSE), workspace=service.workspace, rating=rating)}"

    async def thanks(path: str, stars: int) -> str:
        answer = await service.http.post(path, content=f"stars={stars}", headers=FORM)
        assert (answer.status_code, "Thank you" in answer.text) == (200, True)
        return answer.text

    ana, phone, ben = uuid4(), uuid4(), uuid4()
    async with database.transaction(service.workspace) as connection:
        contact = uuid4()
        await assign_profiles(connection, service.workspace, [(ana, contact, 1), (phone, contact, 1)])
        await inserted_block(connection, service.workspace, ProfileId(ben), reason="rude", member=None, now=datetime.now(UTC))
    first = await question(ana)
    assert "reviews.example" not in (await service.http.get(first)).text
    assert "reviews.example" not in await thanks(first, 3)
    for _ in range(2):
        happy = await thanks(first, 4)
        assert '<a href="https://reviews.example/acme?a=1&amp;b=2" rel="noopener noreferrer external">' in happy
        assert "Tell &lt;others&gt;?" in happy
    for other in (await question(ana), await question(phone), await question(ben)):
        assert "reviews.example" not in await thanks(other, 5)
    given = (await service.get("/v1/ratings")).json()["items"]
    assert sorted((each["stars"], each["review_asked_at"] is not None) for each in given) == [(4, True), *[(5, False)] * 3]

    # No question goes to who is blocked either.
    async with database.transaction(service.workspace) as connection:
        await connection.execute("UPDATE rating SET state = 'waiting' WHERE profile_id = ANY($1)", [phone, ben])
        taken = await take_due(connection, service.workspace, now=datetime.now(UTC), limit=9)
    assert {row["profile_id"]: row["state"] for row in taken} == {phone: "asked", ben: "dropped"}


@pytest.mark.parametrize(
    "wrong",
    ["http://reviews.example", "https://", "javascript:alert(1)", "https://a b.example", "https://u:p@x.example", "https://x:99999"],
)
def test_what_is_no_address_for_a_review_is_refused(wrong: str) -> None:
    with pytest.raises(ReviewAddressError):
        check_address(wrong)


async def test_a_low_rating_goes_to_nobody_where_its_owner_has_left(desk: Desk) -> None:
    await ask_at_once(desk)
    thread = await desk.answer(1)
    path = await desk.link()
    async with desk.database.transaction(desk.service.workspace) as connection:
        left = MemberChanged(member_id=desk.ana, name="Ana", role=Role.AGENT, active=False, version=2)
        await keep_members(connection, desk.service.workspace, [left])

    assert (await desk.say(path, "stars=1")).status_code == 200

    again = (await desk.service.get(f"/v1/conversations/{thread['id']}")).json()
    assert (again["status"], again["owner_id"]) == ("open", None)


async def test_what_is_no_rating_is_refused_and_nothing_kept(desk: Desk, settings: EngagementSettings) -> None:
    token = token_of(settings.key_for(PURPOSE), workspace=desk.service.workspace, rating=uuid4())
    wrong = ["", "stars=0", "stars=6", "stars=five", "comment=x", "stars=3&comment=" + "x" * 2001, "stars=3&comment=%00", "stars=%ff"]
    for body in wrong:
        assert (await desk.say(f"/rate/{token}", body)).status_code == 422, body
        assert await ratings(desk) == [], body


async def test_a_link_that_is_not_ours_a_late_one_and_a_foreign_page_get_nothing(desk: Desk, settings: EngagementSettings) -> None:
    await ask_at_once(desk)
    await desk.answer(1)
    path = await desk.link()
    forged = path[:-1] + ("A" if path[-1] != "A" else "B")
    for wrong in (
        forged,
        "/rate/short",
        "/rate/" + "é" * 64,
        "/rate/" + token_of(b"k" * 32, workspace=desk.service.workspace, rating=uuid4()),
    ):
        assert (await desk.service.http.get(wrong)).status_code == 404
        assert (await desk.say(wrong, "stars=5")).status_code == 404
    assert (await desk.say(path, "stars=5", **{"sec-fetch-site": "cross-site"})).status_code == 403
    assert (await desk.service.http.post(path, json={"stars": 5})).status_code == 422
    await desk.shift("expires_at", timedelta(days=15))
    assert (await desk.service.http.get(path)).status_code == 410
    assert (await desk.say(path, "stars=5")).status_code == 410
    assert await ratings(desk) == []


def test_a_token_names_what_it_was_made_for_and_nothing_else_reads_it() -> None:
    key, workspace, rating = b"a" * 32, UUID(int=7), UUID(int=8)
    token = token_of(key, workspace=workspace, rating=rating)  # type: ignore[arg-type] # any id will do
    assert read_token(key, token) == (workspace, rating)
    assert read_token(b"b" * 32, token) is None
    for place in range(0, 64, 5):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert read_token(key, changed) is None


async def test_who_may_not_change_channels_does_not_say_that_they_ask(desk: Desk) -> None:
    path = f"/v1/channels/{desk.partner.channel_id}/satisfaction"
    refused = await desk.service.http.put(path, json={"asks": True}, headers=desk.service.headers(role="agent"))
    assert refused.status_code == 403
    wrong = await desk.service.http.put(path, json={"asks": True, "review_url": "ftp://x"}, headers=desk.service.headers())
    assert (wrong.status_code, wrong.json()["code"]) == (422, "review_address")
    missing = await desk.service.http.put(f"/v1/channels/{uuid4()}/satisfaction", json={"asks": True}, headers=desk.service.headers())
    assert missing.status_code == 404
