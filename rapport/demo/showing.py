"""What a person sees of a demo in a terminal: contacts, timelines, work, replies, the ledger, and a tick for every promise kept.

Called by performance. Decides nothing.
"""

from collections.abc import Sequence
from datetime import datetime

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from rapport.demo.answers import Contact, Interaction, LedgerCounts, Profile, Task
from rapport.demo.checking import Check
from rapport.demo.playing import Outcome
from services.contracts.vocabulary import Direction


def show_outcome(outcome: Outcome, *, console: Console) -> None:
    """Everything that came of the story."""
    for contact in outcome.picture.contacts:
        console.print()
        console.print(Panel(_contact(contact, outcome), title=escape(f"Contact: {contact.name}"), title_align="left", padding=(1, 2)))
    console.print()
    console.print(_ledger(outcome.picture.ledger))
    console.print(
        f"[dim]All messages were understood {outcome.message_seconds:.1f} s after the first was sent; "
        f"all answers were out {outcome.reply_seconds:.1f} s after the first was posted.[/dim]"
    )


def show_checks(checks: Sequence[Check], *, seed: int, seconds: float, console: Console) -> None:
    """A tick each; a broken promise says what was found instead."""
    console.print()
    for each in checks:
        if each.holds:
            console.print(f"[green]✓[/green] {escape(each.promise)}", highlight=False)
        else:
            console.print(f"[bold red]✗ {escape(each.promise)}[/bold red]: {escape(each.found)}", highlight=False)
    broken = sum(not each.holds for each in checks)
    verdict = (
        "[bold green]All of it is true.[/bold green]" if not broken else f"[bold red]{broken} of {len(checks)} checks failed.[/bold red]"
    )
    console.print(f"\n{verdict} Seed {seed}, {len(checks)} checks, {seconds:.1f} s.", highlight=False)
    if broken:
        console.print(f"Keep data and logs of the next run with: rapport demo --seed {seed} --keep FOLDER", highlight=False)


def _contact(contact: Contact, outcome: Outcome) -> RenderableType:
    parts: list[RenderableType] = [_heading("Profiles, and why they are one person"), _profiles(contact.profiles)]
    parts += [_heading("Timeline, newest first"), _timeline(contact.timeline.nodes)]
    tasks = [(entry, entry.task) for entry in contact.inbound if entry.task is not None]
    parts += [_heading("Whose job it is, and why"), *(_task(entry, task) for entry, task in tasks)]
    parts += [_heading("Replies and their states"), _replies(contact, outcome)]
    return Group(*parts)


def _profiles(profiles: Sequence[Profile]) -> Table:
    table = _table("Network", "Name", "E-mail", "Why")
    for profile in profiles:
        emails = ", ".join(each.value + (" ✓" if each.verified else "") for each in profile.identifiers if each.type == "email")
        table.add_row(profile.network, escape(profile.name or ""), escape(emails or "-"), escape(profile.explanation))
    return table


def _timeline(entries: Sequence[Interaction]) -> Table:
    table = _table("When", "Channel", "Who", "What was said", "Ledger")
    for entry in entries:
        inbound = entry.direction is Direction.INBOUND
        who = Text("they", style="cyan") if inbound else Text(_author(entry), style="green")
        channel = f"{entry.channel.name if entry.channel else '-'} ({entry.kind.value})"
        table.add_row(_time(entry.occurred_at), escape(channel), who, escape(entry.text or ""), entry.ledger.value if entry.ledger else "")
    return table


def _author(entry: Interaction) -> str:
    return entry.reply.member.name if entry.reply and entry.reply.member else "we"


def _task(entry: Interaction, task: Task) -> Padding:
    due = f"urgency {task.urgency.value}, due {task.due_at:%a %H:%M}"
    lines = (
        f"“{escape(entry.text or '')}”",
        f"  [bold]{task.discipline.value}[/bold], {task.phase.value}, {due}, {task.state.value}",
        f"  [dim]Why:[/dim] {escape(task.why)}",
        f"  [dim]Guidance:[/dim] {escape(task.guidance)}",
    )
    return Padding("\n".join(lines), (0, 0, 1, 2))


def _replies(contact: Contact, outcome: Outcome) -> Table:
    table = _table("Reply", "States, as the subscription told them", "Now", "The platform's id")
    for reply in contact.replies:
        moves = [f"{move.state.value} {_time(move.at)}" for move in outcome.moves if move.reply_id == reply.id]
        table.add_row(escape(reply.text), " → ".join(moves), reply.state.value, escape(reply.external_id or "-"))
    return table


def _ledger(counts: LedgerCounts) -> Text:
    return Text.assemble(
        ("Ledger: ", "bold"),
        f"{counts.inbound} inbound = {counts.owed} owed + {counts.answered} answered + {counts.declined} declined"
        f" + {counts.exempt} exempt + {counts.alarm} alarm",
    )


def _heading(words: str) -> Text:
    return Text(words, style="bold underline")


def _table(*columns: str) -> Table:
    table = Table(box=None, padding=(0, 2, 1, 2), header_style="dim", show_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _time(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}"
