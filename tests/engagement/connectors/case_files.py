"""The cases of every connector, read from their folders, as the objects of the protocol. Called by the tests beside; no I/O but files.

The form of a case is in docs/testing.md.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from services.engagement import connectors as package
from services.engagement.protocol import ChannelAccess, ChannelFacts, Delivery, NetAnswer, OutboundReply, RawItem, Request, Secrets
from tests.engagement.connectors.scripted import MAILBOX_FAILURES, ScriptedFiles, ScriptedMailbox, ScriptedNet

__all__ = ["FOLDER", "Case", "ScriptedFiles", "ScriptedMailbox", "ScriptedNet", "cases"]

FOLDER = Path(package.__file__).parent


@dataclass(frozen=True, slots=True)
class Case:
    """One file: a request in (`receive`), a reply out (`send`) or another duty asked (`call`)."""

    platform: str
    name: str
    data: Mapping[str, Any]

    @property
    def receives(self) -> bool:
        """A request in."""
        return "receive" in self.data

    @property
    def sends(self) -> bool:
        """A reply out."""
        return "send" in self.data

    @property
    def asked(self) -> Mapping[str, Any]:
        """The `send` or the `call`."""
        asked: Mapping[str, Any] = self.data["send"] if self.sends else self.data["call"]
        return asked

    @property
    def title(self) -> str:
        """platform/file."""
        return f"{self.platform}/{self.name}"

    @property
    def at(self) -> datetime:
        """When the request came; for what is heard by a call, when it was heard."""
        said = self.data["receive"]["at"] if self.receives else self.asked.get("at", "2026-05-04T10:00:05Z")
        return datetime.fromisoformat(said)

    def request(self, name: str = "request") -> Request:
        """The request, or the one called `again`."""
        raw = self.data["receive"][name]
        headers = {header.lower(): _several(value) for header, value in raw.get("headers", {}).items()}
        query = {argument: _several(value) for argument, value in raw.get("query", {}).items()}
        return Request(
            method=raw.get("method", "POST"),
            path=raw.get("path", "/"),
            url=raw.get("url", ""),
            headers=headers,
            query=query,
            body=_bytes(raw),
        )

    def secrets(self) -> Secrets:
        """The channel's secrets."""
        raw = dict(self.data["receive"]["secrets"])
        keys = {name: value.encode() for name, value in raw.pop("keys", {}).items()}
        return Secrets(**raw, keys=keys)

    def delivery(self, item: RawItem) -> Delivery:
        """One journal item of the request."""
        channel = self.data.get("channel", {})
        facts = ChannelFacts(platform=self.platform, account=item.account or channel.get("account", ""), config=channel.get("config", {}))
        return Delivery(channel=facts, key=item.key, body=item.body, received_at=self.at)

    def channel(self) -> ChannelAccess:
        """The channel that a reply or call uses."""
        scripted = self.asked.get("mailbox")
        mailbox = None if scripted is None else ScriptedMailbox(failure=MAILBOX_FAILURES.get(scripted))
        files = ScriptedFiles({media: content.encode() for media, content in self.asked.get("files", {}).items()})
        return ChannelAccess(platform=self.platform, mailbox=mailbox, files=files, **self.data.get("channel", {}))

    def reply(self) -> OutboundReply:
        """The reply."""
        return msgspec.convert(self.asked["reply"], OutboundReply)

    def net(self) -> ScriptedNet:
        """The network with the case's `answer` for everything, or its `answers` in turn and no more."""
        if "answers" in self.asked:
            return ScriptedNet(answers=[_answer(each) for each in self.asked["answers"]], strict=True)
        answer = self.asked.get("answer", {"fails": "NotSentError"})
        if "smtp" in answer:
            return ScriptedNet(smtp=answer["smtp"])
        return ScriptedNet(answers=[_answer(answer)])


@cache
def cases() -> tuple[Case, ...]:
    """Every case of every connector, sorted; read once. Nobody changes what is in one."""
    return tuple(
        Case(path.parent.parent.name, path.stem, json.loads(path.read_text(encoding="utf-8")))
        for path in sorted(FOLDER.glob("*/cases/*.json"))
    )


def _answer(raw: Mapping[str, Any]) -> NetAnswer | str:
    if "fails" in raw:
        failure: str = raw["fails"]
        return failure
    headers = {name.lower(): value for name, value in raw.get("headers", {}).items()}
    return NetAnswer(status=raw["status"], headers=headers, body=_bytes(raw))


def _bytes(raw: Mapping[str, Any]) -> bytes:
    """A `body` as it is, or as JSON; one that is no text as `base64`."""
    if "base64" in raw:
        return base64.b64decode(raw["base64"])
    body = raw.get("body", "")
    return body.encode() if isinstance(body, str) else msgspec.json.encode(body)


def _several(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]
