"""A member on a weak link: every call is made again until the gateway answers it. Used by the traffic and the tally."""

import asyncio
import time
from typing import Any

import httpx

from tests.flows.product import TOKEN_KEPT_SECONDS, Desk

PATIENCE_SECONDS = 120.0
AGAIN_SECONDS = 0.3
AT_ONCE = 8


class PatientSeat:
    """Calls in a member's name. 5xx and broken connections are waited out; anything else is the answer."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._entrance = asyncio.Lock()
        self._token = ""
        self._since = -TOKEN_KEPT_SECONDS

    async def call(self, method: str, path: str, body: object = None, **headers: str) -> httpx.Response:
        """The answer, once there is one below 500."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            trouble = await self._once(method, path, body, headers)
            if isinstance(trouble, httpx.Response):
                return trouble
            assert time.monotonic() < deadline, f"{method} {path} is not answered: {trouble}"
            await asyncio.sleep(AGAIN_SECONDS)

    async def read(self, path: str) -> Any:
        """The JSON of a GET."""
        answer = await self.call("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def list_all(self, path: str) -> list[dict[str, Any]]:
        """Every item of a paged list."""
        items: list[dict[str, Any]] = []
        after = ""
        while True:
            page = await self.read(f"{path}{'&' if '?' in path else '?'}limit=100{after}")
            items += page["items"]
            if page["next_cursor"] is None:
                return items
            after = f"&after={page['next_cursor']}"

    async def _once(self, method: str, path: str, body: object, headers: dict[str, str]) -> httpx.Response | str:
        """The answer, or what came instead of one."""
        try:
            async with self._slots:
                token = await self._access_token()
                named = {"authorization": f"Bearer {token}", **headers}
                answer = await self.desk.product.http.request(method, path, json=body, headers=named)
        except httpx.TransportError as error:
            return type(error).__name__
        return f"{answer.status_code} {answer.text}" if answer.status_code >= 500 or answer.status_code == 401 else answer

    async def _access_token(self) -> str:
        async with self._entrance:
            if time.monotonic() - self._since > TOKEN_KEPT_SECONDS:
                body = {"workspace": self.desk.slug, "email": self.desk.email, "password": self.desk.password}
                answer = await self.desk.product.http.post("/v1/auth/sign-in", json=body)
                if answer.status_code == 200:
                    self._token, self._since = answer.json()["access_token"], time.monotonic()
            return self._token
