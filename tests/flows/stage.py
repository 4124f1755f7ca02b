"""The stage of scenarios of people: a workspace with its channels, what is asked of it, and answers made comparable. Holds no tests."""

import re
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.flows.product import Connected, Desk, Product
from tests.flows.senders import Listening, Post, now_seconds
from tests.flows.test_kills import kill
from tests.flows.waiting import until

STORM_SECONDS = 3.0
SEE_SECONDS = 30.0
TIME = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+(?:Z|\+00:00)")
GLOBAL_ID = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}|visitor-[0-9a-f]{6}")
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

PEOPLE = """
query ($after: String) { contactCounts { total capped only { encounter count } } contacts(first: 100, after: $after) { nodes {
    id name knownBy doNotContact { network how }
    profiles { network externalId handle name linkedBy explanation identifiers { type value verified unfit } }
} pageInfo { hasNextPage endCursor } } }
"""
TIMELINE = """
query ($id: ID!) { contact(id: $id) { id name timeline(first: 50) { nodes {
    kind platform direction text source occurredAt ledger conversation { platform } channel { platform } venue { externalId }
    profile { network externalId } contact { name } reply { state } discipline
} } } }
"""
SUGGESTIONS = """
{ suggestions(first: 50) { nodes { id score explanation evidence { rule bits } contact { id name } otherContact { id name }
    profile { network externalId } otherProfile { network externalId } } } }
"""
JOURNAL = """
query ($id: ID!) { contact(id: $id) { merges(first: 50) { nodes { kind reason createdAt undoneAt by { name } undoneBy { name }
    contact { name } profiles { network externalId } } } } }
"""
PREVIEW = """
query ($one: ID!, $other: ID!) { mergePreview(contactId: $one, otherContactId: $other) { score vetoes { name } profiles { externalId } } }
"""
REDRAW = "mutation ($input: %s!) { done: %s(input: $input) { __typename ... on ContactsRedrawn { merge { id } } } }"
ACCEPT = REDRAW % ("AcceptSuggestionInput", "acceptSuggestion")
MERGE = (
    "mutation ($input: MergeContactsInput!) { done: mergeContacts(input: $input) { __typename ... on ContactsRedrawn { merge { id } } } }"
)
UNDO = REDRAW % ("UndoMergeInput", "undoMerge")
FORBID = "mutation ($input: SetDoNotContactInput!) { done: setDoNotContact(input: $input) { __typename } }"
REPLY = """
mutation ($input: PostReplyInput!) { done: postReply(input: $input) { __typename ... on ReplyPosted { reply { id } } } }
"""
THREADS = "query ($id: ID!) { contact(id: $id) { conversations { id platform } } }"


@dataclass
class Stage:
    """One run: the workspace with its channels, how deliveries go, who is killed, and what was answered so far."""

    product: Product
    desk: Desk
    post: Post
    kills: list[str]
    partner: Listening
    telegram: Connected
    facebook: Connected
    inlet: Connected
    chat: Connected
    told: dict[str, Any] = field(default_factory=dict)
    began: int = field(default_factory=now_seconds)

    async def asks(self, query: str, **variables: object) -> Any:
        """The data of an operation; a process that is just being killed is asked again."""
        body = {"query": query, "variables": variables}

        async def answered() -> Any:
            try:
                answer = await self.product.http.post("/graphql", json=body, headers=await self.desk.headers())
            except httpx.TransportError:
                return None
            told = answer.json() if answer.status_code == 200 else {"errors": answer.text}
            away = answer.status_code in {502, 503, 504} or "UNAVAILABLE" in str(told.get("errors"))
            assert away or "errors" not in told, told
            return None if away else told["data"]

        return await until(answered, seconds=SEE_SECONDS)

    async def does(self, query: str, success: str, **given: object) -> Any:
        """A mutation that must succeed."""
        done = (await self.asks(query, input=given))["done"]
        assert done["__typename"] == success, done
        return done

    async def struck(self, *names: str) -> None:
        """Kill processes, in a storm only."""
        for name in names:
            if name in self.kills:
                self.kills.remove(name)
                await kill(self.product, name)

    async def people(self, count: int) -> dict[str, dict[str, Any]]:
        """The contacts by their first CRM row or account, once there are so many."""

        async def enough() -> dict[str, dict[str, Any]] | None:
            data = await self.asks(PEOPLE, after=None)
            nodes = data["contacts"]["nodes"]
            return data if len(nodes) == count == data["contactCounts"]["total"] else None

        data = await until(enough, seconds=SEE_SECONDS) or {}
        found = {name_of(each): each for each in data["contacts"]["nodes"]}
        assert len(found) == count
        self.told[f"people {len(self.told)}"] = [data["contactCounts"], sorted(found.items())]
        return found

    async def timeline(self, contact: str, count: int) -> list[dict[str, Any]]:
        """A person's history, the newest first, once it has so many entries."""

        async def whole() -> list[dict[str, Any]] | None:
            nodes = (await self.asks(TIMELINE, id=contact))["contact"]["timeline"]["nodes"]
            done = all(each["reply"]["state"] == "SENT" if each["reply"] else each["discipline"] or not each["ledger"] for each in nodes)
            return nodes if len(nodes) == count and done else None

        found: list[dict[str, Any]] = await until(whole, seconds=SEE_SECONDS) or []
        assert found == sorted(found, key=lambda each: each["occurredAt"], reverse=True)
        self.told[f"timeline {len(self.told)}"] = found
        return found


def name_of(contact: dict[str, Any]) -> str:
    """By its row of the CRM, else by the first account."""
    accounts = [f"{each['network']}:{each['externalId']}" for each in contact["profiles"]]
    return min(accounts, key=lambda each: (not each.startswith("crm:"), each))


def normalised(told: dict[str, Any]) -> Any:
    """The answers with ids replaced by the order in which they are met, and times by their order among all."""
    ids: dict[str, str] = {}
    times = {each: number for number, each in enumerate(sorted(set(TIME.findall(str(told)))))}

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [plain(each) for each in value]
        if not isinstance(value, str):
            return value
        if value in times:
            return f"time {times[value]}"
        return ids.setdefault(value, f"id {len(ids)}") if UUID.fullmatch(value) or GLOBAL_ID.fullmatch(value) else value

    return plain(told)
