"""`rapport members`: list, add, invite, reset-password, deactivate, activate, and invitations. Called by the command line."""

import secrets
from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import typer

from rapport.commands.options import DEFAULT_FOLDER, AsJson, Data, Workspace
from rapport.commands.printing import row_of, show
from rapport.commands.reaching import reach, run, workspace_called
from services.contracts.ids import InvitationId, TeamId
from services.contracts.views import InvitationView, MemberView, SentInvitationView
from services.contracts.vocabulary import Discipline, Role
from services.identity.admin import NewInvitation

app = typer.Typer(no_args_is_help=True)
PASSWORD_BYTES = 15
Invitation = Annotated[UUID, typer.Argument(help="The invitation's id, from `rapport members invitations`.")]
Email = Annotated[str, typer.Argument(help="The member's e-mail address.")]


@app.command("list")
def list_members(workspace: Workspace = None, data: Data = DEFAULT_FOLDER, *, as_json: AsJson = False) -> None:
    """Everybody of a workspace, in the order in which they joined."""
    to = reach(data)

    async def ask() -> list[MemberView]:
        async with to.identity() as people:
            slug, _ = await workspace_called(people, workspace)
            return await people.list_members(workspace=slug)

    columns = ("email", "name", "role", "disciplines", "languages", "active")
    show([row_of(each) for each in run(ask())], columns=columns, as_json=as_json, empty="No member yet: rapport members add EMAIL NAME")


@app.command("add")
def add_member(  # noqa: PLR0913 - the parts of a member
    email: Email,
    name: Annotated[str, typer.Argument(help="The person's name.")],
    role: Annotated[Role, typer.Option(help="What the person may do.")] = Role.AGENT,
    discipline: Annotated[list[Discipline] | None, typer.Option(help="What the person works on; may be repeated.")] = None,
    language: Annotated[list[str] | None, typer.Option(help="A language the person answers in, such as en; may be repeated.")] = None,
    *,
    workspace: Workspace = None,
    data: Data = DEFAULT_FOLDER,
) -> None:
    """Add a member with a new password, which is shown once."""
    to, password = reach(data), secrets.token_urlsafe(PASSWORD_BYTES)

    async def add() -> None:
        async with to.identity() as people:
            slug, _ = await workspace_called(people, workspace)
            await people.create_member(
                workspace=slug,
                email=email,
                name=name,
                password=password,
                role=role,
                disciplines=discipline or (),
                languages=language or (),
            )

    run(add())
    print(f"{name} can sign in as {email} with the password {password} (shown only now).")


@app.command("reset-password")
def reset_password(email: Email, workspace: Workspace = None, data: Data = DEFAULT_FOLDER) -> None:
    """Give a member a new password, shown once, and end all their sessions."""
    to, password = reach(data), secrets.token_urlsafe(PASSWORD_BYTES)

    async def reset() -> None:
        async with to.identity() as people:
            slug, _ = await workspace_called(people, workspace)
            await people.reset_password(workspace=slug, email=email, password=password)

    run(reset())
    print(f"The new password of {email} is {password} (shown only now); all sessions have ended.")


@app.command("invite")
def invite(  # noqa: PLR0913 - the parts of an invitation
    email: Email,
    role: Annotated[Role, typer.Option(help="What the person will be allowed to do.")] = Role.AGENT,
    discipline: Annotated[list[Discipline] | None, typer.Option(help="What the person will work on; may be repeated.")] = None,
    language: Annotated[list[str] | None, typer.Option(help="A language the person answers in, such as en; may be repeated.")] = None,
    team: Annotated[UUID | None, typer.Option(help="The id of the team the person will be in.")] = None,
    *,
    workspace: Workspace = None,
    data: Data = DEFAULT_FOLDER,
) -> None:
    """Ask somebody to join: they choose a password by a link that works once.

    It is mailed, where mail is set up, and shown; it is good for seven days.
    """
    new = NewInvitation(
        email=email,
        role=role,
        disciplines=tuple(discipline or ()),
        languages=tuple(language or ()),
        team_id=None if team is None else TeamId(team),
    )
    to = reach(data)

    async def send() -> SentInvitationView:
        async with to.identity() as people:
            slug, _ = await workspace_called(people, workspace)
            return await people.invite_member(workspace=slug, new=new)

    _show_link(run(send()))


@app.command("invitations")
def list_invitations(workspace: Workspace = None, data: Data = DEFAULT_FOLDER, *, as_json: AsJson = False) -> None:
    """Who was asked to join, the newest first; never their links."""
    to = reach(data)

    async def ask() -> Sequence[InvitationView]:
        async with to.identity() as people:
            slug, _ = await workspace_called(people, workspace)
            return await people.list_invitations(workspace=slug)

    columns = ("id", "email", "role", "state", "sendings", "sent_at", "expires_at")
    show(
        [row_of(each) for each in run(ask())],
        columns=columns,
        as_json=as_json,
        empty="Nobody was invited: rapport members invite EMAIL",
    )


@app.command("resend-invitation")
def resend_invitation(invitation: Invitation, workspace: Workspace = None, data: Data = DEFAULT_FOLDER) -> None:
    """Send another link, good for seven days again; the former ones end."""
    to = reach(data)

    async def send() -> SentInvitationView:
        async with to.identity() as people:
            slug, _ = await workspace_called(people, workspace)
            return await people.resend_invitation(workspace=slug, invitation=InvitationId(invitation))

    _show_link(run(send()))


@app.command("revoke-invitation")
def revoke_invitation(invitation: Invitation, workspace: Workspace = None, data: Data = DEFAULT_FOLDER) -> None:
    """Take an invitation back: its link ends at once."""
    to = reach(data)

    async def revoke() -> None:
        async with to.identity() as people:
            slug, _ = await workspace_called(people, workspace)
            await people.revoke_invitation(workspace=slug, invitation=InvitationId(invitation))

    run(revoke())
    print(f"The invitation {invitation} is taken back.")


@app.command("deactivate")
def deactivate(
    email: Email,
    successor: Annotated[str | None, typer.Option(help="The e-mail address of who takes over; without it work goes to the queues.")] = None,
    workspace: Workspace = None,
    data: Data = DEFAULT_FOLDER,
) -> None:
    """Keep a member out: sessions end, what they wrote stays, and what was theirs is handed over."""
    _set_active(email, workspace=workspace, data=data, active=False, successor=successor)
    print(f"{email} is kept out. `rapport members activate {email}` lets them in again.")


@app.command("activate")
def activate(email: Email, workspace: Workspace = None, data: Data = DEFAULT_FOLDER) -> None:
    """Let a member in again."""
    _set_active(email, workspace=workspace, data=data, active=True)
    print(f"{email} can sign in again.")


def _show_link(sent: SentInvitationView) -> None:
    print(f"{sent.invitation.email} can join until {sent.invitation.expires_at:%Y-%m-%d %H:%M} UTC by (shown only now):")
    print(sent.link or sent.token)


def _set_active(email: str, *, workspace: str | None, data: Data, active: bool, successor: str | None = None) -> None:
    to = reach(data)

    async def change() -> None:
        async with to.identity() as people:
            slug, _ = await workspace_called(people, workspace)
            await people.set_active(workspace=slug, email=email, active=active, successor=successor)

    run(change())
