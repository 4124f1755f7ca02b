"""The figures of all processes on one page, as Prometheus reads it: each sample says of which process it is.

Served by `front` on the public port; on a process's own socket `/metrics` tells of that process alone. Keeps nothing.
"""

import asyncio
from collections.abc import Mapping

from services.kit.http import BareRequest, Endpoint
from services.kit.port import Answer, Port, PortUnavailableError
from services.kit.telemetry import Metrics
from services.kit.telemetry.metrics import CONTENT_TYPE

ASK_SECONDS = 2.0
_OK = 200
_UP = ("# HELP rapport_process_up Whether the process answered.", "# TYPE rapport_process_up gauge")


def figures_route(metrics: Metrics, *, name: str, others: Mapping[str, Port]) -> Endpoint:
    """The route of the process `name`, whose own figures are `metrics`; `others` are asked by their names when somebody looks."""

    async def figures(bare: BareRequest) -> Answer:
        own = metrics.render()
        page = own if _is_own_socket(bare) else await _all_pages(own, name=name, others=others)
        return Answer(_OK, {"content-type": CONTENT_TYPE}, page)

    return figures


def _is_own_socket(bare: BareRequest) -> bool:
    """A unix socket has a path and no port; only this machine, and those who join the figures, come that way."""
    server = bare.scope.get("server")
    return server is not None and server[1] is None


async def _all_pages(own: bytes, *, name: str, others: Mapping[str, Port]) -> bytes:
    told = await asyncio.gather(*(_page_of(port) for port in others.values()))
    return join_figures({name: own.decode(), **dict(zip(others, told, strict=True))}).encode()


async def _page_of(port: Port) -> str | None:
    try:
        answer = await port.call("GET", "/metrics", timeout_seconds=ASK_SECONDS)
    except PortUnavailableError:
        return None
    return answer.body.decode() if answer.status == _OK else None


def join_figures(pages: Mapping[str, str | None]) -> str:
    """Pages of the text format by process as one: a family stays together, its samples labelled `process`. None: did not answer."""
    families: dict[str, tuple[list[str], list[str]]] = {"rapport_process_up": (list(_UP), [])}
    for process, page in pages.items():
        families["rapport_process_up"][1].append(f'rapport_process_up{{process="{process}"}} {int(page is not None)}')
        samples: list[str] = []
        for line in (page or "").splitlines():
            if line.startswith("# "):
                head, samples = families.setdefault(line.split(" ", 3)[2], ([], []))
                if line not in head:
                    head.append(line)
            elif line:
                samples.append(_labelled(line, process=process))
    return "".join(f"{line}\n" for head, lines in families.values() for line in (*head, *lines))


def _labelled(sample: str, *, process: str) -> str:
    """`name{a="b"} 1` and `name 1` with one label more; names hold neither brace nor space."""
    name, brace, rest = sample.partition("{")
    if brace:
        return f'{name}{{process="{process}",{rest}'
    name, _, value = sample.partition(" ")
    return f'{name}{{process="{process}"}} {value}'
