"""One service behind its port: asks, decodes, turns problem+json into a GatewayError. Called by the three clients only."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

import msgspec
import structlog

from gateway.errors import (
    GatewayError,
    NotAllowedError,
    ServiceProblemError,
    ServiceUnavailableError,
    UnauthenticatedError,
)
from services.kit.port import Port, PortUnavailableError

Answered = TypeVar("Answered")
TIMEOUT_SECONDS = 5.0
COMMAND_TIMEOUT_SECONDS = 10.0
FIELDS_NAMED = 5
AWAY = "A part of the product does not answer. Try again in a moment."

log = structlog.get_logger()


class Items(msgspec.Struct, frozen=True, kw_only=True):
    """A whole short list, wrapped."""

    items: msgspec.Raw


class _Problem(msgspec.Struct, kw_only=True):
    code: str = "problem"
    title: str = ""
    detail: str = ""


class _FieldError(msgspec.Struct, kw_only=True):
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Service:
    """One service as one request may use it: its port, and the headers that say who asks."""

    name: str
    port: Port
    headers: Sequence[tuple[str, str]]

    async def ask(
        self,
        method: str,
        path: str,
        *,
        expect: type[Answered],
        payload: object = None,
        headers: Sequence[tuple[str, str]] = (),
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> Answered:
        """Call the service and decode its answer. Raises GatewayError."""
        body = await self._call(method, path, payload=payload, headers=headers, timeout_seconds=timeout_seconds)
        return self._decoded(body, path, expect=expect)

    async def ask_for_any(
        self, method: str, path: str, *, expect: type[Answered], headers: Sequence[tuple[str, str]] = ()
    ) -> Answered | None:
        """The same, where there may be nothing (204): then None."""
        body = await self._call(method, path, payload=None, headers=headers, timeout_seconds=COMMAND_TIMEOUT_SECONDS)
        return self._decoded(body, path, expect=expect) if body else None

    async def tell(self, method: str, path: str, *, payload: object = None, headers: Sequence[tuple[str, str]] = ()) -> None:
        """Call the service for what it does, whatever it answers. Raises GatewayError."""
        await self._call(method, path, payload=payload, headers=headers, timeout_seconds=COMMAND_TIMEOUT_SECONDS)

    async def batch(
        self, path: str, ids: Sequence[UUID], *, expect: type[list[Answered]], extra: Mapping[str, object] | None = None
    ) -> list[Answered]:
        """Call a batch route; the answer is aligned with the ids. Raises GatewayError."""
        answers = await self.ask("POST", path, expect=expect, payload={"ids": ids, **(extra or {})})
        if len(answers) != len(ids):
            log.error("service_answer_misaligned", service=self.name, path=path, asked=len(ids), got=len(answers))
            raise ServiceUnavailableError(AWAY)
        return answers

    async def _call(self, method: str, path: str, *, payload: object, headers: Sequence[tuple[str, str]], timeout_seconds: float) -> bytes:
        body = b"" if payload is None else msgspec.json.encode(payload)
        sent = [*self.headers, *headers, *((("content-type", "application/json"),) if body else ())]
        try:
            answer = await self.port.call(method, path, body=body, headers=sent, timeout_seconds=timeout_seconds)
        except PortUnavailableError as error:
            log.warning("service_away", service=self.name, reason=str(error))
            raise ServiceUnavailableError(AWAY) from error
        if answer.status >= 400:
            raise self._refusal(answer.status, answer.body, retry_after=answer.headers.get("retry-after"))
        return answer.body

    def _decoded(self, body: bytes, path: str, *, expect: type[Answered]) -> Answered:
        try:
            return msgspec.json.decode(body, type=expect)
        except msgspec.MsgspecError as error:
            log.warning("service_answer_unreadable", service=self.name, path=path.partition("?")[0], reason=str(error))
            raise ServiceUnavailableError(AWAY) from error

    def _refusal(self, status: int, body: bytes, *, retry_after: str | None) -> GatewayError:
        problem, extensions = _read_problem(body)
        detail = _by_field(extensions.get("errors")) or problem.detail or problem.title or "The request was refused."
        detail = _QUOTED.sub(lambda match: f"`{_spelt(match[1])}`", detail)
        if status >= 500:
            log.warning("service_failed", service=self.name, status=status, code=problem.code)
            return ServiceUnavailableError(AWAY)
        if status == 401 and problem.code in {"unauthenticated", "problem"}:
            return UnauthenticatedError(detail)
        if status == 403:
            return NotAllowedError(detail)
        if retry_after is not None:
            extensions["retryAfter"] = retry_after
        return ServiceProblemError(detail, problem_code=problem.code, problem_status=status, extensions=extensions)


def _by_field(errors: object) -> str:
    """What is wrong, field by field and in the front-end's spelling; empty where the service did not say."""
    try:
        listed = msgspec.convert(errors, list[_FieldError])
    except msgspec.ValidationError:
        return ""
    return " ".join(f"{_spelt(each.field)}: {each.reason}." for each in listed[:FIELDS_NAMED])


# A field that a service names in a sentence: `add_label_ids`.
_QUOTED = re.compile(r"`([a-z][a-z_]*)`")


def _spelt(field: str) -> str:
    """`body.delay_seconds` as `delaySeconds`."""
    first, *rest = field.rpartition(".")[2].split("_")
    return first + "".join(word.capitalize() for word in rest)


def _read_problem(body: bytes) -> tuple[_Problem, dict[str, Any]]:
    try:
        members = msgspec.json.decode(body, type=dict[str, Any])
        problem = msgspec.convert(members, _Problem)
    except msgspec.MsgspecError:
        return _Problem(), {}
    standard = {"type", "title", "status", "detail", "code", "instance"}
    return problem, {name: value for name, value in members.items() if name not in standard}


async def whole_list(service: Service, path: str, *, item: type[Answered]) -> list[Answered]:
    """A short list from a public route, bare or wrapped in {"items"}."""
    raw: msgspec.Raw = await service.ask("GET", path, expect=msgspec.Raw)
    text = bytes(raw)
    if text.lstrip()[:1] == b"{":
        text = bytes(msgspec.json.decode(text, type=Items).items)
    return msgspec.json.decode(text, type=list[item])  # type: ignore[valid-type]  # the item's type is a value here
