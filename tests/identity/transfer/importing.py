"""Files handed to the running service, and what became of them. Holds no tests."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import orjson

from tests.flows.waiting import until
from tests.identity.service import Service, Told

ENDED = {"done", "failed", "cancelled"}


async def upload(service: Service, token: str, body: bytes, *, query: str = "", key: str | None = None) -> Told:
    """Hand a file in, however that ends."""
    headers = [("authorization", f"Bearer {token}"), *([("idempotency-key", key)] if key else [])]
    answer = await service.port.call("POST", f"/v1/imports?{query}", body=body, headers=headers, timeout_seconds=20)
    return Told(answer.status, orjson.loads(answer.body), dict(answer.headers))


async def imported(service: Service, token: str, body: bytes, *, query: str = "") -> dict[str, Any]:
    """Hand a file in and wait for its import to end."""
    told = await upload(service, token, body, query=query)
    assert told.status == 201, told.body
    return await ended(service, token, told.body["id"])


async def ended(service: Service, token: str, import_: str) -> dict[str, Any]:
    """The import when it has ended."""

    async def look() -> Any:
        told = await service.ask("GET", f"/v1/imports/{import_}", token=token)
        return told.body if told.body["state"] in ENDED else None

    return await until(look, seconds=30)


async def report(service: Service, token: str, import_: str) -> list[dict[str, Any]]:
    """Every row of a report."""
    return [orjson.loads(line) for line in (await download(service, token, f"/v1/imports/{import_}/report")).splitlines()]


async def download(service: Service, token: str, path: str) -> bytes:
    """A whole file."""
    answer = await service.port.call("GET", path, headers=[("authorization", f"Bearer {token}")], timeout_seconds=20)
    assert answer.status == 200, answer
    return answer.body


async def people(service: Service, token: str) -> dict[str, list[dict[str, Any]]]:
    """Every contact's profiles by the contact's id."""
    found: dict[str, list[dict[str, Any]]] = {}
    after = ""
    while True:
        page = (await service.ask("GET", f"/v1/contacts?limit=100{after}", token=token)).body
        for each in page["items"]:
            shown = await service.ask("GET", f"/v1/contacts/{each['id']}", token=token)
            found[each["id"]] = shown.body["profiles"]
        if page["next_cursor"] is None:
            return found
        after = f"&after={quote(page['next_cursor'])}"


def lines(*rows: object) -> bytes:
    """Rows as NDJSON."""
    return b"\n".join(orjson.dumps(row) for row in rows)


def table(*rows: Sequence[str], delimiter: str = ",") -> bytes:
    """Rows as CSV, without any need to quote."""
    return "\r\n".join(delimiter.join(row) for row in rows).encode()
