"""`rapport outbox`: publish events again, for example after the broker's store was lost. Called by the command line."""

from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Annotated

import typer

from rapport.commands.moments import read_since
from rapport.commands.options import DEFAULT_FOLDER, Data
from rapport.commands.reaching import fail, reach, run

app = typer.Typer(no_args_is_help=True)


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
