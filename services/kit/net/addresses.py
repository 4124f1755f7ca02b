"""Where outside calls may go: public addresses on ports of the web, or of mail. Asked of the address a socket is about to connect to.

Called by the client's socket factory, after name resolution, so that no spelling of an address and no name server that
changes its mind gets past it. Source: the IANA special-purpose address registries, and the metadata addresses of clouds.
"""

from collections.abc import Container
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

WEB_PORTS = frozenset({80, 443})
MAIL_PORTS = frozenset({25, 143, 465, 587, 993})
_FIRST_FREE_PORT = 1024
_NEVER = tuple(
    map(
        ip_network,
        (
            "169.254.0.0/16",  # link-local, with the metadata address of most clouds
            "168.63.129.16/32",  # Azure's host
            "100.100.100.200/32",  # Alibaba's metadata
            "192.0.0.192/32",  # Oracle's metadata
            "fd00:ec2::254/128",  # Amazon's metadata
            "fe80::/10",
        ),
    )
)
_PRIVATE = tuple(map(ip_network, ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")))
_SPECIAL_V4 = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",
            "100.64.0.0/10",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
        ),
    )
)
_GLOBAL_V6 = ip_network("2000::/3")
_SPECIAL_V6 = tuple(map(ip_network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))


class BlockedAddressError(OSError):
    """Raised in place of a socket."""


def may_connect(host: str, port: int, *, allow_private: bool = False, ports: Container[int] = WEB_PORTS) -> bool:
    """Whether an outside call may connect to this numeric address; below 1024 on `ports` only.

    `allow_private` adds loopback and private networks, on any port, for tests and simulated platforms; never link-local.
    """
    address = _plain(host)
    if any(address in network for network in _NEVER):
        return False
    if any(address in network for network in _PRIVATE):
        return allow_private
    if isinstance(address, IPv4Address):
        public = not any(address in network for network in _SPECIAL_V4)
    else:
        public = address in _GLOBAL_V6 and not any(address in network for network in _SPECIAL_V6)
    return public and (port in ports or port >= _FIRST_FREE_PORT)


def _plain(host: str) -> IPv4Address | IPv6Address:
    """The address without zone, an IPv4 address unwrapped from its IPv6 form."""
    address = ip_address(host.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
