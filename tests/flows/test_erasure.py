"""W13, reliability T15: a person who wrote on several channels is erased; afterwards nothing anywhere holds a marked value of theirs."""

import asyncio
import os
import secrets
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from gateway.relay import global_id
from tests.flows.everywhere import found_in_files, found_in_streams, found_in_tables
from tests.flows.product import Connected, Desk
from tests.flows.waiting import until

pytestmark = [pytest.mark.flow]


@dataclass
class Marked:
    """One person, all of whose values hold a mark that nobody else's does."""

    mark: str = field(default_factory=lambda: f"zq{secrets.token_hex(6)}")
    number: int = field(default_factory=lambda: 700_000_000_000 + secrets.randbelow(10**9))
    phone: str = field(default_factory=lambda: f"+4179{secrets.randbelow(9_000_000) + 1_000_000}")

    @property
    def email(self) -> str:
        """Vouched for on every channel: by it the profiles are one contact."""
        return f"{self.mark}@lund.example"

    @property
    def marks(self) -> tuple[str, ...]:
        """What is looked for: a word, an id of Telegram, a number."""
        return (self.mark, str(self.number), self.phone.removeprefix("+"))

    def author(self, network: str = "forum") -> dict[str, Any]:
        """As the inlet tells of them."""
        return {
            "network": network,
            "external_id": f"{self.mark}-{network}",
            "handle": f"{self.mark}_handle",
            "name": f"Maria {self.mark}",
            "avatar_url": f"https://pictures.example/{self.mark}.png",
            "bio": f"bio of {self.mark}",
            "emails": [{"value": self.email, "verified": True}],
            "phones": [{"value": self.phone, "verified": False}],
            "links": [f"https://{self.mark}.example/"],
        }

    def says(self, what: str) -> str:
        """A text of theirs, or about them."""
        return f"{what} {self.mark}"


def event(id_: str, author: dict[str, Any], text: str, **parts: Any) -> dict[str, Any]:
    return {"id": id_, "kind": "direct", "occurred_at": datetime.now(UTC).isoformat(), "author": author, "text": text, **parts}


def comment(id_: str, author: dict[str, Any], text: str, **parts: Any) -> dict[str, Any]:
    venue = {"network": "forum", "external_id": "our-page", "title": "Our page"}
    return event(id_, author, text, kind="comment", public=True, venue=venue, root="post-1", **parts)


async def everything_said(desk: Desk, person: Marked, bot: Connected, partner: Connected) -> None:
    """What they and others say on three channels, with edits, names in others' words, and a delivery that nobody can read."""
    platforms = desk.product.platforms
    told = {"id": person.number, "first_name": f"Maria {person.mark}", "username": f"{person.mark}_tg"}
    await platforms.telegram_message(bot.account, person=told, text=person.says("my parcel is late"))
    other = {"network": "forum", "external_id": "peer-1", "name": "Otto"}
    top = comment("hers-c1", person.author(), person.says("is this in stock?"))
    parent = {"external_id": "hers-c1", "author": person.author()}
    answer = comment("other-c2", other, "I bought one, it is good", in_reply_to=parent, thread="hers-c1")
    mention = comment("other-c3", other, "look here", mentions=[person.author()], thread="other-c3")
    file = {"kind": "file", "url": f"https://files.invalid/{person.mark}.pdf", "name": f"{person.mark}.pdf"}
    mail = event("hers-m1", person.author("crm"), person.says("a private word"), attachments=[file])
    edit = {**event("hers-e1", person.author("crm"), person.says("a private word, edited")), "kind": "edit", "target": "hers-m1"}
    early = {**event("hers-e2", person.author("crm"), person.says("edited before it came")), "kind": "edit", "target": "hers-never"}
    broken = {**event("hers-x1", person.author("crm"), person.says("unreadable")), "misspelt": True}
    for each in (top, answer, mention, mail, edit, early, broken):
        await platforms.inlet_events(partner.account, events=[each])
    emails = [{"value": person.email, "verified": True}]
    vouched = {"network": "telegram", "external_id": str(person.number), "name": "Maria", "emails": emails}
    assert (await desk.request("POST", "/v1/profiles", vouched, idempotency_key=uuid4().hex)).status_code == 200


async def everything_written(desk: Desk, person: Marked) -> None:
    """What members write to and of them: a reply, a draft, a note, a promise."""
    private = [each for each in await desk.list_all("/v1/conversations") if not each["public"]]
    assert len(private) >= 2
    for thread in private:
        path = f"/v1/conversations/{thread['id']}"
        reply = {"text": person.says("dear Maria"), "version": thread["version"]}
        posted = await desk.request("POST", f"{path}/replies", reply, idempotency_key=uuid4().hex)
        assert posted.status_code == 201, posted.text
        await desk.settled(posted.json()["reply"]["id"])
        noted = await desk.request("POST", f"{path}/notes", {"text": person.says("she is")}, idempotency_key=uuid4().hex)
        assert noted.status_code == 201, noted.text
        assert (await desk.request("PUT", f"{path}/draft", {"text": person.says("begun")})).status_code == 200
        due = (datetime.now(UTC) + timedelta(days=2)).isoformat()
        promise = {"text": person.says("will call"), "due_at": due}
        promised = await desk.request("POST", f"{path}/promises", promise, idempotency_key=uuid4().hex)
        assert promised.status_code == 201, promised.text


async def one_contact(desk: Desk, person: Marked) -> str:
    """The id of the contact that all their profiles have become."""

    async def united() -> str | None:
        found = (await desk.read(f"/v1/contacts?q={person.email}"))["items"]
        if len(found) != 1:
            return None
        told = await desk.read(f"/v1/contacts/{found[0]['id']}")
        return str(told["id"]) if len(told["profiles"]) == 3 else None

    return await until(united) or ""


async def everywhere(desk: Desk, person: Marked) -> list[str]:
    """All places that hold a mark."""
    environment = desk.product.environment
    return [
        *await found_in_tables(environment, *person.marks),
        *await found_in_streams(environment, *person.marks),
        *found_in_files(desk.product.platforms.ledger_path.parent / "media", *person.marks),
    ]


async def exported(desk: Desk, person: Marked, contact: str) -> None:
    """What each service gives the person of themselves: profiles, identifiers, what was said both ways, work."""
    kept = await desk.list_all(f"/v1/contacts/{contact}/export")
    assert {"profile", "profile_identifier", "profile_value", "membership"} <= {each["kind"] for each in kept}
    assert person.phone in str(kept)
    history = await desk.list_all(f"/v1/contacts/{contact}/export/history")
    assert {"interaction", "promise"} <= {each["kind"] for each in history}
    told = str(history)
    for words in (
        "my parcel is late",
        "a private word, edited",
        "a private word",
        "is this in stock?",
        "dear Maria",
        "she is",
        "will call",
    ):
        assert person.says(words) in told, words
    assert {each["kind"] for each in await desk.list_all(f"/v1/contacts/{contact}/export/work")} == {"task"}


EXPORT = """
mutation ($contact: ID!) { exportContact(input: {contactId: $contact}) { ... on ContactExported { export { key url } } } }
"""
EXPORTED = """
query ($key: ID!) { personExport(key: $key) { url expiresAt services { service acknowledgedAt items } } }
"""


async def exported_whole(desk: Desk, person: Marked, contact: str) -> str:
    """All of it as one file, behind an address that needs nothing else; gives the address."""
    asked = (await desk.graphql(EXPORT, contact=global_id("Contact", UUID(contact))))["exportContact"]["export"]

    async def whole() -> dict[str, Any] | None:
        told: dict[str, Any] = (await desk.graphql(EXPORTED, key=asked["key"]))["personExport"]
        return told if told["url"] else None

    told = await until(whole) or {}
    file = await desk.download(told["url"])
    assert file.status_code == 200, file.text
    kept = file.json()
    assert {each["service"]: each["items"] for each in told["services"]} == {
        name: len(kept[name]) for name in ("identity", "engagement", "routing")
    }
    assert person.phone in str(kept["identity"])
    for words in ("my parcel is late", "a private word, edited", "dear Maria", "she is", "will call"):
        assert person.says(words) in str(kept["engagement"]), words
    profiles = {each["data"]["id"] for each in kept["identity"] if each["kind"] == "profile"}
    assert {each["data"]["profile_id"] for each in kept["routing"]} == profiles
    assert {"task", "triage_result"} <= {each["kind"] for each in kept["routing"]}
    assert await by_command(desk, contact) == {name: len(rows) for name, rows in kept.items() if isinstance(rows, list)}
    return str(told["url"])


async def by_command(desk: Desk, contact: str) -> dict[str, int]:
    """The same file by the command line: how many things of each service are in it."""
    out = desk.product.platforms.ledger_path.parent / "person.json"
    command = (sys.executable, "-m", "rapport.cli", "people", "export", contact, "--workspace", desk.slug, "--out", str(out))
    process = await asyncio.create_subprocess_exec(*command, env={**os.environ, **desk.product.environment}, stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    assert process.returncode == 0, said
    kept = orjson.loads(out.read_bytes())
    out.unlink()
    return {name: len(rows) for name, rows in kept.items() if isinstance(rows, list)}


ERASE = """
mutation ($contact: ID!) { eraseContact(input: {contactId: $contact, reason: REQUEST}) {
    ... on ContactErased { erasure { key reason completedAt } }
} }
"""
CERTIFICATE = """
query ($key: ID!) { erasure(key: $key) { completedAt profileHashes services { service acknowledgedAt removed { kind count } } } }
"""


async def erased(desk: Desk, contact: str) -> str:
    """Ask for it through GraphQL; gives the certificate's id."""
    told = await desk.graphql(ERASE, contact=global_id("Contact", UUID(contact)))
    asked: dict[str, Any] = told["eraseContact"]["erasure"]
    assert asked["reason"] == "REQUEST"
    return str(asked["key"])


async def completed(desk: Desk, erasure: str) -> dict[str, Any]:
    """The certificate, once every service has said that it is done."""

    async def done() -> dict[str, Any] | None:
        told: dict[str, Any] = (await desk.graphql(CERTIFICATE, key=erasure))["erasure"]
        return told if told["completedAt"] else None

    return await until(done, seconds=60) or {}


async def test_w13_after_an_erasure_nothing_anywhere_holds_a_value_of_the_person(desk: Desk) -> None:
    person = Marked()
    bot, partner = await desk.connect_telegram(), await desk.connect_inlet(echo=True)
    await everything_said(desk, person, bot, partner)
    contact = await one_contact(desk, person)
    await everything_written(desk, person)
    before = await everywhere(desk, person)
    assert len(set(before)) > 25, before
    others = [each["text"] for each in await desk.messages() if each["text"] and person.mark not in each["text"]]
    assert sorted(others) == ["I bought one, it is good", "look here"]

    await exported(desk, person, contact)
    link = await exported_whole(desk, person, contact)

    erasure = await erased(desk, contact)
    assert (await desk.request("GET", f"/v1/contacts/{contact}")).status_code == 404
    certificate = await completed(desk, erasure)
    assert (await desk.download(link)).status_code == 404

    assert await everywhere(desk, person) == []
    removed = {each["service"]: {kind["kind"]: kind["count"] for kind in each["removed"]} for each in certificate["services"]}
    assert removed["engagement"]["messages"] >= 6, removed
    assert removed["engagement"]["deliveries"] >= 6, removed
    assert removed["identity"]["profiles"] == 3, removed
    assert removed["routing"]["verdicts"] >= 3, removed
    assert len(certificate["profileHashes"]) == 3
    assert [each["text"] for each in await desk.messages() if each["text"]] == others
    await comes_late_and_anew(desk, person, partner, kept=others)


async def comes_late_and_anew(desk: Desk, person: Marked, partner: Connected, *, kept: list[str]) -> None:
    """What was said before the erasure and is told now is not written, nor kept in the journal; what they say now begins anew."""
    late = secrets.token_hex(8)
    author = {"network": "crm", "external_id": f"{person.mark}-crm"}
    past = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    await desk.product.platforms.inlet_events(
        partner.account, events=[{**event("late-1", {**author, "name": late}, late), "occurred_at": past}]
    )
    await desk.product.platforms.inlet_events(partner.account, events=[event("new-1", author, "hello again")])

    async def told() -> list[str] | None:
        texts = [each["text"] for each in await desk.messages() if each["text"]]
        return texts if "hello again" in texts else None

    assert sorted(await until(told) or []) == sorted([*kept, "hello again"])

    async def begun() -> list[dict[str, Any]]:
        found = await desk.list_all("/v1/contacts")
        return found if len(found) == len({"the one who answered", "the one who began anew"}) else []

    await until(begun)
    assert await found_in_tables(desk.product.environment, late) == []
    assert await found_in_streams(desk.product.environment, late) == []
