"""How a channel reaches its servers: hosts, ports, TLS, who signs in. Read from its settings and credentials before each use; no I/O."""

import ipaddress
import socket
import ssl
from dataclasses import dataclass, field
from functools import lru_cache

from services.engagement.connectors.email.people import normalised
from services.engagement.protocol import ChannelAccess, RejectedError

_IMAP_PORTS = {"tls": 993, "starttls": 143, "none": 143}
_SMTP_PORTS = {"tls": 465, "starttls": 587, "none": 25}
_CONTEXTS_KEPT = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """One server and who we are there. `security` is tls, starttls or none."""

    host: str
    port: int
    security: str
    username: str
    password: str = field(repr=False)
    certificate: str = field(default="", repr=False)

    @property
    def tls(self) -> ssl.SSLContext:
        """What its certificate is checked by. Reads files: not for the event loop. Raises `RejectedError`."""
        try:
            return _context(self.certificate)
        except (ssl.SSLError, ValueError) as error:
            raise RejectedError("`trusted_certificate` is no PEM certificate") from error


def our_address(channel: ChannelAccess) -> str:
    """The mailbox's address. Raises `RejectedError` where the channel has none that can be used."""
    address = normalised(channel.account)
    if not address or not address.isascii():
        raise RejectedError("`account` is no e-mail address")
    return address


def imap_server(channel: ChannelAccess) -> Server:
    """Where mail is read. Raises `RejectedError` for settings that cannot be."""
    return _server(channel, "imap", ports=_IMAP_PORTS, security="tls", username="", password="")


def smtp_server(channel: ChannelAccess) -> Server:
    """Where mail is sent. Raises `RejectedError` for settings that cannot be."""
    username, password = channel.config.get("smtp_username", ""), channel.credentials.get("smtp_password", "")
    return _server(channel, "smtp", ports=_SMTP_PORTS, security="starttls", username=username, password=password)


def refuse_open_road(made: socket.socket) -> None:
    """Raise `RejectedError` where a password would travel in the open: without TLS only to a server inside."""
    if made.family not in {socket.AF_INET, socket.AF_INET6}:
        return
    if not ipaddress.ip_address(made.getpeername()[0].partition("%")[0]).is_private:
        raise RejectedError("without TLS only a server inside may be used")


def _server(channel: ChannelAccess, name: str, *, ports: dict[str, int], security: str, username: str, password: str) -> Server:
    config = channel.config
    chosen = config.get(f"{name}_security") or security
    if chosen not in ports:
        raise RejectedError(f"`{name}_security` is one of {', '.join(ports)}")
    port = config.get(f"{name}_port") or str(ports[chosen])
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
        raise RejectedError(f"`{name}_port` is no port")
    host = config.get(f"{name}_host", "").strip()
    if not host:
        raise RejectedError(f"`{name}_host` is missing")
    return Server(
        host=host,
        port=int(port),
        security=chosen,
        username=username or config.get("username") or our_address(channel),
        password=password or channel.credentials.get("password", ""),
        certificate=config.get("trusted_certificate", ""),
    )


@lru_cache(maxsize=_CONTEXTS_KEPT)
def _context(certificate: str) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=certificate or None)
