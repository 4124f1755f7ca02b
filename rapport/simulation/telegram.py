"""A Bot API look-alike: people write to bots, updates go to the webhook, replies are taken, refused or lost. Called by app.

Vendor's pages: https://core.telegram.org/bots/api#making-requests, #setwebhook, #sendmessage.
"""

import hashlib
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

from rapport.simulation.answers import answer, misbehave, parameters_of
from rapport.simulation.deliveries import Deliveries, Webhook
from rapport.simulation.faults import Faults
from rapport.simulation.ledger import Ledger

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
REQUIRED = {
    "sendMessage": ("chat_id", "text"),
    "sendPhoto": ("chat_id", "photo"),
    "sendVideo": ("chat_id", "video"),
    "sendAudio": ("chat_id", "audio"),
    "sendVoice": ("chat_id", "voice"),
    "sendDocument": ("chat_id", "document"),
    "sendSticker": ("chat_id", "sticker"),
    "editMessageText": ("text",),
    "deleteMessage": ("chat_id", "message_id"),
    "setMessageReaction": ("chat_id", "message_id"),
    "setWebhook": ("url",),
    "getMe": (),
    "deleteWebhook": (),
    "getWebhookInfo": (),
}


class RefusedError(Exception):
    """A call that the Bot API refuses, with its code and words."""

    def __init__(self, code: int, description: str, **parameters: object) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


@dataclass
class Bot:
    """One bot: its webhook, and the chats in which it may speak."""

    token: str
    username: str
    webhook_url: str = ""
    secret_token: str = ""
    chats: dict[str, dict[str, object]] = field(default_factory=dict)
    blocked: set[str] = field(default_factory=set)
    messages: set[tuple[str, int]] = field(default_factory=set)
    update_ids: Iterator[int] = field(default_factory=lambda: itertools.count(time.time_ns() // 1_000_000))
    message_ids: Iterator[int] = field(default_factory=lambda: itertools.count(int(time.time())))

    @property
    def id(self) -> int:
        """A token begins with the bot's id."""
        return int(self.token.split(":", 1)[0])

    @property
    def user(self) -> dict[str, object]:
        """The bot as a user."""
        return {"id": self.id, "is_bot": True, "first_name": self.username, "username": self.username}


@dataclass
class Telegram:
    """All bots."""

    ledger: Ledger
    faults: Faults
    deliveries: Deliveries
    bots: dict[str, Bot] = field(default_factory=dict)

    def add_bot(self, token: str, *, username: str, webhook_url: str = "", secret_token: str = "") -> Bot:
        """A bot as @BotFather makes it; the webhook can be given here or by setWebhook."""
        self.bots[token] = Bot(token=token, username=username, webhook_url=webhook_url, secret_token=secret_token)
        return self.bots[token]

    def deliver(self, bot: Bot, *, update: dict[str, Any], attempts: int = 300) -> Webhook:
        """Number an update and make its webhook; chats that it shows become known."""
        numbered = {"update_id": next(bot.update_ids), **update}
        message = _message_in(update)
        chat = message.get("chat", {})
        if chat:
            bot.chats[str(chat["id"])] = chat
        if "message_id" in message:
            bot.messages.add((str(chat.get("id")), int(message["message_id"])))
        facts = {
            "channel": bot.token.split(":", 1)[0],
            "key": str(numbered["update_id"]),
            "external_id": f"{chat.get('id')}:{message['message_id']}" if "message_id" in message else None,
            "text": message.get("text"),
        }
        headers = {"content-type": "application/json", "x-telegram-bot-api-secret-token": bot.secret_token}
        body = orjson.dumps(numbered)
        return Webhook(platform="telegram", url=bot.webhook_url, body=body, headers=lambda: headers, facts=facts, attempts=attempts)

    def message(self, bot: Bot, *, person: dict[str, Any], text: str, chat: dict[str, Any] | None = None, **parts: Any) -> dict[str, Any]:  # noqa: ANN401 - parts of the vendor's JSON
        """The update of a person's message; `chat` is a group, or the person's own private chat."""
        private = {
            **{name: value for name, value in person.items() if name in {"id", "first_name", "last_name", "username"}},
            "type": "private",
        }
        message_id = next(bot.message_ids)
        message = {
            "message_id": message_id,
            "from": {"is_bot": False, **person},
            "chat": chat or private,
            "date": int(time.time()),
            "text": text,
        }
        return {"message": {**message, **parts}}

    async def call(self, request: web.Request) -> web.StreamResponse:
        """POST or GET /bot<token>/<method>."""
        bot, method = self.bots.get(request.match_info["token"]), request.match_info["method"]
        if bot is None:
            return self._refusal(RefusedError(401, "Unauthorized"))
        parameters = {**dict(request.query), **await parameters_of(request)}
        fault = self.faults.next_for("telegram") if method.startswith("send") else None
        if fault and fault.kind in {"rate_limited", "forbidden"}:
            wait = int(fault.retry_after)
            refused = {
                "rate_limited": RefusedError(429, f"Too Many Requests: retry after {wait}", retry_after=wait),
                "forbidden": RefusedError(403, "Forbidden: bot was blocked by the user"),
            }[fault.kind]
            self._record(bot, method=method, parameters=parameters, accepted=False, fault=fault.kind)
            return self._refusal(refused)

        def sound() -> web.Response:
            return self._carry_out(bot, method=method, parameters=parameters, fault=fault.kind if fault else None)

        if fault is None:
            return sound()
        if not fault.takes_the_call:
            self._record(bot, method=method, parameters=parameters, accepted=False, fault=fault.kind)
        return await misbehave(fault, request=request, sound=sound)

    def _carry_out(self, bot: Bot, *, method: str, parameters: dict[str, Any], fault: str | None) -> web.Response:
        """Do it and say so, or refuse it in the Bot API's words; calls that send are in the ledger either way."""
        sends = method.startswith("send")
        try:
            result = _result(bot, method=method, parameters=parameters)
        except RefusedError as refused:
            if sends:
                self._record(bot, method=method, parameters=parameters, accepted=False, fault=refused.description)
            return self._refusal(refused)
        if sends:
            message_id = result["message_id"] if isinstance(result, dict) else None
            self._record(bot, method=method, parameters=parameters, accepted=True, fault=fault, message_id=message_id)
        return answer(200, {"ok": True, "result": result})

    def _record(
        self, bot: Bot, *, method: str, parameters: dict[str, Any], accepted: bool, fault: str | None, message_id: object = None
    ) -> None:
        chat = str(parameters.get("chat_id"))
        self.ledger.write(
            "reply",
            platform="telegram",
            channel=str(bot.id),
            method=method,
            chat=chat,
            text=parameters.get("text") or parameters.get("caption"),
            answers=(parameters.get("reply_parameters") or {}).get("message_id")
            if isinstance(parameters.get("reply_parameters"), dict)
            else None,
            file=_file_in(parameters),
            accepted=accepted,
            fault=fault,
            external_id=f"{chat}:{message_id}" if message_id else None,
        )

    @staticmethod
    def _refusal(refused: RefusedError) -> web.Response:
        body: dict[str, object] = {"ok": False, "error_code": refused.code, "description": refused.description}
        if refused.parameters:
            body["parameters"] = refused.parameters
        return answer(refused.code, body)


def _file_in(parameters: dict[str, Any]) -> dict[str, object] | None:
    """What is written down of a file that came along."""
    for name, value in parameters.items():
        if isinstance(value, web.FileField):
            value.file.seek(0)
            content = value.file.read()
            sha256 = hashlib.sha256(content).hexdigest()
            return {"as": name, "name": value.filename, "type": value.content_type, "size": len(content), "sha256": sha256}
    return None


def _message_in(update: dict[str, Any]) -> dict[str, Any]:
    """What an update shows of a chat and a message, be it a message, a reaction or a button under one."""
    parts = [part for part in update.values() if isinstance(part, dict)]
    inner = [part["message"] for part in parts if isinstance(part.get("message"), dict)]
    return next((part for part in [*inner, *parts] if "chat" in part), {})


def _result(bot: Bot, *, method: str, parameters: dict[str, Any]) -> object:
    """What a method gives. Raises `RefusedError` in the order in which the Bot API checks."""
    required = REQUIRED.get(method)
    if required is None:
        raise RefusedError(404, "Not Found")
    for name in required:
        if parameters.get(name) in (None, ""):
            raise RefusedError(
                400, "Bad Request: message text is empty" if name == "text" else f"Bad Request: parameter {name} is required"
            )
    if method == "getMe":
        return bot.user
    if method in {"setWebhook", "deleteWebhook"}:
        bot.webhook_url, bot.secret_token = str(parameters.get("url", "")), str(parameters.get("secret_token", ""))
        return True
    if method == "getWebhookInfo":
        return {"url": bot.webhook_url, "has_custom_certificate": False, "pending_update_count": 0}
    if not method.startswith("send"):
        return True
    return _sent(bot, method=method, parameters=parameters)


def _sent(bot: Bot, *, method: str, parameters: dict[str, Any]) -> dict[str, object]:
    """The message that a send makes."""
    chat_id = str(parameters["chat_id"])
    if chat_id not in bot.chats:
        raise RefusedError(400, "Bad Request: chat not found")
    if chat_id in bot.blocked:
        raise RefusedError(403, "Forbidden: bot was blocked by the user")
    if len(str(parameters.get("text", ""))) > TEXT_LIMIT:
        raise RefusedError(400, "Bad Request: message is too long")
    if len(str(parameters.get("caption", ""))) > CAPTION_LIMIT:
        raise RefusedError(400, "Bad Request: message caption is too long")
    answered = parameters.get("reply_parameters")
    if isinstance(answered, dict) and (chat_id, int(answered.get("message_id", 0))) not in bot.messages:
        raise RefusedError(400, "Bad Request: message to be replied not found")
    message_id = next(bot.message_ids)
    bot.messages.add((chat_id, message_id))
    content = {"text": parameters["text"]} if method == "sendMessage" else {"caption": parameters.get("caption", "")}
    return {"message_id": message_id, "from": bot.user, "chat": bot.chats[chat_id], "date": int(time.time()), **content}
