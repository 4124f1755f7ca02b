"""What a unit of a delivery means: the table of readers, and what is ignored and why. Called by the connector; pure."""

from collections.abc import Callable

from services.engagement.connectors.whatsapp import messages, news, receipts
from services.engagement.connectors.whatsapp.deliveries import ASIDE, HISTORY
from services.engagement.connectors.whatsapp.messages import Setting
from services.engagement.protocol import Parsed


def read(setting: Setting) -> Parsed:
    """What one thing means."""
    unit = setting.unit
    reader = READERS.get(unit.name)
    if reader is not None:
        return reader(setting)
    if unit.name == ASIDE:
        return Parsed(ignored=str(unit.around.get("reason")))
    if isinstance(unit.item.get("errors"), list):
        return news.read_errors(unit.item["errors"])
    reason = news.reason_of(unit.topic, value=unit.item)
    if reason is not None:
        return Parsed(ignored=reason)
    if unit.topic in {"", "messages"}:
        return Parsed(ignored="a delivery without a message")
    return Parsed(unknown=f"a change of the field {unit.topic[:100]}")


def _history(setting: Setting) -> Parsed:
    unit = setting.unit
    if unit.thread is not None:
        return messages.read_unit(setting)
    if isinstance(unit.item.get("errors"), list):
        return news.read_errors(unit.item["errors"])
    return Parsed(ignored=f"{HISTORY}: {news.IGNORED_FIELDS[HISTORY]}")


def _told(name: str) -> Callable[[Setting], Parsed]:
    """Things of which nothing is kept."""
    return lambda _: Parsed(ignored=f"{name}: {news.IGNORED_FIELDS[name]}")


READERS: dict[str, Callable[[Setting], Parsed]] = {
    "messages": messages.read_unit,
    "message_echoes": messages.read_unit,
    HISTORY: _history,
    "statuses": receipts.read_unit,
    "groups": news.read_group,
    "user_preferences": news.read_preference,
    "user_id_update": news.read_id_change,
    "user_actions": news.read_action,
    "calls": _told("calls"),
    "state_sync": lambda _: Parsed(ignored=str(news.reason_of("smb_app_state_sync"))),
    "automatic_events": _told("automatic_events"),
}
