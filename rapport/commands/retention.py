"""`rapport retention`: how long things are kept, what would go, and what went. Called by the command line."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer

from rapport.commands.options import DEFAULT_FOLDER, AsJson, Data, Workspace
from rapport.commands.printing import Row, row_of, show
from rapport.commands.reaching import fail, reach, run, workspace_called
from services.contracts.retention import RetentionRule, read_rule
from services.contracts.views.retention import RetentionDueView, RetentionRunView, RetentionView

app = typer.Typer(no_args_is_help=True)
Rules = Annotated[list[str] | None, typer.Argument(metavar="RULE...", help="KIND:DAYS, or people:DAYS:STAKEHOLDER.")]
EVERYTHING = "Everything is kept: there is no rule."


@app.command("list")
def list_rules(workspace: Workspace = None, data: Data = DEFAULT_FOLDER, *, as_json: AsJson = False) -> None:
    """The rules in force."""
    to = reach(data)

    async def ask() -> RetentionView:
        async with to.identity() as people, to.persons() as hands:
            return await hands.rules((await workspace_called(people, workspace))[1])

    _show_rules(run(ask()), as_json=as_json)


@app.command("set")
def set_rules(
    rules: Rules = None,
    workspace: Workspace = None,
    data: Data = DEFAULT_FOLDER,
    *,
    none: Annotated[bool, typer.Option("--none", help="Keep everything from now on.")] = False,
    as_json: AsJson = False,
) -> None:
    """Replace all rules. Sweeps begin by them within seconds, and what goes is gone: try them with `preview` before."""
    wished, to = _read(rules), reach(data)
    if bool(wished) == none:
        fail("Name every rule that is to be in force, or --none for none.")

    async def save() -> RetentionView:
        async with to.identity() as people, to.persons() as hands:
            return await hands.save_rules((await workspace_called(people, workspace))[1], wished)

    _show_rules(run(save()), as_json=as_json)


@app.command("preview")
def preview(rules: Rules = None, workspace: Workspace = None, data: Data = DEFAULT_FOLDER, *, as_json: AsJson = False) -> None:
    """What would go now in each service by these rules, or by those in force; nothing goes."""
    tried, to = _read(rules), reach(data)

    async def ask() -> list[Row]:
        async with to.identity() as people, to.persons() as hands, to.engagement() as engagement, to.routing() as routing:
            place = (await workspace_called(people, workspace))[1]
            found = await asyncio.gather(
                hands.due_by_rules(place, tried), engagement.due_by_rules(place, tried), routing.due_by_rules(place, tried)
            )
        return [_due(name, each) for name, due in zip(("identity", "engagement", "routing"), found, strict=True) for each in due]

    show(run(ask()), columns=("service", "kind", "stakeholder", "what", "count", "more"), as_json=as_json, empty=EVERYTHING)


@app.command("runs")
def list_runs(
    workspace: Workspace = None,
    data: Data = DEFAULT_FOLDER,
    *,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """What went by the rules in each service, the newest first."""
    to = reach(data)

    async def ask() -> Sequence[RetentionRunView]:
        async with to.identity() as people, to.persons() as hands:
            return await hands.runs((await workspace_called(people, workspace))[1], limit=limit)

    rows = [row_of(each, removed=", ".join(f"{one.count:,} {one.kind}" for one in each.removed)) for each in run(ask())]
    show(rows, columns=("ended_at", "service", "kind", "removed"), as_json=as_json, empty="Nothing went yet.")


def _read(rules: list[str] | None) -> list[RetentionRule]:
    try:
        return [read_rule(each) for each in rules or ()]
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="RULE") from error


def _show_rules(shown: RetentionView, *, as_json: bool) -> None:
    rows = [row_of(each) for each in shown.rules]
    show(rows, columns=("kind", "days", "action", "stakeholder"), as_json=as_json, empty=EVERYTHING)


def _due(service: str, due: RetentionDueView) -> Row:
    return row_of(due, service=service)
