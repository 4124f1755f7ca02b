"""Who wrote and to whom: addresses in headers, and whether our own server vouches for the author's. Called by parse; pure.

Sources: RFC 5322 section 3.4, RFC 8601 (Authentication-Results), RFC 7489 (DMARC).
"""

import re
from email.message import Message
from email.utils import parseaddr

from services.contracts.interaction import Author, Claimed
from services.engagement.connectors.email.mime import BROKEN, header, headers, storable

NETWORK = "email"
_ADDRESS = re.compile(r"[^\s@<>\"(),:;\\\[\]]{1,64}@[^\s@<>\"(),:;\\\[\]]{1,190}")
_NAME_LIMIT_CHARS = 200
_MOST_ADDRESSES = 50
_COMMENT = re.compile(r"\([^()]*\)")
_RESULT = re.compile(r"^\s*(dmarc|spf|dkim)\s*=\s*(\w+)(.*)$", re.IGNORECASE | re.DOTALL)
_PROPERTY = re.compile(r"\b(header\.from|header\.d|smtp\.mailfrom)\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)
# Which property of a result must name the author's domain for it to speak for the author.
_ALIGNED = {"dmarc": "header.from", "dkim": "header.d", "spf": "smtp.mailfrom"}


def people_in(message: Message, name: str) -> list[Author]:
    """The people of an address header, without those whose address is none."""
    try:
        value = message.get(name)
        told = [(each.display_name, each.addr_spec) for each in getattr(value, "addresses", ())]
    except BROKEN:
        value, told = None, []
    if not told and (plain := header(message, name)):
        told = [parseaddr(plain)]
    found = (_person(title, address) for title, address in told[:_MOST_ADDRESSES])
    return [each for each in found if each is not None]


def author_of(message: Message, *, trusted: str) -> Author | None:
    """Who wrote the mail: From, else Sender; None where neither names anybody. `trusted` is how our own server names itself."""
    writers = people_in(message, "from")
    author = next(iter(writers or people_in(message, "sender")), None)
    if author is None:
        return None
    vouched = len(writers) == 1 and is_vouched_for(message, domain=domain_of(author.external_id), trusted=trusted)
    return Author(
        network=author.network,
        external_id=author.external_id,
        handle=author.handle,
        name=author.name,
        emails=(Claimed(value=author.external_id, verified=vouched),),
    )


def of_address(address: str) -> Author | None:
    """The person of a bare address."""
    return _person("", address)


def normalised(address: str) -> str:
    """The address as profiles are named by it: lower case, "" where it is no address."""
    text = storable(address).strip().lower()
    return text if _ADDRESS.fullmatch(text) else ""


def domain_of(address: str) -> str:
    """What stands behind the @."""
    return address.rpartition("@")[2]


def is_vouched_for(message: Message, *, domain: str, trusted: str) -> bool:
    """Whether our own server found that the author's domain sent this: the first Authentication-Results in its name counts, no other."""
    if not trusted or not domain:
        return False
    for value in headers(message, "authentication-results"):
        text = _without_comments(value)
        server, _, results = text.partition(";")
        if server.split()[:1] and server.split()[0].lower() == trusted.lower():
            return _passes([_result(each) for each in results.split(";")], domain=domain)
    return False


def _passes(results: list[tuple[str, str, dict[str, str]]], *, domain: str) -> bool:
    """DMARC decides where it was judged; else a pass of DKIM or SPF for exactly the author's domain."""
    judged = [outcome for method, outcome, _ in results if method == "dmarc"]
    if judged and judged[0] != "none":
        return any(_speaks_for(each, domain=domain) for each in results if each[0] == "dmarc")
    return any(_speaks_for(each, domain=domain) for each in results if each[0] in {"dkim", "spf"})


def _speaks_for(result: tuple[str, str, dict[str, str]], *, domain: str) -> bool:
    method, outcome, properties = result
    named = properties.get(_ALIGNED[method], "").rpartition("@")[2].lower()
    return outcome == "pass" and named == domain


def _result(text: str) -> tuple[str, str, dict[str, str]]:
    found = _RESULT.match(text)
    if found is None:
        return "", "", {}
    method, outcome, rest = found.groups()
    return method.lower(), outcome.lower(), {name.lower(): value for name, value in _PROPERTY.findall(rest)}


def _without_comments(text: str) -> str:
    while (shorter := _COMMENT.sub(" ", text)) != text:
        text = shorter
    return text


def _person(title: str, address: str) -> Author | None:
    known = normalised(address)
    if not known:
        return None
    name = " ".join(storable(title).split())[:_NAME_LIMIT_CHARS]
    return Author(network=NETWORK, external_id=known, handle=known, name=name or None)
