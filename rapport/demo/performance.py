"""One performance of the demo from curtain to curtain: set up, play, show, check, clean up. Called by the command line."""

import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
from rich.console import Console

from rapport.demo.checking import check
from rapport.demo.door import DoorError
from rapport.demo.playing import Outcome, play
from rapport.demo.showing import show_checks, show_outcome
from rapport.demo.stage import Secrets, set_up, strike, throw_away
from rapport.demo.story import Story, write_story
from rapport.deployment import Deployment, running
from rapport.errors import RunningError, StopRequestedError
from rapport.simulation import SimulationError
from services.kit.telemetry import configure_logging

BROKEN, INTERRUPTED = 1, 130


async def perform(seed: int, *, mark: str = "", keep: Path | None = None, console: Console | None = None) -> int:
    """The exit code: 0 only if every promise holds. With `keep` the folder's data and logs stay; it must not exist yet."""
    console = console or Console()
    began = time.monotonic()
    console.print(
        f"[bold]Rapport demo[/bold], seed {seed}: starting database, event bus, gateway, three services, and simulated platforms ..."
    )
    story = write_story(seed, mark=mark)
    with _folder(keep) as folder:
        deployment = throw_away(folder, secrets=_secrets(mark))
        try:
            outcome = await _logged(story, deployment)
        except (RunningError, DoorError, SimulationError, aiohttp.ClientError, TimeoutError) as error:
            console.print(f"[red]The demo broke off:[/red] {type(error).__name__}: {error}")
            return BROKEN
        finally:
            strike(deployment)
    if outcome is None:
        console.print("Stopped; everything is cleaned up.")
        return INTERRUPTED
    checks = check(outcome)
    show_outcome(outcome, console=console)
    show_checks(checks, seed=seed, seconds=time.monotonic() - began, console=console)
    return 0 if all(each.holds for each in checks) else BROKEN


async def _logged(story: Story, deployment: Deployment) -> Outcome | None:
    """Perform with our own log in a file beside the others'."""
    logs = deployment.log_folder or deployment.folder
    with (logs / "demo.log").open("ab", buffering=0) as log:
        configure_logging("info", "demo", output=log)
        return await _performed(story, deployment)


async def _performed(story: Story, deployment: Deployment) -> Outcome | None:
    """None where a signal came; the deployment is drained either way."""
    outcome: Outcome | None = None
    try:
        async with running(deployment) as everything, set_up(everything, secrets=_secrets(story.mark)) as stage:
            outcome = await everything.supervisor.complete(play(story, stage), step="demo")
    except StopRequestedError:
        return None
    return outcome


def _secrets(mark: str) -> Secrets:
    return Secrets(random.SystemRandom(), mark)


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(mode=0o700, parents=True)
        yield keep.absolute()
        return
    with tempfile.TemporaryDirectory(prefix="rapport-demo-", ignore_cleanup_errors=True) as made:
        yield Path(made)
