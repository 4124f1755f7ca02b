"""A number on WhatsApp's Cloud API: messages and statuses by webhook, messages out. Tells no history. Played by the stage.

Vendor's pages: https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages,
.../messages/send-messages, .../support/error-codes.
"""

from collections.abc import Sequence

from rapport.simulation.accounts import Account, Said
from rapport.simulation.calls import Asked, Call, Platform, Taken
from rapport.simulation.crowd import Line
from rapport.simulation.platforms.graph import error, refusals, signed, spoken, subscribed

_PATH = "/whatsapp/{version}"
_COUNTRY = "4900000"


def _hear(account: Account, line: Line) -> Said:
    return account.hear(line, kind="direct", id_of=lambda number, _: f"wamid.{number}")


def _delivery(account: Account, **value: object) -> object:
    metadata = {"display_phone_number": "15550001111", "phone_number_id": account.id}
    change = {"field": "messages", "value": {"messaging_product": "whatsapp", "metadata": metadata, **value}}
    return {"object": "whatsapp_business_account", "entry": [{"id": f"8{account.id}", "changes": [change]}]}


def _event(account: Account, said: Said) -> object:
    number = f"{_COUNTRY}{said.person}"
    message = {"from": number, "id": said.id, "timestamp": str(said.seconds), "type": "text", "text": {"body": said.text}}
    return _delivery(account, contacts=[{"profile": {"name": said.name}, "wa_id": number}], messages=[message])


def _statuses(account: Account, said: Said) -> Sequence[object]:
    """Sent, then delivered, each with the reference that we gave along."""
    told = {
        "id": said.id,
        "timestamp": str(said.seconds),
        "recipient_id": f"{_COUNTRY}{said.person}",
        "biz_opaque_callback_data": said.reference,
    }
    return [_delivery(account, statuses=[{**told, "status": status}]) for status in ("sent", "delivered")]


def _send(account: Account, asked: Asked) -> Taken:
    number = asked.within("to")
    said = account.take(
        asked.within("text", "body"),
        to=spoken(account, number.removeprefix(_COUNTRY)),
        kind="direct",
        id_of=lambda number: f"wamid.{number}",
        reference=asked.within("biz_opaque_callback_data"),
    )
    contact = {"input": number, "wa_id": number}
    return Taken(said=said, answer={"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": said.id}]})


def _number(account: Account, asked: Asked) -> object:
    del asked
    return {"id": account.id, "display_phone_number": "+1 555 000 1111", "verified_name": "Acme"}


WHATSAPP = Platform(
    name="whatsapp",
    calls=(
        Call("POST", f"{_PATH}/{{number}}/messages", _send, sends=True),
        Call("*", f"{_PATH}/{{business}}/subscribed_apps", subscribed),
        Call("GET", f"{_PATH}/{{number}}", _number),
    ),
    hear=_hear,
    refusals=refusals(limited=130429, closed=error(131047, "Re-engagement message")),
    event=_event,
    echo=_statuses,
    headers=signed,
)
