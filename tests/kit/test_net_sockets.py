"""TCP connections for protocols that are not HTTP: they reach mail servers outside and nothing inside."""

import asyncio
from socket import AddressFamily

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from services.kit.net import ForbiddenAddressError, Net, NotSentError, may_connect
from services.kit.net.addresses import MAIL_PORTS


class Names(AbstractResolver):
    """Answers every name with these addresses."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses

    async def resolve(self, host: str, port: int = 0, family: AddressFamily = AddressFamily.AF_INET) -> list[ResolveResult]:
        """As told."""
        del family
        families = [AddressFamily.AF_INET6 if ":" in each else AddressFamily.AF_INET for each in self._addresses]
        return [
            ResolveResult(hostname=host, host=address, port=port, family=kind, proto=0, flags=0)
            for address, kind in zip(self._addresses, families, strict=True)
        ]

    async def close(self) -> None:
        """Nothing is open."""


async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"* OK hello\r\n")
    await writer.drain()
    writer.close()


async def test_a_server_inside_is_reached_only_where_that_is_allowed() -> None:
    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        with pytest.raises(ForbiddenAddressError):
            await Net().connect("localhost", port)
        made = await Net(allow_private=True, resolver=Names("127.0.0.1")).connect("mail.example", port)
        reader, writer = await asyncio.open_connection(sock=made)
        assert await asyncio.wait_for(reader.readline(), 10) == b"* OK hello\r\n"
        writer.close()


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00:ec2::254", "100.64.0.1"])
async def test_a_name_that_leads_inside_is_refused(address: str) -> None:
    with pytest.raises(ForbiddenAddressError):
        await Net(resolver=Names(address)).connect("mail.example", 993)


@pytest.mark.parametrize(("host", "port"), [("", 993), ("a b", 993), ("mail\r\n.example", 993), ("x" * 300, 993), ("mail.example", 0)])
async def test_what_is_no_place_is_refused(host: str, port: int) -> None:
    with pytest.raises(ForbiddenAddressError):
        await Net(resolver=Names("8.8.8.8")).connect(host, port)


async def test_a_closed_port_is_certainly_not_reached() -> None:
    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    with pytest.raises(NotSentError) as raised:
        await Net(allow_private=True).connect("127.0.0.1", port)
    assert raised.type is NotSentError


@pytest.mark.parametrize(("port", "expected"), [(25, True), (143, True), (465, True), (587, True), (993, True), (22, False), (80, False)])
def test_below_1024_only_ports_of_mail_are_open(port: int, *, expected: bool) -> None:
    assert may_connect("8.8.8.8", port, ports=MAIL_PORTS) is expected
