"""`rapport outbox`: publish events again, for example after the broker's store was lost. Called by the command line."""

import re
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from rapport.commands.options import DEFAULT_FOLDER, Data
from rapport.commands.reaching import fail, reach, run

app = typer.Typer(no_args_is_help=True)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@app.callback()
def outbox() -> None:
    """Publish events again, for example after the broker's store was lost."""


@app.command("replay")
def replay(
    since: Annotated[str, typer.Option(help="A span such as 90m, 12h, 7d, or a time such as 2026-05-04T12:00:00+02:00.")],
    data: Data = DEFAULT_FOLDER,
) -> None:
    """Publish all events since then once more; whoever had them already takes them as repetitions."""
    moment, to = read_since(since, now=datetime.now(UTC)), reach(data)
    if moment is None:
        fail(f"{since} is no span (90m, 12h, 7d) and no time with its offset (2026-05-04T12:00:00+02:00).")

    async def publish() -> dict[str, int]:
        async with AsyncExitStack() as stack:
            people = await stack.enter_async_context(to.identity())
            channels = await stack.enter_async_context(to.engagement())
            tasks = await stack.enter_async_context(to.routing())
            return {
                "identity": await people.replay_outbox(since=moment),
                "engagement": await channels.replay_outbox(since=moment),
                "routing": await tasks.replay_outbox(since=moment),
            }

    for name, count in run(publish()).items():
        print(f"{name}: {count} events are published again")


def read_since(given: str, *, now: datetime) -> datetime | None:
    """The moment meant, or None where it is neither a span nor a time with its offset."""
    span = re.fullmatch(r"(\d{1,6})([smhd])", given.strip())
    if span:
        return now - timedelta(**{_UNITS[span[2]]: int(span[1])})
    try:
        moment = datetime.fromisoformat(given.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else None
