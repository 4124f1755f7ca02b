"""Journeys over REST: what the CRM tells, corrections, rings, lines and the board; and that other workspaces see none of it."""

from datetime import timedelta
from typing import Any

from services.contracts.events import ProfileAssigned
from services.contracts.ids import ContactId, WorkspaceId
from services.kit.ids import new_id
from tests.routing.desk import NOON, Desk, Person
from tests.routing.service import Service, Told


class Shop:
    """A workspace with some people, spoken to as its CRM and its members do."""

    def __init__(self, service: Service, desk: Desk) -> None:
        self.service = service
        self.desk = desk
        self.token = service.token(desk.workspace)

    async def person(self) -> tuple[Person, ContactId]:
        """Somebody new, with a contact."""
        person, contact = Person(), ContactId(new_id())
        await self.desk.hear(ProfileAssigned(profile_id=person.profile, contact_id=contact, version=1, rule="test"))
        return person, contact

    async def tells(self, contact: ContactId, event: str, *, minute: int = 0, key: str = "", **said: Any) -> Told:
        """What the CRM tells of them."""
        told = {
            "key": key or str(new_id()),
            "event": event,
            "contact_id": str(contact),
            "at": str(NOON + timedelta(minutes=minute)),
            **said,
        }
        return await self.ask("POST", "/v1/journey/events", {"events": [told]})

    async def ask(self, method: str, path: str, body: object = None) -> Told:
        """A request of an administrator."""
        return await self.service.ask(method, path, body, token=self.token)

    async def runs(self, contact: ContactId) -> list[tuple[str, int, str]]:
        """Line, number and stage of each run, the newest first."""
        told = await self.ask("GET", f"/v1/contacts/{contact}/journey")
        return [(run["line"], run["number"], run["stage"]) for run in told.body["runs"]]


async def test_the_crm_moves_people_and_a_second_purchase_begins_a_run(service: Service, desk: Desk) -> None:
    shop = Shop(service, desk)
    _, lena = await shop.person()

    for minute, (event, stage) in enumerate(
        [
            ("cart", "intent"),
            ("purchased", "purchase"),
            ("delivered", "experience"),
            ("renewed", "loyalty"),
            ("referred", "advocacy"),
            ("returned", "consideration"),
        ]
    ):
        assert (await shop.tells(lena, event, minute=minute)).body == {"entered": 1}
        assert await shop.runs(lena) == [("main", 1, stage)]
    assert (await shop.tells(lena, "purchased", minute=10, key="order 2")).body == {"entered": 1}
    assert (await shop.tells(lena, "purchased", minute=10, key="order 2")).body == {"entered": 0}
    assert await shop.runs(lena) == [("main", 2, "purchase"), ("main", 1, "consideration")]
    await shop.tells(lena, "cancelled", minute=11)
    (run, _) = (await shop.ask("GET", f"/v1/contacts/{lena}/journey")).body["runs"]
    assert not run["current"]
    assert [step["mode"] for step in run["steps"]] == ["leave", "purchase"]


async def test_a_question_about_another_product_is_a_run_of_its_own(service: Service, desk: Desk) -> None:
    shop = Shop(service, desk)
    person, lena = await shop.person()
    lines = [{"name": "mills", "words": ["mill", "grinder"]}]
    assert (await shop.ask("PUT", "/v1/journey", {"template": "advocacy", "lines": lines, "version": 0})).body["version"] == 1
    await shop.tells(lena, "purchased")
    await shop.tells(lena, "delivered", minute=1)

    await desk.hear(person.says("marketing pre mill"))

    assert sorted(await shop.runs(lena)) == [("main", 1, "experience"), ("mills", 1, "awareness")]
    refused = await shop.tells(lena, "purchased", line="kettles")
    assert (refused.status, refused.body["code"]) == (422, "journey_refused")


async def test_a_member_corrects_and_that_stays(service: Service, desk: Desk) -> None:
    shop = Shop(service, desk)
    _, lena = await shop.person()
    now = service.issuer.clock.now()
    await shop.tells(lena, "cart", at=str(now - timedelta(hours=2)))

    told = await shop.ask("POST", f"/v1/contacts/{lena}/journey", {"stage": "interest", "reason": "Only looking."})
    late = await shop.tells(lena, "delivered", at=str(now - timedelta(hours=1)))

    (run,) = told.body["runs"]
    assert run["stage"] == "interest"
    assert [(step["cause"], step["moved"], step["from_stage"]) for step in run["steps"]] == [
        ("member", True, "intent"),
        ("crm", True, ""),
    ]
    assert late.body == {"entered": 1}
    assert await shop.runs(lena) == [("main", 1, "interest")]
    strange = await shop.ask("POST", f"/v1/contacts/{lena}/journey", {"stage": "nowhere", "reason": "?"})
    assert (strange.status, strange.body["code"]) == (422, "journey_refused")


async def test_the_board_counts_people_and_says_who_they_are(service: Service, desk: Desk) -> None:
    shop = Shop(service, desk)
    people = [(await shop.person())[1] for _ in range(3)]
    for minute, contact in enumerate(people):
        await shop.tells(contact, "cart", minute=minute)
    await shop.tells(people[0], "purchased", minute=10)

    board = (await shop.ask("GET", "/v1/journey/board?days=366")).body
    told = {each["stage"]["key"]: each for each in board["stages"]}
    counts = {key: (each["people"], each["came"], each["went"], each["median_seconds"]) for key, each in told.items()}
    first = (await shop.ask("GET", "/v1/journey/board/intent/people?days=366&limit=1")).body
    rest = (await shop.ask("GET", f"/v1/journey/board/intent/people?days=366&after={first['cursors'][0]}")).body
    went = (await shop.ask("GET", "/v1/journey/board/intent/went?days=366")).body
    came = (await shop.ask("GET", "/v1/journey/board/intent/came?days=366")).body

    assert counts["intent"] == (2, 3, 1, 600.0)
    assert counts["purchase"] == (1, 1, 0, None)
    assert counts["awareness"] == (0, 0, 0, None)
    assert [each["id"] for each in told["intent"]["longest"]] == [str(people[1]), str(people[2])]
    assert [each["id"] for page in (first, rest) for each in page["items"]] == [str(people[1]), str(people[2])]
    assert (first["has_next"], rest["has_next"]) == (True, False)
    assert [each["id"] for each in went["items"]] == [str(people[0])]
    assert [each["id"] for each in came["items"]] == [str(each) for each in people]


async def test_with_another_ring_everybody_stands_where_its_stages_cover(service: Service, desk: Desk) -> None:
    shop = Shop(service, desk)
    _, lena = await shop.person()
    await shop.tells(lena, "cart")
    own = [
        {"key": "curious", "title": "Curious", "phase": "pre", "like": ["awareness", "interest", "consideration"]},
        {"key": "deciding", "title": "Deciding", "phase": "purchase", "like": ["intent", "purchase"]},
        {"key": "ours", "title": "Ours", "phase": "post", "like": ["experience", "loyalty", "advocacy"]},
    ]

    assert (await shop.ask("PUT", "/v1/journey", {"template": "lifecycle", "version": 0})).status == 200
    assert await shop.runs(lena) == [("main", 1, "opportunity")]
    assert (await shop.ask("PUT", "/v1/journey", {"stages": own, "version": 1})).status == 200
    assert await shop.runs(lena) == [("main", 1, "deciding")]
    board = (await shop.ask("GET", "/v1/journey/board")).body
    assert {each["stage"]["key"]: each["people"] for each in board["stages"]} == {"curious": 0, "deciding": 1, "ours": 0}
    stale = await shop.ask("PUT", "/v1/journey", {"template": "marketing", "version": 1})
    backwards = await shop.ask("PUT", "/v1/journey", {"stages": own[::-1], "version": 2})
    assert (stale.status, backwards.status) == (409, 422)


async def test_nothing_is_said_of_another_workspace_s_people(service: Service, desk: Desk) -> None:
    shop = Shop(service, desk)
    _, lena = await shop.person()
    await shop.tells(lena, "purchased")
    theirs = await shop.runs(lena)
    stranger = Shop(service, Desk(desk.database, WorkspaceId(new_id())))

    assert await stranger.runs(lena) == []
    batch = await stranger.ask("POST", "/internal/journeys/by-contact-ids", {"ids": [str(lena)]})
    assert batch.body == [{"contact_id": str(lena), "runs": []}]
    assert (await stranger.tells(lena, "delivered")).status == 404
    assert (await stranger.ask("POST", f"/v1/contacts/{lena}/journey", {"stage": "", "reason": "r"})).status == 404
    assert (await stranger.ask("GET", "/v1/journey/board/purchase/people")).body["items"] == []
    behind = await stranger.ask("POST", "/internal/journeys/people", {"stage": "purchase"})
    assert behind.body["items"] == []
    assert (await stranger.ask("POST", "/internal/journeys/board", {})).body == (await stranger.ask("GET", "/v1/journey/board")).body
    board = (await stranger.ask("GET", "/v1/journey/board")).body
    assert sum(each["people"] for each in board["stages"]) == 0
    assert (await stranger.ask("GET", "/v1/journey")).body["version"] == 0
    assert await shop.runs(lena) == theirs
    assert len((await shop.ask("GET", "/v1/journey/templates")).body) == 4
