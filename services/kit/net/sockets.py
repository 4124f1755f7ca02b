"""Plain TCP connections to the outside, for protocols that are not HTTP. Called by the client; under the same rules of where calls may go.

Asked of the numeric address right before connecting, so no name server that changes its mind gets past it.
"""

import asyncio
import socket
from collections.abc import Container

from aiohttp.abc import AbstractResolver, ResolveResult

from services.kit.net.addresses import MAIL_PORTS, may_connect
from services.kit.net.errors import ForbiddenAddressError, NotSentError

_HOST_LIMIT_CHARS = 253


async def connected_socket(
    host: str, port: int, *, resolver: AbstractResolver, allow_private: bool, ports: Container[int] = MAIL_PORTS
) -> socket.socket:
    """A connected socket that does not block; the caller closes it. Below 1024 on `ports` only.

    Raises NotSentError and ForbiddenAddressError.
    """
    if not 0 < port < 65_536 or not 0 < len(host) <= _HOST_LIMIT_CHARS or not host.isprintable() or " " in host:
        raise ForbiddenAddressError("address")
    try:
        places = await resolver.resolve(host, port, family=socket.AF_UNSPEC)
    except (OSError, ValueError) as error:
        raise NotSentError("connect") from error
    allowed = [place for place in places if may_connect(place["host"], port, allow_private=allow_private, ports=ports)]
    if places and not allowed:
        raise ForbiddenAddressError("address")
    for place in allowed:
        made = await _tried(place, port)
        if made is not None:
            return made
    raise NotSentError("connect")


async def _tried(place: ResolveResult, port: int) -> socket.socket | None:
    made = socket.socket(place["family"], socket.SOCK_STREAM)
    made.settimeout(0)
    try:
        await asyncio.get_running_loop().sock_connect(made, (place["host"], port))
    except OSError:
        made.close()
        return None
    except BaseException:
        made.close()
        raise
    return made
