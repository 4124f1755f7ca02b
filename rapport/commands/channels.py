"""`rapport channels`: list, health, connect, authorize, confirm, pause, resume, disconnect, subscribe, back-fill."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

import services.engagement.admin as engagement
from rapport.commands.moments import read_since
from rapport.commands.options import DEFAULT_FOLDER, AsJson, Data, Workspace
from rapport.commands.printing import row_of, show
from rapport.commands.reaching import Reach, fail, reach, run, workspace_called
from services.contracts.ids import ChannelId, WorkspaceId
from services.contracts.views import ChannelView
from services.contracts.views.authorizing import AuthorizationBegunView, AuthorizationView
from services.contracts.views.sending import ChannelHealthView
from services.contracts.vocabulary import ChannelStatus

app = typer.Typer(no_args_is_help=True)
Id = Annotated[UUID, typer.Argument(help="The channel's id, as `rapport channels list` shows it.")]


@app.command("list")
def list_channels(workspace: Workspace = None, data: Data = DEFAULT_FOLDER, *, as_json: AsJson = False) -> None:
    """Connected accounts, the oldest first; never their credentials."""
    to = reach(data)

    async def ask() -> list[ChannelView]:
        place = await _workspace(to, workspace)
        async with to.engagement() as admin:
            return await admin.list_channels(place)

    columns = ("id", "platform", "name", "active", "webhook_path", "created_at")
    empty = "No channel yet: rapport channels connect PLATFORM NAME"
    show([row_of(each) for each in run(ask())], columns=columns, as_json=as_json, empty=empty)


@app.command("health")
def show_health(workspace: Workspace = None, data: Data = DEFAULT_FOLDER, *, as_json: AsJson = False) -> None:
    """How each channel fares: what waits, what was last heard and sent, and what is wrong, if anything. Counts end at 1,001."""
    to = reach(data)

    async def ask() -> tuple[list[ChannelView], list[ChannelHealthView]]:
        place = await _workspace(to, workspace)
        async with to.engagement() as admin:
            return await admin.list_channels(place), await admin.list_health(place)

    listed, healths = run(ask())
    names = {channel.id: channel.name for channel in listed}
    columns = (
        "name",
        "status",
        "subscription",
        "last_event_at",
        "last_sent_at",
        "journal_waiting",
        "replies_queued",
        "replies_in_doubt",
        "why",
    )
    empty = "No channel yet: rapport channels connect PLATFORM NAME"
    rows = [row_of(each, name=names.get(each.channel_id, ""), why=_why(each)) for each in healths]
    show(rows, columns=columns, as_json=as_json, empty=empty)


def _why(health: ChannelHealthView) -> str:
    """What is wrong, in the platform's words, and until when."""
    match health.status:
        case ChannelStatus.REFUSED:
            return health.trouble
        case ChannelStatus.INTERRUPTED:
            return f"{health.last_failure}; tries at {health.probe_at:%H:%M:%S}" if health.probe_at else health.last_failure
        case ChannelStatus.HELD:
            return f"{health.hold_reason}; until {health.held_until:%H:%M:%S}" if health.held_until else health.hold_reason
        case _:
            return health.subscription_reason


@app.command("connect")
def connect_channel(
    platform: Annotated[str, typer.Argument(help="Such as telegram or inlet; `rapport connectors list` shows all.")],
    name: Annotated[str, typer.Argument(help="What you call the account.")],
    credential: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="May be repeated; NAME=@FILE reads the value from a file, past the shell's history."),
    ] = None,
    setting: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="What is no secret; may be repeated.")] = None,
    workspace: Workspace = None,
    data: Data = DEFAULT_FOLDER,
) -> None:
    """Connect an account and show where the platform must deliver. What is missing is said by name."""
    credentials, settings, to = pairs(credential), pairs(setting), reach(data)

    async def connect() -> engagement.ConnectedChannelView:
        place = await _workspace(to, workspace)
        async with to.engagement() as admin:
            return await admin.connect_channel(place, platform=platform, name=name, credentials=credentials, config=settings)

    made = run(connect())
    print(f"Channel {made.channel.id} is connected.")
    print(f"Webhook address: {os.environ.get('PUBLIC_URL', '<your public address>')}{made.channel.webhook_path}")
    if made.told:
        print("The platform is told that address within seconds; `rapport channels health` shows what came of it.")
    if made.signing_secret is not None:
        print(f"Signing secret (shown only now): {made.signing_secret}")


@app.command("authorize")
def authorize_channel(  # noqa: PLR0913 - options of one command
    platform: Annotated[str | None, typer.Argument(help="Such as facebook; left out where --channel names a channel.")] = None,
    name: Annotated[str, typer.Option(help="What you call the account; left out, it is the account's name.")] = "",
    channel: Annotated[UUID | None, typer.Option(help="The channel to connect again, with new credentials.")] = None,
    credential: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="What the platform does not tell.")] = None,
    setting: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="What is needed beforehand; may be repeated.")] = None,
    *,
    workspace: Workspace = None,
    data: Data = DEFAULT_FOLDER,
) -> None:
    """Print the address at which a person signs in at the platform, within ten minutes and once, and how to go on then."""
    credentials, config, to = pairs(credential), pairs(setting), reach(data)
    again = None if channel is None else ChannelId(channel)

    async def begin() -> AuthorizationBegunView:
        place = await _workspace(to, workspace)
        async with to.engagement() as admin:
            return await admin.begin_authorization(
                place, platform=platform, channel=again, name=name, credentials=credentials, config=config
            )

    begun = run(begin())
    print(begun.url)
    print(f"The person is shown a code there. Then: rapport channels confirm {begun.authorization.id} CODE")


@app.command("confirm")
def confirm_authorization(
    authorization: Annotated[UUID, typer.Argument(help="As `rapport channels authorize` printed it.")],
    code: Annotated[str, typer.Argument(help="What the person was shown who came back from the platform.")],
    account: Annotated[list[str] | None, typer.Option(help="Of several accounts granted, one to connect; may be repeated.")] = None,
    workspace: Workspace = None,
    data: Data = DEFAULT_FOLDER,
) -> None:
    """Connect what a person granted who signed in; before that nothing is connected."""
    to = reach(data)

    async def confirm() -> AuthorizationView:
        place = await _workspace(to, workspace)
        async with to.engagement() as admin:
            return await admin.confirm_authorization(place, authorization, code=code, accounts=account or ())

    for channel in run(confirm()).channel_ids:
        print(f"Channel {channel} is connected.")


@app.command("pause")
def pause_channel(channel: Id, workspace: Workspace = None, data: Data = DEFAULT_FOLDER) -> None:
    """Stop receiving and sending on a channel; what waits stays."""
    print(f"{_set_active(channel, workspace=workspace, data=data, active=False).name} is paused within two seconds.")


@app.command("resume")
def resume_channel(channel: Id, workspace: Workspace = None, data: Data = DEFAULT_FOLDER) -> None:
    """Let a paused channel go on."""
    print(f"{_set_active(channel, workspace=workspace, data=data, active=True).name} goes on within two seconds.")


@app.command("disconnect")
def disconnect_channel(channel: Id, workspace: Workspace = None, data: Data = DEFAULT_FOLDER) -> None:
    """End a channel for good: its credentials are forgotten, its history stays. To stop for a while, pause it."""
    to = reach(data)

    async def end() -> ChannelView:
        place = await _workspace(to, workspace)
        async with to.engagement() as admin:
            return await admin.disconnect_channel(place, ChannelId(channel))

    print(f"{run(end()).name} is disconnected. Connect the account again as a new channel, if you want it back.")


@app.command("subscribe")
def subscribe_channel(channel: Id, workspace: Workspace = None, data: Data = DEFAULT_FOLDER) -> None:
    """Tell the platform once more where to deliver. It is told by itself when a channel is connected or its secrets change."""
    to = reach(data)

    async def ask() -> None:
        place = await _workspace(to, workspace)
        async with to.engagement() as admin:
            await admin.subscribe_channel(place, ChannelId(channel))

    run(ask())
    print("The platform is told within seconds; `rapport channels health` shows what came of it.")


@app.command("backfill")
def backfill_channel(
    channel: Id,
    since: Annotated[str, typer.Option(help="A span such as 90m, 12h, 7d, or a time such as 2026-05-04T12:00:00+02:00.")],
    workspace: Workspace = None,
    data: Data = DEFAULT_FOLDER,
) -> None:
    """Ask the platform for everything since then; what is here already stays as it is."""
    moment, to = read_since(since, now=datetime.now(UTC)), reach(data)
    if moment is None:
        fail(f"{since} is no span (90m, 12h, 7d) and no time with its offset (2026-05-04T12:00:00+02:00).")

    async def ask() -> None:
        place = await _workspace(to, workspace)
        async with to.engagement() as admin:
            await admin.backfill_channel(place, ChannelId(channel), since=moment)

    run(ask())
    print(f"The platform is asked for everything since {moment.isoformat(timespec='seconds')} within seconds.")


def _set_active(channel: UUID, *, workspace: str | None, data: Path, active: bool) -> ChannelView:
    to = reach(data)

    async def change() -> ChannelView:
        place = await _workspace(to, workspace)
        async with to.engagement() as admin:
            return await admin.set_active(place, ChannelId(channel), active=active)

    return run(change())


async def _workspace(to: Reach, slug: str | None) -> WorkspaceId:
    async with to.identity() as people:
        return (await workspace_called(people, slug))[1]


def pairs(given: Sequence[str] | None) -> dict[str, str]:
    """NAME=VALUE and NAME=@FILE, by name; ends the command where one is neither."""
    pairs = {}
    for each in given or ():
        name, equals, value = each.partition("=")
        if not name or not equals:
            fail(f"{name or each} needs a value: NAME=VALUE or NAME=@FILE.")
        pairs[name] = _read(Path(value[1:])) if value.startswith("@") else value
    return pairs


def _read(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError as error:
        fail(f"{file} cannot be read: {error.strerror}.")
