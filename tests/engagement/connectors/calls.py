"""Asks a connector what the `call` of a case says, and describes the answer in the words of a case. Called by test_cases."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

import msgspec

from services.contracts.interaction import Author
from services.engagement.admin_connectors import describe_event
from services.engagement.protocol import ChannelAccess, Completed, Connector, Heard, Net, RawItem
from tests.engagement.connectors.case_files import Case

Read = Callable[[RawItem], dict[str, Any]]


async def call(connector: Connector, *, case: Case, channel: ChannelAccess, net: Net, read: Read) -> Any:
    """What the duty answers: None, a page of `heard`, or the fields of a Found, Account, Granted, Authorization, FetchedKeys."""
    asked, duty = dict(case.asked), cast("Any", connector)
    name = asked["name"]
    if name in _HEARD:
        return await _heard(_HEARD[name](duty, asked, channel, net), wanted=asked["expect"].get("heard", []), read=read)
    if name == "complete":
        return await _completed(duty, case=case, channel=channel, net=net)
    if name == "thread_of":
        return duty.thread_of(case.reply(), channel=channel)
    if name == "lookup":
        return _plain(await duty.lookup(case.reply(), channel=channel, net=net))
    return _plain(await _ASKED[name](duty, asked, channel, net))


_HEARD: dict[str, Callable[[Any, dict[str, Any], ChannelAccess, Net], AsyncIterator[Heard]]] = {
    "listen": lambda duty, asked, channel, net: duty.listen(channel=channel, cursor=asked.get("cursor"), net=net),
    "backfill": lambda duty, asked, channel, net: duty.backfill(channel=channel, since=datetime.fromisoformat(asked["since"]), net=net),
}

_ASKED: dict[str, Callable[[Any, dict[str, Any], ChannelAccess, Net], Awaitable[Any]]] = {
    "refresh": lambda duty, _, channel, net: duty.refresh(channel=channel, net=net),
    "list_templates": lambda duty, _, channel, net: duty.list_templates(channel=channel, net=net),
    "check": lambda duty, _, channel, net: duty.check(channel=channel, net=net),
    "open_media": lambda duty, asked, channel, net: duty.open_media(asked["url"], channel=channel, net=net),
    "fetch_keys": lambda duty, _, channel, net: duty.fetch_keys(channel=channel, net=net),
    "edit": lambda duty, asked, channel, net: duty.edit(asked["external_id"], text=asked["text"], channel=channel, net=net),
    "delete": lambda duty, asked, channel, net: duty.delete(asked["external_id"], channel=channel, net=net),
    "hide": lambda duty, asked, channel, net: duty.hide(asked["external_id"], hidden=asked["hidden"], channel=channel, net=net),
    "like": lambda duty, asked, channel, net: duty.like(
        asked["external_id"], author=_author(asked), liked=asked["liked"], channel=channel, net=net
    ),
    "begin": lambda duty, asked, _, net: duty.begin(app=asked["app"], state=asked["state"], redirect_url=asked["redirect_url"], net=net),
    "exchange": lambda duty, asked, _, net: duty.exchange(
        app=asked["app"], keep=asked.get("keep", {}), query=asked["query"], redirect_url=asked["redirect_url"], net=net
    ),
    "subscribe": lambda duty, asked, channel, net: duty.subscribe(
        channel=channel, webhook_url=asked["webhook_url"], secret=asked["secret"], net=net
    ),
    "unsubscribe": lambda duty, asked, channel, net: duty.unsubscribe(
        channel=replace(channel, webhook_url=asked.get("webhook_url", "")), net=net
    ),
}


async def _completed(duty: Any, *, case: Case, channel: ChannelAccess, net: Net) -> dict[str, Any]:
    """What the events of a delivery lack, and what is told of them when they are asked for."""
    body = case.asked["body"]
    delivery = case.delivery(RawItem(key="", body=msgspec.json.encode(body)))
    lacking = {event.id: event for event in duty.parse(delivery).events if duty.lacks(event) is not None}
    wanted = {id_: duty.lacks(event).value for id_, event in lacking.items()}
    told = [each async for each in duty.complete(list(lacking.values()), channel=channel, net=net)] if lacking else []
    return {"lacks": wanted, "told": [_told(each) for each in told]}


def _told(completed: Completed) -> dict[str, Any]:
    parts = {"id": completed.id, "reason": completed.reason, "event": describe_event(completed.event) if completed.event else None}
    return {name: value for name, value in parts.items() if value}


async def _heard(stream: AsyncIterator[Heard], *, wanted: list[Any], read: Read) -> list[dict[str, Any]]:
    """As many as are wanted, then it is closed; one more would ask the network for what the case does not say."""
    heard: list[dict[str, Any]] = []
    async with aclosing(cast("AsyncGenerator[Heard, None]", stream)) as each_heard:
        if not wanted:
            return [_described(each, read=read) async for each in each_heard]
        async for each in each_heard:
            heard.append(_described(each, read=read))
            if len(heard) == len(wanted):
                break
    return heard


def _described(heard: Heard, *, read: Read) -> dict[str, Any]:
    items = [{**read(item), **({"account": item.account} if item.account else {})} for item in heard.items]
    parts = {"items": items, "cursor": heard.cursor, "rest_seconds": heard.rest_seconds}
    return {name: value for name, value in parts.items() if value}


def _author(asked: dict[str, Any]) -> Author | None:
    return msgspec.convert(asked["author"], Author) if asked.get("author") else None


def _plain(answered: object) -> Any:
    """The answer as JSON values, without what is empty; a `there` stays, for None and False mean something."""
    if answered is None:
        return None
    if isinstance(answered, timedelta):
        return {"holds_seconds": answered.total_seconds()}
    if isinstance(answered, tuple):
        return {"templates": [_plain(each) for each in answered]}
    values: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(answered))
    return {name: value for name, value in values.items() if value or name == "there"}
