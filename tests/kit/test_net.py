"""Calls to the outside: none gets inside, and of each that fails it is known whether it may have arrived.

The other side is a real server on loopback that behaves as badly as it is told to.
"""

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from socket import AF_INET, AF_INET6, AddressFamily

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import assume, given
from hypothesis import strategies as st

from services.kit.net import (
    AnswerTooLargeError,
    ForbiddenAddressError,
    InDoubtError,
    Net,
    NotSentError,
    may_connect,
)

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@dataclass
class Other:
    """The other side: what it received, how often it was connected to, and how it answers."""

    behaviour: Behaviour
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}/"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: reads whole requests and answers each."""
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
                self.requests.append(head + (await reader.readexactly(int(length)) if length else b""))
                await self.behaviour(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


@asynccontextmanager
async def other_side(behaviour: Behaviour, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Other]:
    other = Other(behaviour)
    server = await asyncio.start_server(other.serve, "127.0.0.1", 0, ssl=tls)
    other.port = server.sockets[0].getsockname()[1]
    try:
        yield other
    finally:
        server.close()
        await server.wait_closed()


def answering(answer: bytes) -> Behaviour:
    async def answer_with(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()

    return answer_with


def answering_then_leaving(answer: bytes) -> Behaviour:
    async def answer_and_leave(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()
        writer.close()

    return answer_and_leave


async def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def silence(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


class Names(AbstractResolver):
    """A name server that answers each question with the next of its answers, for ever the last."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def resolve(self, host: str, port: int = 0, family: AddressFamily = AF_INET) -> list[ResolveResult]:
        """Answer."""
        del family
        self.asked.append(host)
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            ResolveResult(hostname=host, host=each, port=port, family=AF_INET6 if ":" in each else AF_INET, proto=0, flags=0)
            for each in found
        ]

    async def close(self) -> None:
        """Nothing to close."""


@pytest.fixture
async def inside() -> AsyncIterator[Net]:
    net = Net(allow_private=True)
    yield net
    await net.close()


@pytest.fixture
async def outside() -> AsyncIterator[Net]:
    net = Net()
    yield net
    await net.close()


async def test_a_call_carries_what_it_was_given_and_brings_back_the_answer(inside: Net) -> None:
    async with other_side(answering(b"HTTP/1.1 201 Created\r\nX-One: 1\r\ncontent-length: 2\r\n\r\nok")) as other:
        answer = await inside.request("POST", other.url + "a?b=c", json={"text": "é"}, headers={"X-Key": "k"})

    assert (answer.status, answer.body, answer.headers["x-one"]) == (201, b"ok", "1")
    assert other.requests[0].startswith(b"POST /a?b=c HTTP/1.1\r\n")
    assert b"x-key: k\r\n" in other.requests[0].lower()
    assert b"content-type: application/json\r\n" in other.requests[0].lower()
    assert other.requests[0].endswith('{"text":"é"}'.encode())


async def test_forms_raw_bodies_and_none(inside: Net) -> None:
    async with other_side(answering(OK)) as other:
        await inside.request("POST", other.url, data={"a": "1 2", "b": "&"})
        await inside.request("POST", other.url, data=b"\x00\xff")
        await inside.request("GET", other.url)

    assert other.requests[0].endswith(b"\r\n\r\na=1+2&b=%26")
    assert other.requests[1].endswith(b"\r\n\r\n\x00\xff")
    assert other.requests[2].endswith(b"\r\n\r\n")
    assert other.connections == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_answers_and_never_followed(inside: Net, status: int) -> None:
    async with other_side(answering(OK)) as target:
        there = f"HTTP/1.1 {status} Go\r\nlocation: {target.url}\r\ncontent-length: 0\r\n\r\n".encode()
        async with other_side(answering(there)) as other:
            answer = await inside.request("GET", other.url)

    assert answer.status == status
    assert target.connections == 0


async def test_cookies_are_not_kept(inside: Net) -> None:
    async with other_side(answering(b"HTTP/1.1 200 OK\r\nset-cookie: a=1; path=/\r\ncontent-length: 0\r\n\r\n")) as other:
        await inside.request("GET", other.url)
        await inside.request("GET", other.url)

    assert b"cookie" not in other.requests[1].lower()


async def test_every_status_is_an_answer(inside: Net) -> None:
    async with other_side(answering(b"HTTP/1.1 503 No\r\nretry-after: 3\r\ncontent-length: 0\r\n\r\n")) as other:
        answer = await inside.request("POST", other.url)

    assert (answer.status, answer.headers["retry-after"]) == (503, "3")


# Whether a failed call may have arrived


async def test_a_refused_port_is_not_sent(inside: Net) -> None:
    async with other_side(silence) as other:
        pass

    with pytest.raises(NotSentError) as told:
        await inside.request("POST", other.url, data=b"x")

    assert told.value.reason == "connect"


async def test_a_name_that_does_not_exist_is_not_sent() -> None:
    class Nowhere(Names):
        async def resolve(self, host: str, port: int = 0, family: AddressFamily = AF_INET) -> list[ResolveResult]:
            del host, port, family
            raise OSError(None, "no such name")

    net = Net(resolver=Nowhere([]))
    with pytest.raises(NotSentError) as told:
        await net.request("POST", "https://nowhere.example/")
    await net.close()

    assert told.value.reason == "connect"


async def test_a_certificate_that_is_not_trusted_is_not_sent(inside: Net, tmp_path: Path) -> None:
    async with other_side(answering(OK), tls=self_signed(tmp_path)) as other:
        with pytest.raises(NotSentError) as told:
            await inside.request("POST", f"https://127.0.0.1:{other.port}/", data=b"x")

    assert told.value.reason == "connect"
    assert other.requests == []


async def test_a_name_server_that_never_answers_is_not_sent() -> None:
    class Slow(Names):
        async def resolve(self, host: str, port: int = 0, family: AddressFamily = AF_INET) -> list[ResolveResult]:
            del host, port, family
            await asyncio.Event().wait()
            raise AssertionError

    net = Net(resolver=Slow([]))
    with pytest.raises(NotSentError) as told:
        await net.request("POST", "http://slow.example/", timeout_seconds=0.05)
    await net.close()

    assert told.value.reason == "time-out"


@pytest.mark.parametrize("header", ["a\r\nX-Injected: 1", "a\nb", "a\x00b"])
async def test_headers_that_would_break_out_are_not_sent(inside: Net, header: str) -> None:
    async with other_side(answering(OK)) as other:
        with pytest.raises(NotSentError):
            await inside.request("POST", other.url, headers={"x-name": header})

    assert other.connections == 0


DOUBTFUL: dict[str, tuple[Behaviour, int | None]] = {
    "reset after the request": (reset, None),
    "closed after the request": (answering_then_leaving(b""), None),
    "half a status line": (answering_then_leaving(b"HTTP/1.1 2"), None),
    "not HTTP": (answering_then_leaving(b"SSH-2.0-OpenSSH\r\n\r\n"), None),
    "header without end": (answering_then_leaving(b"HTTP/1.1 200 OK\r\nx: " + b"a" * 100_000), None),
    "body cut short": (answering_then_leaving(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nok"), 200),
    "chunks cut short": (answering_then_leaving(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab"), 200),
    "chunks that are none": (answering(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"), 200),
    "gzip cut short": (
        answering(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 10\r\n\r\n" + gzip.compress(b"x" * 99)[:10]),
        200,
    ),
    "gzip that is none": (answering(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\nok"), 200),
    "an encoding not asked for": (answering(b"HTTP/1.1 200 OK\r\ncontent-encoding: br\r\ncontent-length: 2\r\n\r\nok"), 200),
}


@pytest.mark.parametrize(("behaviour", "status"), DOUBTFUL.values(), ids=DOUBTFUL.keys())
async def test_what_breaks_after_the_request_is_in_doubt(inside: Net, behaviour: Behaviour, status: int | None) -> None:
    async with other_side(behaviour) as other:
        with pytest.raises(InDoubtError) as told:
            await inside.request("POST", other.url, data=b"x")

    assert len(other.requests) == 1
    assert told.value.reason in {"broken", "encoding"}
    assert told.value.status in {status, None}


async def test_an_answer_that_does_not_come_is_in_doubt(inside: Net) -> None:
    async with other_side(silence) as other:
        with pytest.raises(InDoubtError) as told:
            await inside.request("POST", other.url, data=b"x", timeout_seconds=1)

    assert (told.value.reason, told.value.status) == ("time-out", None)
    assert len(other.requests) == 1


async def test_a_body_that_stalls_is_in_doubt_with_its_status(inside: Net) -> None:
    async with other_side(answering(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nok")) as other:
        with pytest.raises(InDoubtError) as told:
            await inside.request("POST", other.url, timeout_seconds=1)

    assert (told.value.reason, told.value.status) == ("time-out", 200)


async def test_a_kept_connection_that_breaks_is_in_doubt(inside: Net) -> None:
    answers = [answering(OK), reset]

    async def first_well_then_reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answers.pop(0)(reader, writer)

    async with other_side(first_well_then_reset) as other:
        await inside.request("POST", other.url)
        with pytest.raises(InDoubtError):
            await inside.request("POST", other.url)

    assert other.connections == 1


async def test_posts_are_never_repeated_by_the_client_itself(inside: Net) -> None:
    async with other_side(reset) as other:
        with pytest.raises(InDoubtError):
            await inside.request("POST", other.url, data=b"x")

    assert (other.connections, len(other.requests)) == (1, 1)


# How much is read


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n" + b"x" * 1001,
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3e9\r\n" + b"x" * 1001 + b"\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n" + b"x" * 1001,
    ],
)
async def test_an_answer_longer_than_wanted_is_cut_off(inside: Net, answer: bytes) -> None:
    async with other_side(answering_then_leaving(answer)) as other:
        with pytest.raises(AnswerTooLargeError) as told:
            await inside.request("GET", other.url, max_bytes=1000)

    assert told.value.status == 200


async def test_a_compressed_answer_is_counted_unpacked(inside: Net) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    head = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(bomb)
    async with other_side(answering(head + bomb)) as other:
        with pytest.raises(AnswerTooLargeError):
            await inside.request("GET", other.url, max_bytes=1_000_000)


async def test_a_compressed_answer_is_unpacked(inside: Net) -> None:
    packed = gzip.compress(b"hello" * 1000)
    head = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(packed)
    async with other_side(answering(head + packed)) as other:
        assert (await inside.request("GET", other.url)).body == b"hello" * 1000


# Where calls may go

INSIDE_HOSTS = [
    "127.0.0.1",
    "127.1",
    "127.255.255.254",
    "2130706433",
    "0x7f000001",
    "0x7f.0x0.0x0.0x1",
    "0177.0.0.1",
    "017700000001",
    "0",
    "0.0.0.0",
    "localhost",
    "LOCALHOST",
    "127.0.0.1.",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
    "[fe80::1]",
    "[fe80::1%25lo]",
    "[fe80::1%lo]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[ff02::1]",
    "[2001:db8::1]",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "169.254.169.254",
    "168.63.129.16",
    "192.0.0.192",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "127.0.0.1%00.example.org",
    "user@127.0.0.1",
    "example.org@127.0.0.1",
    "127.0.0.1\\@example.org",
    "example.org\\@127.0.0.1",
    "user:pass@example.org",
]


@pytest.mark.parametrize("host", INSIDE_HOSTS)
async def test_no_spelling_of_an_inside_address_is_reached(outside: Net, host: str) -> None:
    async with other_side(answering(OK)) as other:
        for scheme in ("http", "https"):
            with pytest.raises(NotSentError):
                await outside.request("GET", f"{scheme}://{host}:{other.port}/", timeout_seconds=2)

    assert other.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.org/",
        "gopher://127.0.0.1:70/x",
        "unix:///run/x.sock",
        "data:text/plain,x",
        "javascript:1",
        "//example.org/",
        "/path",
        "",
        "http://",
        "http:///x",
        "http:127.0.0.1",
        "http://a b/",
        "http://exa\nmple.org/",
        "http://example.org:99999/",
        "http://example.org:x/",
        "http://[::1/",
        "http://xn--/",
        "http://example.org/" + "a" * 5000,
        "\ud800",
    ],
)
async def test_urls_of_another_form_are_not_called(outside: Net, url: str) -> None:
    with pytest.raises(NotSentError):
        await outside.request("GET", url, timeout_seconds=2)


@pytest.mark.parametrize("found", [["127.0.0.1"], ["::1"], ["::ffff:127.0.0.1"], ["10.0.0.1", "127.0.0.1"], ["169.254.169.254"]])
async def test_names_that_lead_inside_are_refused_at_connect(found: list[str]) -> None:
    names = Names(found)
    net = Net(resolver=names)
    async with other_side(answering(OK)) as other:
        with pytest.raises(ForbiddenAddressError) as told:
            await net.request("GET", f"http://harmless.example:{other.port}/")
    await net.close()

    assert told.value.reason == "address"
    assert names.asked == ["harmless.example"]
    assert other.connections == 0


async def test_a_name_server_that_changes_its_mind_leads_nowhere() -> None:
    names = Names(["203.0.113.7"], ["127.0.0.1"])
    net = Net(resolver=names)
    async with other_side(answering(OK)) as other:
        for _ in range(3):
            with pytest.raises(ForbiddenAddressError):
                await net.request("GET", f"http://rebinding.example:{other.port}/")
    await net.close()

    assert other.connections == 0


async def test_with_private_addresses_allowed_names_and_loopback_are_reached() -> None:
    net = Net(allow_private=True, resolver=Names(["127.0.0.1"]))
    async with other_side(answering(OK)) as other:
        answer = await net.request("GET", f"http://simulated.example:{other.port}/")
    await net.close()

    assert answer.body == b"ok"
    assert b"host: simulated.example:" in other.requests[0].lower()


@pytest.mark.parametrize(
    ("host", "port", "expected"),
    [
        ("8.8.8.8", 443, True),
        ("8.8.8.8", 80, True),
        ("8.8.8.8", 8443, True),
        ("8.8.8.8", 22, False),
        ("8.8.8.8", 25, False),
        ("8.8.8.8", 0, False),
        ("::ffff:8.8.8.8", 443, True),
        ("2606:4700::1111", 443, True),
        ("172.32.0.1", 443, True),
        ("100.128.0.1", 443, True),
        ("64:ff9b::808:808", 443, False),
    ],
)
def test_public_addresses_on_web_ports_are_open(host: str, port: int, *, expected: bool) -> None:
    assert may_connect(host, port) is expected


@pytest.mark.parametrize("host", ["169.254.169.254", "fd00:ec2::254", "fe80::1", "100.100.100.200", "168.63.129.16", "224.0.0.1"])
def test_metadata_and_link_local_stay_closed_even_when_private_is_allowed(host: str) -> None:
    assert not may_connect(host, 80, allow_private=True)


@given(st.ip_addresses(v=4) | st.ip_addresses(v=6))
def test_nothing_is_open_that_the_standard_library_calls_inside(address: IPv4Address | IPv6Address) -> None:
    assume(not (isinstance(address, IPv6Address) and address.ipv4_mapped))
    inside = address.is_private or address.is_loopback or address.is_link_local or address.is_multicast or address.is_reserved
    if inside or address.is_unspecified:
        assert not may_connect(str(address), 443)


@given(st.ip_addresses(v=4))
def test_an_address_and_its_ipv6_form_are_treated_alike(address: IPv4Address) -> None:
    assert may_connect(f"::ffff:{address}", 443) == may_connect(str(address), 443)


def self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "server.pem"
    path.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
