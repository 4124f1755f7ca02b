"""A headless Chromium driven over its DevTools protocol: what tests need of a browser, and every request it makes.

Used by test_explorer_browser and tests/flows/test_webchat_browser; finds an installed Chromium and never fetches one.
"""

import asyncio
import itertools
import json
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import websockets

DEADLINE_SECONDS = 30
_POLL_SECONDS = 0.05
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--no-first-run",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1400,900",
    "--remote-debugging-port=0",
)


def find_chromium() -> str | None:
    """Return the path of an installed Chromium; None when there is none."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


class DevToolsError(Exception):
    """The browser refused a command: its name and the browser's error."""


class Page:
    """One tab; `requests` holds every address that it and its workers asked for, `complaints` its console's errors."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        """Speak through `socket`, the browser's own DevTools connection."""
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self._socket = socket
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._session: str | None = None

    async def open(self) -> None:
        """Make the tab; workers that it starts wait until their network is watched too."""
        target = await self._call("Target.createTarget", {"url": "about:blank"})
        attached = await self._call("Target.attachToTarget", {"targetId": target["targetId"], "flatten": True})
        self._session = attached["sessionId"]
        await self._watch(attached["sessionId"])
        await self._call("Page.enable", session=self._session)

    async def goto(self, url: str) -> None:
        """Begin to load `url`; wait with `until` for what it is to show."""
        await self._call("Page.navigate", {"url": url}, session=self._session)

    async def reload(self) -> None:
        """Load the same address again and wait until the old document is gone."""
        await self.evaluate("window.beforeReload = true")
        await self._call("Page.reload", session=self._session)
        await self.until("!window.beforeReload")

    async def offline(self, *, cut: bool) -> None:
        """Cut the tab from the network, or connect it again."""
        conditions = {"offline": cut, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        await self._call("Network.emulateNetworkConditions", conditions, session=self._session)

    async def write(self, text: str) -> None:
        """Put text where the focus is, as a keyboard does."""
        await self._call("Input.insertText", {"text": text}, session=self._session)

    async def press(self, key: str, *, code: int) -> None:
        """Press and release a key, such as Enter (13)."""
        named = {"key": key, "code": key, "windowsVirtualKeyCode": code, **({"text": "\r"} if key == "Enter" else {})}
        for kind in ("keyDown", "keyUp"):
            await self._call("Input.dispatchKeyEvent", {"type": kind, **named}, session=self._session)

    async def resize(self, width: int, height: int) -> None:
        """Give the tab the size of another screen."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        await self._call("Emulation.setDeviceMetricsOverride", size, session=self._session)

    async def evaluate(self, script: str) -> object:
        """Return the JSON value of a JavaScript expression."""
        options = {"expression": script, "returnByValue": True, "awaitPromise": True}
        answer = await self._call("Runtime.evaluate", options, session=self._session)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    async def until(self, script: str) -> None:
        """Wait until a JavaScript expression is truthy; fail with the page's text at the deadline."""
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                while not await self._holds(script):  # noqa: ASYNC110 - the page cannot set an event of ours
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError:
            shown = await self.evaluate("document.body.innerText")
            message = f"never true: {script}\npage: {shown}\nconsole: {self.complaints}"
            raise AssertionError(message) from None

    async def _holds(self, script: str) -> bool:
        """Evaluate to false while the tab is between two documents."""
        try:
            return await self.evaluate(f"Boolean({script})") is True
        except DevToolsError:
            return False

    async def listen(self) -> None:
        """Read the browser's messages until it closes; runs beside the test."""
        async for message in self._socket:
            content = json.loads(message)
            if "id" in content:
                self._answers.pop(content["id"]).set_result(content)
            else:
                await self._note(content["method"], content["params"])

    async def _note(self, method: str, params: Mapping[str, Any]) -> None:
        match method:
            case "Network.requestWillBeSent":
                self.requests.append(params["request"]["url"])
            case "Network.webSocketCreated":
                self.requests.append(params["url"])
            case "Log.entryAdded" if params["entry"]["level"] == "error":
                self.complaints.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")
            case "Runtime.exceptionThrown":
                self.complaints.append(json.dumps(params["exceptionDetails"]))
            case "Target.attachedToTarget":
                await self._watch(params["sessionId"], answered=False)

    async def _watch(self, session: str, *, answered: bool = True) -> None:
        """Follow a tab's or worker's requests and errors, then let it run; the reader itself cannot wait for answers."""
        attach = {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": True}
        calls: tuple[tuple[str, dict[str, Any]], ...] = (
            ("Network.enable", {}),
            ("Log.enable", {}),
            ("Runtime.enable", {}),
            ("Target.setAutoAttach", attach),
            ("Runtime.runIfWaitingForDebugger", {}),
        )
        for method, params in calls:
            if answered:
                await self._call(method, params, session=session)
            else:
                await self._send(method, params, session=session)

    async def _call(self, method: str, params: Mapping[str, Any] | None = None, *, session: str | None = None) -> dict[str, Any]:
        async with asyncio.timeout(DEADLINE_SECONDS):
            answer = await (await self._send(method, params or {}, session=session))
        if "error" in answer:
            raise DevToolsError(method, answer["error"])
        result: dict[str, Any] = answer["result"]
        return result

    async def _send(self, method: str, params: Mapping[str, Any], *, session: str | None) -> asyncio.Future[dict[str, Any]]:
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        message = {"id": number, "method": method, "params": dict(params)}
        await self._socket.send(json.dumps(message if session is None else {**message, "sessionId": session}))
        return answer


@asynccontextmanager
async def open_page(chromium: str, *, folder: Path) -> AsyncIterator[Page]:
    """Start Chromium with its profile in `folder`, yield a tab, and stop it by its own process at the end."""
    process = await asyncio.create_subprocess_exec(
        chromium,
        *_FLAGS,
        f"--user-data-dir={folder}",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with websockets.connect(await _devtools_address(folder), max_size=None, proxy=None) as socket:
            page = Page(socket)
            async with asyncio.TaskGroup() as tasks:
                reader = tasks.create_task(page.listen())
                await page.open()
                yield page
                reader.cancel()
    finally:
        process.terminate()
        await process.wait()


async def _devtools_address(folder: Path) -> str:
    """Return the DevTools address that Chromium writes into its profile once it listens."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while True:
            lines = _lines(folder / "DevToolsActivePort")
            if len(lines) == 2:  # the port and the path
                return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
            await asyncio.sleep(_POLL_SECONDS)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except FileNotFoundError:
        return []
