"""Real mail servers on loopback, and mails to put into them: IMAP by pymap in a process of its own, SMTP by aiosmtpd. Holds no tests."""

import asyncio
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import imapclient
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from rapport.folders import remembered_port
from services.engagement.protocol import ChannelAccess

ADDRESS, PASSWORD = "help@acme.example", "imap-password"
HOST = "localhost"
ROOT = Path(__file__).parents[3]
CALL_SECONDS = 20.0


@dataclass
class Post:
    """The SMTP server: what it took, and what it says instead of taking something. Answers are used up one by one."""

    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    to_rcpt: list[str] = field(default_factory=list)
    to_data: list[str] = field(default_factory=list)
    password: str = PASSWORD
    cuts_after_data: int = 0
    stalls_at_rcpt: bool = False
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802 - aiosmtpd's names
        """Take a recipient, or not."""
        del server, session, options
        if self.stalls_at_rcpt:
            await self.released.wait()
        if self.to_rcpt:
            return self.to_rcpt.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        """Take a mail, or not; or take it and vanish."""
        del session
        if self.to_data:
            return self.to_data.pop(0)
        self.taken.append(message_from_bytes(envelope.content, policy=default))
        self.recipients.append(list(envelope.rcpt_tos))
        if self.cuts_after_data:
            self.cuts_after_data -= 1
            server.transport.abort()
        return "250 OK"

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        """Let in who knows the password."""
        del server, session, envelope, mechanism
        knows = isinstance(data, LoginPassword) and data.password == self.password.encode()
        return AuthResult(success=knows, handled=False)


@dataclass
class Mail:
    """Both servers and a mailbox."""

    imap_port: int
    post: Post
    certificate: str

    @property
    def config(self) -> dict[str, str]:
        """A channel's settings."""
        return {
            "account": ADDRESS,
            "imap_host": HOST,
            "imap_port": str(self.imap_port),
            "imap_security": "starttls",
            "smtp_host": HOST,
            "smtp_port": str(self.post.port),
            "smtp_security": "starttls",
            "from_name": "Acme Help",
            "trusted_authserv_id": "mx.acme.example",
            "trusted_certificate": self.certificate,
        }

    def access(self, *, password: str = PASSWORD, **config: str) -> ChannelAccess:
        """A channel as connectors see it."""
        return ChannelAccess(platform="email", account=ADDRESS, config={**self.config, **config}, credentials={"password": password})

    async def put(self, *mails: bytes, folder: str = "INBOX") -> None:
        """Let mails arrive, in order."""

        def work() -> None:
            with self._signed_in() as client:
                if not client.folder_exists(folder):
                    client.create_folder(folder)
                for mail in mails:
                    client.append(folder, mail)

        await asyncio.to_thread(work)

    async def renew(self, folder: str = "INBOX") -> None:
        """Give the folder another UIDVALIDITY, with the same mails in it."""

        def work() -> None:
            with self._signed_in() as client:
                client.select_folder(folder)
                kept = [each[b"BODY[]"] for each in client.fetch(client.search(["ALL"]), ["BODY.PEEK[]"]).values()]
                client.close_folder()
                client.delete_folder(folder)
                client.create_folder(folder)
                for mail in kept:
                    client.append(folder, mail)

        await asyncio.to_thread(work)

    async def mails(self, folder: str) -> list[bytes]:
        """What lies in a folder."""

        def work() -> list[bytes]:
            with self._signed_in() as client:
                client.select_folder(folder, readonly=True)
                return [each[b"BODY[]"] for each in client.fetch(client.search(["ALL"]), ["BODY.PEEK[]"]).values()]

        return await asyncio.to_thread(work)

    async def empty(self) -> None:
        """Remove all mails, and all folders but the one that stays."""

        def work() -> None:
            with self._signed_in() as client:
                for _, _, name in client.list_folders():
                    if name != "INBOX":
                        client.delete_folder(name)
                client.select_folder("INBOX")
                if found := client.search(["ALL"]):
                    client.delete_messages(found)
                    client.expunge()

        await asyncio.to_thread(work)

    def _signed_in(self) -> imapclient.IMAPClient:
        client = imapclient.IMAPClient("127.0.0.1", self.imap_port, ssl=False, timeout=CALL_SECONDS)
        client.login(ADDRESS, PASSWORD)
        return client


@dataclass(frozen=True)
class Mailboxes:
    """An IMAP server in a process of its own, and the folder of its certificate."""

    folder: Path
    port: int
    certificate: str

    @classmethod
    @asynccontextmanager
    async def running(cls, folder: Path) -> AsyncIterator["Mailboxes"]:
        """Started, until the block ends."""
        certificate = make_certificate(folder)
        async with imap_server(folder) as port:
            yield cls(folder, port, certificate)

    @asynccontextmanager
    async def anew(self) -> AsyncIterator[Mail]:
        """The mailbox with nothing in it, and an SMTP server of the block's own."""
        async with smtp_server(self.folder) as post:
            mail = Mail(self.port, post, self.certificate)
            await mail.empty()
            yield mail


@asynccontextmanager
async def mail_servers(folder: Path) -> AsyncIterator[Mail]:
    """Both servers, until the block ends."""
    async with Mailboxes.running(folder) as boxes, boxes.anew() as mail:
        yield mail


@asynccontextmanager
async def smtp_server(folder: Path) -> AsyncIterator[Post]:
    """An SMTP server that offers STARTTLS and wants a password."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    post = Post()
    conversations: list[SMTP] = []

    def serve() -> SMTP:
        made = SMTP(post, hostname="mail.test", authenticator=post.authenticate, auth_require_tls=False, tls_context=context)
        conversations.append(made)
        return made

    server = await asyncio.get_running_loop().create_server(serve, "127.0.0.1", 0)
    post.port = server.sockets[0].getsockname()[1]
    try:
        yield post
    finally:
        post.released.set()
        server.close()
        for each in conversations:
            if each.transport is not None:
                each.transport.abort()
        # What was aborted is gone after the loop's next turns.
        for _ in range(5):
            await asyncio.sleep(0)


@asynccontextmanager
async def imap_server(folder: Path) -> AsyncIterator[int]:
    """An IMAP server that holds its mails in memory; gives its port."""
    port = remembered_port(folder / "imap-port")
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.engagement.connectors.imap_process", "--host", "127.0.0.1", "--port", str(port),
        "--cert", str(folder / "certificate.pem"), "--key", str(folder / "key.pem"),
        "dict", "--demo-user", ADDRESS, "--demo-password", PASSWORD,
        cwd=ROOT, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(CALL_SECONDS):
            while not await _listens(port):  # noqa: ASYNC110 - another process has no event to wait for
                await asyncio.sleep(0.05)
        yield port
    finally:
        with suppress(ProcessLookupError):
            server.kill()
        await server.wait()


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


def make_certificate(folder: Path) -> str:
    """A certificate for localhost in this folder, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST), x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "certificate.pem").write_bytes(pem)
    (folder / "key.pem").write_bytes(secret)
    return pem.decode()


def mail_of(text: str = "Do you ship to Oslo?", **headers: str) -> bytes:
    """A plain mail of Ines; headers are named as arguments, "_" for "-", and replace or add."""
    given = {
        "From": "Ines Ferrer <ines@ferrer.example>",
        "To": ADDRESS,
        "Subject": "Shipping",
        "Date": datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S +0000"),
        "Message-ID": "<m1@ferrer.example>",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}" for name, value in given.items() if value]
    return ("\r\n".join([*lines, "Content-Type: text/plain; charset=utf-8", "", text]) + "\r\n").encode()
