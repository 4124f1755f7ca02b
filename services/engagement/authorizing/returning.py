"""To which page a person goes back when an account is connected: one of ours, and no other. Plain rules, called by authorizer and door."""

import re
from collections.abc import Collection
from urllib.parse import urlsplit
from uuid import UUID

from services.engagement.authorizing.errors import ReturnRefusedError

LONGEST_CHARS = 2_000
# Nothing that browsers read in another way than we do: no user, no backslash, no blank, no control.
_FIT = re.compile(r"https?://[A-Za-z0-9.\-]+(?::[0-9]{1,5})?(?:[/?#][!-\[\]-~]*)?")


def page_to_return_to(address: str, *, origins: Collection[str]) -> str:
    """The address, "" for none. Raises ReturnRefusedError for what is no page of one of these origins."""
    if address and not is_ours(address, origins=origins):
        named = ", ".join(sorted(origins))
        raise ReturnRefusedError(f"return_to is a page of {named}; other sites are named in ALLOWED_ORIGINS.", origins=sorted(origins))
    return address


def is_ours(address: str, *, origins: Collection[str]) -> bool:
    """Whether it is a page of one of these origins."""
    return (
        len(address) <= LONGEST_CHARS and _FIT.fullmatch(address) is not None and origin_of(address) in {_plain(each) for each in origins}
    )


def origin_of(address: str) -> str:
    """Scheme, host and port of an address, in lower case."""
    parts = urlsplit(address)
    return _plain(f"{parts.scheme}://{parts.netloc}")


def returned(address: str, *, authorization: UUID, code: str) -> str:
    """The page's address with the authorization's id and the code, so that it can go on with the session that began it."""
    front, mark, fragment = address.partition("#")
    return f"{front}{'&' if '?' in front else '?'}authorization={authorization}&code={code}{mark}{fragment}"


def _plain(origin: str) -> str:
    lowered = origin.strip().rstrip("/").lower()
    usual = ":443" if lowered.startswith("https:") else ":80"
    return lowered.removesuffix(usual)
