"""A site with web chat: its server posts what visitors write, signed; answers stay in our own mailbox. Played by the stage."""

import hashlib
import hmac
import time
from collections.abc import Mapping

from rapport.simulation.accounts import Account, Said
from rapport.simulation.calls import Platform
from rapport.simulation.crowd import Line


def _hear(account: Account, line: Line) -> Said:
    return account.hear(line, kind="direct", id_of=lambda number, _: f"{account.id}-{number}")


def _event(account: Account, said: Said) -> object:
    visitor = {"id": f"{account.id}-visitor-{said.person}", "name": said.name}
    return {"id": said.id, "kind": "message", "at": said.at.isoformat(), "visitor": visitor, "text": said.text}


def _signed(account: Account, body: bytes) -> Mapping[str, str]:
    seconds = str(int(time.time()))
    made = hmac.digest(account.secret.encode(), seconds.encode() + b"." + body, hashlib.sha256).hex()
    return {"webchat-signature": f"t={seconds},v1={made}"}


WEBCHAT = Platform(name="webchat", calls=(), hear=_hear, refusals={}, event=_event, headers=_signed)
