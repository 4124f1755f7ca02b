"""One of our processes: uvicorn on a unix socket of its own and, if it is one that people reach, on the port that several share.

Run by `deployment` as a program: `python -m rapport.serving services.identity.main:app --own run/identity.sock`.
"""

import argparse
import gc
import socket
import sys
from pathlib import Path

import uvicorn

from rapport.listening import public_socket

STARTUP_FAILED = 3
DRAIN_SECONDS = 8
KEEP_ALIVE_SECONDS = 75


def main() -> None:
    """Serve until SIGTERM; exit code 3 where the application could not be composed."""
    parser = argparse.ArgumentParser(prog="python -m rapport.serving", description="Serve one of the applications.")
    parser.add_argument("app", help="module:attribute of an ASGI application")
    parser.add_argument("--own", type=Path, required=True, help="unix socket at which this process alone is reached")
    parser.add_argument("--host", help="address that people and platforms reach")
    parser.add_argument("--port", type=int, help="its port; other processes may listen there too")
    arguments = parser.parse_args()
    # All that loading makes stays: looking through it meanwhile was a fifth of a start. `hosted` collects once it is composed.
    gc.disable()
    # Structlog looks for it, to colour what people read at a console. A server writes lines of JSON; each process is 3 MB smaller without.
    sys.modules["rich"] = None  # type: ignore[assignment]
    sockets = [_own_socket(arguments.own)]
    if arguments.host is not None:
        sockets.append(public_socket(arguments.host, arguments.port))
    server = uvicorn.Server(_config(arguments.app, is_public=arguments.host is not None))
    server.run(sockets=sockets)
    if not server.started:
        sys.exit(STARTUP_FAILED)


def _config(app: str, *, is_public: bool) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="uvloop",
        http="services.kit.http.writing:OneWrite",
        ws="websockets-sansio",
        lifespan="on",
        access_log=False,
        server_header=False,
        log_level="warning",
        proxy_headers=is_public,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )


def _own_socket(path: Path) -> socket.socket:
    """Bound, not yet listening: that comes once the application is there. What a process that was killed left is removed."""
    path.unlink(missing_ok=True)
    own = socket.socket(socket.AF_UNIX)
    own.bind(str(path))
    return own


if __name__ == "__main__":
    main()
