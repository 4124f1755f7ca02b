"""News of what we sent: how far it came, why it failed, what was paid. Called by parsing; pure.

Vendor's page: .../whatsapp/webhooks/reference/messages/status. They come in any order, and one may stay away.
"""

from services.contracts.interaction import Author, NeutralEvent, Receipt
from services.contracts.vocabulary import Kind, ReplyState
from services.engagement.connectors.whatsapp.declaration import PART, REFERENCE
from services.engagement.connectors.whatsapp.deliveries import digest_of
from services.engagement.connectors.whatsapp.messages import Setting
from services.engagement.connectors.whatsapp.payloads import read
from services.engagement.connectors.whatsapp.people import NOBODY, ids_of, is_group, person, venue_of
from services.engagement.connectors.whatsapp.reports import Payment, Status
from services.engagement.protocol import Parsed

_STATES = {
    "sent": ReplyState.SENT,
    "delivered": ReplyState.DELIVERED,
    "read": ReplyState.READ,
    "played": ReplyState.READ,
    "failed": ReplyState.FAILED,
    "undelivered": ReplyState.FAILED,
}
_CALLS = frozenset({"ringing", "accepted", "rejected"})
_PAID = frozenset({"captured", "success", "completed"})


def read_unit(setting: Setting) -> Parsed:
    """What a status means."""
    status = read(setting.unit.item, into=Status)
    named = (status.status or "").strip().lower()
    if status.type == "payment" or status.payment:
        return _payment(status, named=named, setting=setting)
    if status.type == "call" or (named in _CALLS and (status.status or "").isupper()):
        return Parsed(ignored="how far a call of ours came")
    if named not in _STATES:
        return Parsed(ignored=f"a status that says nothing of the way of a message: {named[:60] or 'none'}")
    if not status.id:
        return Parsed(ignored="a status of no message")
    if (status.biz_opaque_callback_data or "").startswith(PART) and _STATES[named] is not ReplyState.FAILED:
        return Parsed(ignored=f"a part of a reply is {named}: its last message tells how far it came")
    return Parsed(events=(_receipt(status, named=named, setting=setting),))


def _receipt(status: Status, *, named: str, setting: Setting) -> NeutralEvent:
    """Our own reference comes back with the statuses: by it a reply is found whose answer of the API was lost, or is on its way."""
    message = status.id or ""
    ours = status.biz_opaque_callback_data or ""
    reference = next((ours.removeprefix(prefix) for prefix in (REFERENCE, PART) if ours.startswith(prefix)), None)
    each = status.recipient_participant_id or status.recipient_participant_user_id
    reason = "; ".join(error.words() for error in status.errors) or None
    return NeutralEvent(
        id=":".join(part for part in (message, named, each) if part),
        occurred_at=setting.time(status.timestamp),
        kind=Kind.RECEIPT,
        author=_recipient(status, setting=setting),
        venue=venue_of(setting.unit, channel=setting.channel, group=_group(status)),
        target=message,
        thread=_group(status),
        receipt=Receipt(external_id=message, state=_STATES[named].value, reason=reason, reference=reference or None),
        extra=_facts(status, setting=setting),
    )


def _recipient(status: Status, *, setting: Setting) -> Author:
    phone, user_id = _ids(status)
    return person(setting.unit, phone=phone, user_id=user_id) or NOBODY


def _ids(status: Status) -> tuple[str | None, str | None]:
    """Number and user id of the person who got it: in a group, of the one of them."""
    phone = None if _group(status) else status.recipient_id
    return status.recipient_participant_id or phone or None, status.recipient_participant_user_id or status.recipient_user_id or None


def _group(status: Status) -> str | None:
    grouped = status.recipient_type == "group" or is_group(status.recipient_id)
    return status.group_id or (status.recipient_id if grouped else None) or None


def _facts(status: Status, *, setting: Setting) -> dict[str, str]:
    phone, user_id = _ids(status)
    billable = status.pricing.billable
    facts = {
        "status": status.status if status.status == "played" else None,
        "charged_to": status.conversation.id,
        "category": status.pricing.category or status.conversation.origin.type,
        "pricing": status.pricing.pricing_model,
        "billable": None if billable is None else str(billable).lower(),
        "tracking": status.biz_opaque_callback_data,
        "error_code": str(status.errors[0].code) if status.errors and status.errors[0].code is not None else None,
    }
    return {**{name: value for name, value in facts.items() if value}, **ids_of(setting.unit, phone=phone, user_id=user_id)}


def _payment(status: Status, *, named: str, setting: Setting) -> Parsed:
    """Paid in the chat, for an order that we sent there."""
    if named not in _PAID:
        return Parsed(ignored=f"a payment that is {named[:60] or 'in progress'}")
    paid = status.payment or Payment()
    offset, value = paid.amount.offset, paid.amount.value
    amount = None if value is None else value / offset if offset else value
    facts = {"currency": paid.currency, "amount": f"{amount:.15g}" if amount is not None else None, "reference": paid.reference_id}
    event = NeutralEvent(
        id=f"payment:{paid.reference_id or status.id or digest_of(setting.unit)}",
        occurred_at=setting.time(status.timestamp),
        kind=Kind.PURCHASE,
        author=_recipient(status, setting=setting),
        venue=venue_of(setting.unit, channel=setting.channel),
        extra={name: told for name, told in facts.items() if told},
    )
    return Parsed(events=(event,))
