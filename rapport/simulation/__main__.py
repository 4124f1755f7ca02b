"""`python -m rapport.simulation --port N --ledger FILE`: run the simulated platforms on loopback until told to stop."""

import argparse
import asyncio
import contextlib
import json
import signal
import sys
from pathlib import Path

from aiohttp import web

from rapport.simulation.app import create_app

HOST = "127.0.0.1"


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(prog="python -m rapport.simulation", description="Simulated social platforms, for tests and the demo.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one; the first line printed says which")
    parser.add_argument("--ledger", type=Path, required=True, help="file of JSON lines: what was sent and received")
    parser.add_argument("--until-stdin-closes", action="store_true", help="end with the process that started this one")
    arguments = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run(port=arguments.port, ledger=arguments.ledger, watch_stdin=arguments.until_stdin_closes))


async def run(*, port: int, ledger: Path, watch_stdin: bool) -> None:
    """Serve until SIGTERM, SIGINT or the end of standard input; prints {"port": N} once it listens."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if watch_stdin:
        reader = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        waiting = asyncio.create_task(_end_of(reader, stop=stop))
    runner = web.AppRunner(create_app(ledger), access_log=None, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, HOST, port)
    await site.start()
    print(json.dumps({"port": runner.addresses[0][1]}), flush=True)
    await stop.wait()
    if watch_stdin:
        waiting.cancel()
    await runner.cleanup()


async def _end_of(reader: asyncio.StreamReader, *, stop: asyncio.Event) -> None:
    while await reader.read(1024):
        continue
    stop.set()


if __name__ == "__main__":
    main()
