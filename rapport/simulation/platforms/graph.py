"""What Meta's platforms have in common: signatures over the raw body, errors of the Graph API, lists. Called by its three modules.

Vendor's pages: https://developers.facebook.com/docs/graph-api/webhooks/getting-started, .../graph-api/guides/error-handling,
.../graph-api/overview/rate-limiting.
"""

import hashlib
import hmac
import json
import math
from collections.abc import Callable, Iterable, Mapping

from rapport.simulation.accounts import Account, Said
from rapport.simulation.calls import Asked, Refusal, RefusedError

Refusals = Mapping[str, Callable[[float], Refusal]]


def signed(account: Account, body: bytes) -> Mapping[str, str]:
    """X-Hub-Signature-256 by the app's secret, with the older one beside it, as Meta sends them."""
    key = account.secret.encode()
    return {
        "x-hub-signature": "sha1=" + hmac.digest(key, body, "sha1").hex(),
        "x-hub-signature-256": "sha256=" + hmac.digest(key, body, hashlib.sha256).hex(),
    }


def error(code: int, message: str, *, subcode: int | None = None, transient: bool = False) -> dict[str, object]:
    """The body of a refusal."""
    told: dict[str, object] = {"message": f"(#{code}) {message}", "type": "OAuthException", "code": code, "fbtrace_id": "AbCdEfGh"}
    return {"error": {**told, **({"error_subcode": subcode} if subcode else {}), **({"is_transient": True} if transient else {})}}


def refusals(*, limited: int, closed: dict[str, object]) -> Refusals:
    """How a product of Meta's refuses: `limited` is its code for too many calls, `closed` what it says of a person out of reach."""

    def too_fast(seconds: float) -> Refusal:
        """Meta tells the wait in whole minutes."""
        usage = {"1": [{"type": "messenger", "call_count": 100, "estimated_time_to_regain_access": math.ceil(seconds / 60)}]}
        headers = {"x-business-use-case-usage": json.dumps(usage)}
        return Refusal(status=400, answer=error(limited, "Calls to this api have exceeded the rate limit."), headers=headers)

    return {
        "rate_limited": too_fast,
        "forbidden": lambda _: Refusal(status=400, answer=closed),
        "server_error": lambda _: Refusal(status=500, answer=error(2, "Service temporarily unavailable", transient=True)),
        "unauthorized": lambda _: Refusal(status=401, answer=error(190, "Error validating access token: the session is invalid.")),
    }


def known(account: Account, id_: str) -> Said:
    """What a call speaks of. Raises `RefusedError` where there is nothing of this id."""
    said = account.find(id_)
    if said is None:
        raise RefusedError(400, error(100, f"Object with ID '{id_}' does not exist", subcode=33))
    return said


def spoken(account: Account, person: str, *, kind: str = "direct") -> Said:
    """The latest that a person wrote to us. Raises `RefusedError` for whoever did not."""
    found = next((said for said in account.with_person(person, kind=kind) if not said.ours), None)
    if found is None:
        raise RefusedError(400, error(100, "No matching user found", subcode=2018001))
    return found


def listed(items: Iterable[object]) -> dict[str, object]:
    """The only page of a list."""
    return {"data": list(items)}


def subscribed(account: Account, asked: Asked) -> object:
    """The app hears of the account from now on."""
    del account, asked
    return {"success": True}


def time_of(said: Said) -> str:
    """As the Graph API writes times."""
    return said.at.strftime("%Y-%m-%dT%H:%M:%S+0000")
