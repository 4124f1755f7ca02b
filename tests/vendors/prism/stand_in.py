"""A small HTTP server that stands in for a platform: it gives the answer that it was told to give next, and remembers what came."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from services.engagement.protocol import NetAnswer

SILENT = NetAnswer(status=200, headers={}, body=b"{}")


@dataclass(frozen=True, slots=True)
class Came:
    """A request as it reached the platform."""

    method: str
    path: str
    body: bytes


@dataclass
class StandIn:
    """What to answer next, and all that came."""

    port: int = 0
    answer: NetAnswer = SILENT
    came: list[Came] = field(default_factory=list)


@contextmanager
def serving() -> Iterator[StandIn]:
    """A stand-in on a free port of this machine, until the block ends."""
    stand_in = StandIn()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            stand_in.came.append(Came(self.command, self.path, body))
            told = stand_in.answer
            self.send_response(told.status)
            named = {"content-type": "application/json" if told.body[:1] in (b"{", b"[") else "text/html", **told.headers}
            for name, value in {**named, "content-length": str(len(told.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(told.body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - the names that http.server looks for

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its parameter's name
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        stand_in.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield stand_in
        server.shutdown()
        thread.join()
